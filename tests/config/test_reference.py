"""The reference of configurations: complete, current, and true of the models that it describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dsia_gen.config.kinds import CONFIG_KINDS, ConfigKind, json_schema, kind_of
from dsia_gen.config.presets import find_preset, preset_names
from dsia_gen.core.config_reference import key_references
from dsia_gen.core.strict_yaml import parse_config
from tests.configuration_page import configuration_markdown

KINDS = list(CONFIG_KINDS.values())
NEEDED = {"job": {"name": "a", "scenes": [{"config": "tiny"}]}, "scene": {"name": "a"}}
PRESETS = [(kind, name) for kind in KINDS for name in preset_names(kind.presets)]


def nested(key: str, value: Any) -> dict[str, Any]:
    """A document with one dotted key; an entry of a list is the only one."""
    name, _, rest = key.partition(".")
    inner = nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [inner] if name.endswith("[]") else inner}


def test_the_page_and_the_schemas_follow_the_models(checkout: Path) -> None:
    """Run `make tables` when this fails."""
    assert (checkout / "docs" / "configuration.md").read_text() == configuration_markdown()
    for kind in KINDS:
        assert (checkout / "schemas" / f"{kind.name}.json").read_text() == json_schema(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained_and_every_example_is_right(kind: ConfigKind) -> None:
    rows = list(key_references(kind.model))
    assert len({row.key for row in rows}) == len(rows) > 20
    for row in rows:
        assert row.about, row.key
        if not row.example:
            continue
        (value,) = yaml.safe_load(row.example).values()
        document = {"version": 2, **NEEDED[kind.name], **nested(row.key, value)}
        if row.key.startswith("scenes[]."):
            document["scenes"][0] = {"config": "tiny", **document["scenes"][0]}
        parse_config(kind.model, yaml.safe_dump(document), row.key)


@pytest.mark.parametrize("kind", KINDS)
def test_ranges_are_those_that_are_enforced(kind: ConfigKind) -> None:
    schema = json.loads(json_schema(kind))
    found = {row.key: row for row in key_references(kind.model)}
    top = schema if "properties" in schema else schema["$defs"]["SceneConfig"]
    for name, field in top["properties"].items():
        if "minimum" in field and "maximum" in field:
            assert found[name].range == f"{field['minimum']:g} to {field['maximum']:g}"


@pytest.mark.parametrize(("kind", "name"), PRESETS)
def test_presets_keep_to_the_schema_and_name_it(kind: ConfigKind, name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = find_preset(kind.presets, name)
    text = path.read_text()
    line = text.splitlines()[0]
    assert line == f"# yaml-language-server: $schema=../schemas/{kind.name}.json"
    assert (path.parent / line.partition("$schema=")[2]).is_file()
    document = yaml.safe_load(text)
    validator = jsonschema.Draft202012Validator(json.loads(json_schema(kind)))
    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors({**document, "naem": 1})), "a misspelt key is an error in an editor too"
    assert kind_of(str(path)) is kind

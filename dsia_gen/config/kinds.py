"""The kinds of configuration files: their models, where their presets are, and which kind a file is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import Folder, preset_names
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.strict_yaml import Config, read_document


@dataclass(frozen=True)
class ConfigKind:
    """A kind of configuration file.

    Parameters
    ----------
    name : str
        As commands call it.
    title, about : str
        Heading and a sentence of the reference.
    model : type of Config
        What a file holds.
    presets : str
        Folder of its presets.
    """

    name: str
    title: str
    about: str
    model: type[Config]
    presets: Folder


CONFIG_KINDS: Mapping[str, ConfigKind] = {
    kind.name: kind
    for kind in (
        ConfigKind("job", "Jobs", "What to render: `dsia-gen render JOB -o DATASET`.", JobConfig, "render_jobs"),
        ConfigKind(
            "scene", "Scene configurations",
            "What a scene may contain: `dsia-gen scene sample CONFIG`, and `config` of a job.",
            SceneConfig, "scene_configs",
        ),
    )
}  # fmt: skip
"""Every kind by name."""


def kind_of(name: str) -> ConfigKind | None:
    """Tell the kind of a preset or of a file.

    Parameters
    ----------
    name : str
        Name of a preset, or path of a YAML file.

    Returns
    -------
    ConfigKind or None
        Of a preset the first kind that has it, of a file the one that knows most of its keys; None where none does.

    Raises
    ------
    ConfigError
        The file cannot be read as YAML.
    """
    for kind in CONFIG_KINDS.values():
        if name in preset_names(kind.presets):
            return kind
    keys = set(read_document(Path(name)))
    known = {kind.name: len(keys & set(kind.model.model_fields)) for kind in CONFIG_KINDS.values()}
    best = max(known, key=lambda kind: known[kind])
    return CONFIG_KINDS[best] if known[best] else None


def json_schema(kind: ConfigKind) -> str:
    """Write the JSON Schema of a kind.

    Parameters
    ----------
    kind : ConfigKind
        The kind.

    Returns
    -------
    str
        JSON, with a line end.
    """
    schema: dict[str, Any] = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": f"dsia-gen: {kind.title.lower()}",
        **{k: v for k, v in kind.model.model_json_schema(mode="validation").items() if k != "title"},
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"

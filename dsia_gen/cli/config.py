"""`dsia-gen config`: what a configuration may contain, what one holds, and whether it is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, echo, print_json, print_table

if TYPE_CHECKING:
    from dsia_gen.config.job import JobConfig
    from dsia_gen.config.kinds import ConfigKind
    from dsia_gen.config.scene_config import SceneConfig

app = typer.Typer(
    help="What a configuration may contain, what one holds, and whether it is right.", no_args_is_help=True
)

Kind = Annotated[
    str | None, Option("--kind", metavar="job|scene", help="which kind it is; found by itself if left out")
]


@app.command()
def show(
    config: Annotated[
        str | None,
        Argument(
            metavar="[CONFIG]",
            help="a preset or a YAML file; `job` or `scene` lists the keys that there are; without it, the presets",
        ),
    ] = None,
    kind: Kind = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Every key of a configuration with its value, presets, defaults and --set included; the keys; or the presets."""
    import yaml

    from dsia_gen.config.job_file import document_of
    from dsia_gen.config.kinds import CONFIG_KINDS
    from dsia_gen.config.presets import preset_names

    if config is None:
        kinds = [_named(kind)] if kind else list(CONFIG_KINDS.values())
        presets = {each.name: preset_names(each.presets) for each in kinds}
        if as_json:
            print_json(presets)
        for name, names in () if as_json else presets.items():
            echo(f"{name}: {', '.join(names)}")
        return
    if config in CONFIG_KINDS and kind is None:
        _show_keys(CONFIG_KINDS[config], as_json)
        return
    found = _read(config, _kind(config, kind), overrides or [])
    document = document_of(found)
    if as_json:
        print_json(document)
    else:
        echo(
            yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100), nl=False
        )


@app.command()
def schema(kind: Annotated[str, Argument(metavar="job|scene", help="which kind of configuration")]) -> None:
    """The JSON Schema of a kind of configuration, for editors and other programs."""
    from dsia_gen.config.kinds import json_schema

    echo(json_schema(_named(kind)), nl=False)


@app.command()
def check(
    configs: Annotated[list[str], Argument(metavar="CONFIG...", help="presets or YAML files")],
    kind: Kind = None,
    overrides: Overrides = None,
) -> None:
    """Read configurations, and those that they name, and report all mistakes; nothing is sampled or rendered.

    Exit code 2 where one is wrong.
    """
    from dsia_gen.config.job import JobConfig
    from dsia_gen.config.job_file import named_configuration
    from dsia_gen.config.scene_config import load_scene_config
    from dsia_gen.core.errors import ConfigError

    wrong = 0
    for name in configs:
        try:
            chosen = _kind(name, kind)
            config = _read(name, chosen, overrides or [])
            groups = config.scenes if isinstance(config, JobConfig) else []
            for group in groups:
                assert isinstance(config, JobConfig)
                load_scene_config(named_configuration(config, group.config), group.set)
        except ConfigError as error:
            wrong += 1
            echo(str(error), err=True)
        else:
            echo(f"{name}: right ({chosen.name})")
    if wrong:
        raise typer.Exit(ConfigError.exit_code)


def _show_keys(kind: ConfigKind, as_json: bool) -> None:
    from dataclasses import asdict

    from dsia_gen.core.config_reference import key_references

    rows = list(key_references(kind.model))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    cells = [[row.key, row.type, row.unit, row.default, row.range, row.about] for row in rows]
    print_table(kind.title, ["key", "type", "unit", "default", "range", "what it is"], cells)


def _named(kind: str) -> ConfigKind:
    from dsia_gen.config.kinds import CONFIG_KINDS
    from dsia_gen.core.errors import UnknownNameError
    from dsia_gen.core.strict_yaml import suggestion

    if kind not in CONFIG_KINDS:
        raise UnknownNameError(f"{kind!r} is not a kind of configuration{suggestion(kind, list(CONFIG_KINDS))}")
    return CONFIG_KINDS[kind]


def _kind(name: str, given: str | None) -> ConfigKind:
    """The kind that is given, or that a preset or file is of."""
    from dsia_gen.config.kinds import CONFIG_KINDS, kind_of
    from dsia_gen.config.presets import is_file, preset_names
    from dsia_gen.core.errors import ConfigError
    from dsia_gen.core.strict_yaml import suggestion

    if given is not None:
        return _named(given)
    owners = [kind.name for kind in CONFIG_KINDS.values() if name in preset_names(kind.presets)]
    if len(owners) > 1:
        others = " or ".join(f"--kind {other}" for other in owners[1:])
        echo(f"note: {name} is the name of several presets; this is the {owners[0]}, {others} is another", err=True)
    presets = [preset for kind in CONFIG_KINDS.values() for preset in preset_names(kind.presets)]
    if name not in presets and not is_file(Path(name)):
        raise ConfigError(name, [f"is neither a file nor a preset{suggestion(name, presets)}"])
    found = kind_of(name)
    if found is None:
        raise ConfigError(
            name, [f"is neither a job nor a scene configuration; say which with --kind {'|'.join(CONFIG_KINDS)}"]
        )
    return found


def _read(name: str, kind: ConfigKind, overrides: list[str]) -> JobConfig | SceneConfig:
    from dsia_gen.config.job_file import load_job
    from dsia_gen.config.scene_config import load_scene_config

    return load_job(name, overrides) if kind.name == "job" else load_scene_config(name, overrides)

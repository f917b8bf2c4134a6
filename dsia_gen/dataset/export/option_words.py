"""Options of an export from the words of a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import parse_config, read_config, suggestion
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.formats import FORMATS
from dsia_gen.dataset.export.frame import FITS
from dsia_gen.dataset.export.select import parse_ratios
from dsia_gen.spec.outputs import GROUPS, OUTPUTS, resolve_outputs


def parse_options(
    form: str,
    *,
    split: str,
    seed: int,
    size: tuple[int, int] | None,
    fit: str,
    outputs: str | None,
    shard_mb: float,
    raw: bool,
    settings: Path | None = None,
    overrides: Sequence[str] = (),
) -> ExportOptions:
    """Options for the format `form`. `size` is (width, height); `settings` a YAML file, `overrides` words of --set.

    ConfigError names the option, or the line, that is wrong.
    """
    if fit not in FITS:
        raise ConfigError("--fit", [f"{fit!r} is not known; known: {', '.join(FITS)}"])
    try:
        named = resolve_outputs([name.strip() for name in outputs.split(",")]) if outputs else None
    except KeyError as error:
        near = suggestion(str(error.args[0]), [*GROUPS, *OUTPUTS])
        raise ConfigError("--outputs", [f"{error.args[0]!r} is not an output{near}"]) from None
    model = FORMATS.get(form).settings
    if model is None and (settings or overrides):
        raise ConfigError("--settings" if settings else "--set", [f"{form} has no settings of its own"])
    own = ExportOptions().settings
    if model is not None:
        found = read_config(model, settings, overrides) if settings else parse_config(model, "", "--set", overrides)
        own = found.model_dump_json()
    return ExportOptions(
        size=size,
        fit="crop" if fit == "crop" else "resize",
        outputs=named,
        ratios=parse_ratios(split),
        seed=seed,
        shard_bytes=int(shard_mb * 2**20),
        raw=raw,
        settings=own,
    )

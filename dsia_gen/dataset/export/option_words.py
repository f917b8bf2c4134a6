"""ExportOptions of an export from the words of a command line."""

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
    return ExportOptions(
        size=size,
        fit="crop" if fit == "crop" else "resize",
        outputs=_outputs(outputs) if outputs else None,
        ratios=parse_ratios(split),
        seed=seed,
        shard_bytes=int(shard_mb * 2**20),
        raw=raw,
        settings=_settings(form, settings, overrides),
    )


def _settings(form: str, file: Path | None, overrides: Sequence[str]) -> str:
    model = FORMATS.get(form).settings
    if model is None:
        if file or overrides:
            raise ConfigError("--settings" if file else "--set", [f"{form} has no settings of its own"])
        return ExportOptions().settings
    found = read_config(model, file, overrides) if file else parse_config(model, "", "--set", overrides)
    return found.model_dump_json()


def _outputs(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")]
    try:
        return resolve_outputs(names)
    except KeyError as error:
        near = suggestion(str(error.args[0]), [*GROUPS, *OUTPUTS])
        raise ConfigError("--outputs", [f"{error.args[0]!r} is not an output{near}"]) from None

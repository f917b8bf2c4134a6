"""`dsia-gen train codec|aligner|flow`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dsia_gen.cli.common_options import AsJson, Overrides, print_json, print_table
from dsia_gen.cli.error_output import INTERRUPTED
from dsia_gen.core.errors import DsiaError

if TYPE_CHECKING:
    from dsia_gen.align.training.trainer import Outcome

app = typer.Typer(
    help="Train the codec, the aligner, and flow networks to compare with (needs the \\[align] extra).",
    no_args_is_help=True,
)

_EXTRA = {"torch", "diffusers", "accelerate", "safetensors", "torchmetrics", "tensorboard", "huggingface_hub"}

Preset = Annotated[str, typer.Argument(metavar="CONFIG", help="a preset of align_configs or a YAML file")]
Run = Annotated[
    Path, typer.Option("--output", "-o", metavar="RUN", help="folder of the run; an unfinished one goes on")
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DATASET", help="data set to train on (data.path)")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress bars")]


@app.command("codec")
def codec(
    config: Preset,
    output: Run,
    data: Data = None,
    overrides: Overrides = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train or fine-tune the VQ-VAE; the same command goes on after an interruption."""
    from dsia_gen.align.config import load_codec_config

    settings = load_codec_config(config, _with_data(overrides, data))
    with align_extra():
        from dsia_gen.align.training.entry_points import train_codec
    _run(train_codec, settings, output, quiet, as_json)


@app.command("aligner")
def aligner(
    config: Preset,
    output: Run,
    data: Data = None,
    overrides: Overrides = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train the aligner; the same command goes on after an interruption."""
    from dsia_gen.align.config import load_aligner_config

    settings = load_aligner_config(config, _with_data(overrides, data))
    with align_extra():
        from dsia_gen.align.training.entry_points import train_aligner
    _run(train_aligner, settings, output, quiet, as_json)


@app.command("flow")
def flow(
    config: Preset,
    output: Run,
    data: Data = None,
    overrides: Overrides = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train or fine-tune a network of ptlflow on exact flow, as a baseline for `dsia-gen evaluate`."""
    from dsia_gen.align.config import load_flow_config

    settings = load_flow_config(config, _with_data(overrides, data))
    with align_extra():
        from dsia_gen.align.training.entry_points import train_flow
    _run(train_flow, settings, output, quiet, as_json)


@contextmanager
def align_extra() -> Iterator[None]:
    """Turn a missing package of the [align] extra into a sentence with the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _EXTRA:
            raise
        raise DsiaError(f"{error.name} is not installed; run: pip install 'dsia-gen[align]'") from error


def _with_data(overrides: list[str] | None, data: Path | None) -> list[str]:
    return [*(overrides or []), *([f"data.path={data}"] if data else [])]


def _run(train: Callable[..., Outcome], settings: Any, run: Path, quiet: bool, as_json: bool) -> None:
    """Train to the end and tell what came of it; a stop by the user says how to go on."""
    try:
        outcome = train(settings, run, progress=not quiet)
    except KeyboardInterrupt:
        typer.echo(f"stopped; the same command goes on from the newest checkpoint in {run}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _report(run, outcome, as_json)


def _report(run: Path, outcome: Outcome, as_json: bool) -> None:
    import os

    if int(os.environ.get("RANK", "0")) > 0:  # one of several processes speaks
        return
    if as_json:
        final = outcome.losses[-1] if outcome.losses else None
        document = {"run": run, "steps": len(outcome.losses), "loss": final, "validation": outcome.validation}
        print_json({**document, "skipped": outcome.skipped})
        return
    rows = [[name, f"{value:.3f}"] for name, value in sorted(outcome.validation.items())]
    if rows:
        print_table("validation", ["measure", "value"], rows)
    if outcome.skipped:
        typer.echo(f"{len(outcome.skipped)} samples could not be read: {run / 'skipped.json'}", err=True)
    typer.echo(f"{len(outcome.losses)} steps; the model card is {run / 'README.md'}")

"""`dsia-gen train codec|aligner|mc_aligner|flow|features|ransac|diffmatch|prior`, and `train export`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, echo, print_json, print_table
from dsia_gen.cli.completion import presets
from dsia_gen.cli.stopping import INTERRUPTED
from dsia_gen.core.errors import ConfigError, DsiaError
from dsia_gen.core.io import reading

_EXTRA = {"torch", "diffusers", "accelerate", "safetensors", "torchmetrics", "tensorboard", "huggingface_hub"}


def train(
    kind: Annotated[
        str,
        Argument(
            metavar="codec|aligner|mc_aligner|flow|features|ransac|diffmatch|prior|export",
            help="what to train; packages can add kinds",
        ),
    ],
    config: Annotated[
        str,
        Argument(
            metavar="CONFIG",
            help="a preset of align_configs or a YAML file; of `export`, the run",
            autocompletion=presets("align_configs"),
        ),
    ],
    run: Annotated[Path, Option("--output", "-o", metavar="RUN", help="folder of the run; an unfinished one goes on")],
    data: Annotated[Path | None, Option("--data", metavar="DATASET", help="data set to train on (data.path)")] = None,
    overrides: Overrides = None,
    figures: Annotated[
        Path | None, Option(metavar="JSON", help="of `export`: measures for the card, names and numbers")
    ] = None,
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
    as_json: AsJson = False,
) -> None:
    """Train the codec, an aligner, or a method to compare with (needs the \\[align] extra).

    The same command goes on after an interruption. `train export RUN -o FOLDER` writes the weights of a run in half
    precision, with a card: what the package holds of `mc_aligner`.
    """
    if kind == "export":
        _export(config, run, figures, as_json)
        return
    from dsia_gen.align.training.trainable import TRAINABLES

    changes = [*(overrides or []), *([f"data.path={data}"] if data else [])]
    settings = TRAINABLES.get(kind).config.load(config, changes)
    if settings.data.path is None and "synthetic" not in settings.data.model_fields_set:
        raise ConfigError(
            str(config),
            ["data.path: there is no data to train on; add --data DATASET (such as that of `dsia-gen render "
             "align_small -o out/train`), or --set data.synthetic.kind=patch for a trial on made-up pictures"],
        )  # fmt: skip
    with align_extra():
        from dsia_gen.align.training.entry_points import train as train_run
    try:
        outcome = train_run(settings, run, progress=not quiet)
    except KeyboardInterrupt:
        echo(f"stopped; the same command goes on from the newest checkpoint in {run}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if int(os.environ.get("RANK", "0")) > 0:  # one of several processes reports
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
        echo(f"{len(outcome.skipped)} samples could not be read: {run / 'skipped.json'}", err=True)
    echo(f"{len(outcome.losses)} steps; the model card is {run / 'README.md'}")


def _export(run: str, output: Path, figures: Path | None, as_json: bool) -> None:
    """Weights and card of a run; the output is a folder, or the file of weights in it."""
    folder = output.parent if output.suffix == ".safetensors" else output
    with align_extra():
        from dsia_gen.align.training.trainable import trainable_of

        if not Path(run).is_dir():
            raise DsiaError(f"{run} is not there; give the folder of a run of `dsia-gen train`")
        trainable = trainable_of(run)
        if output.suffix == ".safetensors" and trainable.exported and output.name != trainable.exported:
            told = f"the file is called {trainable.exported}, by which it is found again"
            raise typer.BadParameter(told, param_hint="--output")
        card = trainable.export(Path(run), folder, None if figures is None else _figures(figures))
    if as_json:
        print_json(card.model_dump(mode="json"))
    else:
        echo(f"{card.bytes / 1e6:.1f} MB of weights, SHA-256 {card.sha256}: {folder / card.file}")


def _figures(path: Path) -> dict[str, float]:
    """Names and numbers of a JSON file."""
    from dsia_gen.align.training.weights_card import Figure, MeasureName

    with reading(path):
        text = path.read_bytes()
    try:
        return TypeAdapter(dict[MeasureName, Figure]).validate_json(text)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"][:1]))
        raise DsiaError(
            f"{path} is not a JSON object of finite numbers ({where}: {found['msg']}); write it as "
            '{"psnr, dB": 25.7}, with names of letters, digits, spaces and . , : / -'
        ) from error


@contextmanager
def align_extra() -> Iterator[None]:
    """Turn a missing package of the [align] extra into a sentence with the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _EXTRA:
            raise
        raise DsiaError(f"{error.name} is not installed; run: pip install 'dsia-gen[align]'") from error

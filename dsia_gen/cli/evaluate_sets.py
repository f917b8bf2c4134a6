"""`dsia-gen evaluate-sets`: joint alignment on sets that were cut from a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, echo
from dsia_gen.cli.completion import presets
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting


def evaluate_sets(
    sets: Annotated[Path, Argument(metavar="SETS", help="what `dsia-gen dataset sets` wrote")],
    output: Annotated[Path, Option("--output", "-o", metavar="REPORT", help="folder to write; resumes")],
    config: Annotated[
        str, Option(metavar="PRESET|FILE", help="spacejam_tiny or spacejam", autocompletion=presets("align_configs"))
    ] = "spacejam_tiny",
    overrides: Overrides = None,
    device: Annotated[str, Option(help="auto, cpu or cuda")] = "auto",
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
    as_json: AsJson = False,
) -> None:
    """Align every set and measure it: keypoints found before and after (PCK), sharpness of averages, time.

    Each set has a page of its own, and index.html shows all.
    """
    with align_extra():
        from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
        from dsia_gen.evaluate.sets_evaluation import evaluate_sets as run
        from dsia_gen.evaluate.sets_evaluation import results_json, sentences

        settings = SpaceJamConfig.load(config, overrides or ())
        with counting("align", "step", quiet) as progress:
            results = run(sets, output, settings, device=device, progress=progress)
    failed = [row for row in results.sets if row.error]
    if as_json:
        echo(results_json(results).decode(), nl=False)
    else:
        for row in failed:
            echo(f"not aligned: {row.name}: {row.error}", err=True)
        echo("\n".join([*sentences(results), f"report: {output / 'index.html'}"]))
    if failed:
        raise typer.Exit(1)

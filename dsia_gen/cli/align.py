"""`dsia-gen align`: images, folders or a video through a trained aligner or any other method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import echo, parse_resolution
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED


def align(
    inputs: Annotated[list[Path], Argument(metavar="I1 I2 | FOLDER1 FOLDER2 | VIDEO", help="what to align")],
    output: Annotated[Path, Option("--output", "-o", help="image for two images, otherwise a folder")],
    checkpoint: Annotated[
        str | None, Option("--checkpoint", metavar="RUN", help="run folder, pipeline or hub id")
    ] = None,
    method: Annotated[
        str | None, Option(metavar="NAME", help="a method by name instead of a run; `evaluate --list` shows them")
    ] = None,
    masks: Annotated[Path | None, Option(metavar="FOLDER", help="write the predicted masks here")] = None,
    step_size: Annotated[int | None, Option(min=1, help="timesteps between two denoising steps")] = None,
    eta: Annotated[float | None, Option(min=0, max=1, help="0 is deterministic, 1 as noisy as DDPM")] = None,
    hypotheses: Annotated[int | None, Option(min=1, max=64, help="samples to average")] = None,
    tile: Annotated[str | None, Option(metavar="WxH", help="tiles in pixels, for large images")] = None,
    overlap: Annotated[int | None, Option(min=0, help="pixels that tiles share")] = None,
    gap: Annotated[int, Option(min=1, help="frames between the two images of a video's pair")] = 1,
    seed: Annotated[int, Option(min=0, max=LARGEST_SEED, help="seed of the noise")] = 0,
    device: Annotated[str, Option(help="auto, cpu or cuda")] = "auto",
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
) -> None:
    """Show I2 as the camera of I1 would see it. In a video, each frame is shown from the one before."""
    if (checkpoint is None) == (method is None):
        raise typer.BadParameter("give either --checkpoint RUN or --method NAME", param_hint="--checkpoint")
    with align_extra():
        from dsia_gen.align.align_files import align_inputs, plan
        from dsia_gen.align.methods import MethodOptions, open_method
        from dsia_gen.align.training.trainable import open_run

        plan(inputs, gap)  # says what is wrong with the paths before a large model is loaded
        size = list(parse_resolution(tile)) if tile else None
        settings: Any = {"step_size": step_size, "eta": eta, "samples": hypotheses, "tile": size, "overlap": overlap}
        with counting("align", "step", quiet) as progress:
            options = MethodOptions(device, seed, settings=settings, on_step=progress)
            opened = open_run(checkpoint, "dmaligner", options) if checkpoint else open_method(str(method), options)
            count = align_inputs(opened, inputs, output, masks, gap)
    echo(f"{count} aligned: {output}")

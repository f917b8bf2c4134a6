"""`dsia-gen align`: pictures, folders or a video through a trained aligner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dsia_gen.cli.common_options import parse_resolution
from dsia_gen.cli.train import align_extra


def align(
    inputs: Annotated[list[Path], typer.Argument(metavar="I1 I2 | FOLDER1 FOLDER2 | VIDEO", help="what to align")],
    checkpoint: Annotated[str, typer.Option("--checkpoint", metavar="RUN", help="run folder, pipeline or hub id")],
    output: Annotated[Path, typer.Option("--output", "-o", help="picture for two pictures, otherwise a folder")],
    masks: Annotated[Path | None, typer.Option(metavar="FOLDER", help="write the predicted masks here")] = None,
    step_size: Annotated[int | None, typer.Option(min=1, help="timesteps between two denoising steps")] = None,
    eta: Annotated[float | None, typer.Option(min=0, max=1, help="0 is deterministic, 1 as noisy as DDPM")] = None,
    hypotheses: Annotated[int | None, typer.Option(min=1, max=64, help="answers to average")] = None,
    tile: Annotated[str | None, typer.Option(metavar="WxH", help="tiles in pixels, for large pictures")] = None,
    overlap: Annotated[int | None, typer.Option(min=0, help="pixels that tiles share")] = None,
    gap: Annotated[int, typer.Option(min=1, help="frames between the two pictures of a video's pair")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="seed of the noise")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="no progress bars")] = False,
) -> None:
    """Show I2 as the camera of I1 would see it. In a video, each frame is shown from the one before."""
    with align_extra():
        from dsia_gen.align.align_files import align_inputs, plan
        from dsia_gen.align.methods.dmaligner.aligner_pipeline import AlignerPipeline

    plan(inputs, gap)  # says what is wrong with the paths before a large model is loaded
    pipeline = AlignerPipeline.from_pretrained(checkpoint).to_device(device)
    sampling = pipeline.sampling(
        step_size=step_size,
        eta=eta,
        hypotheses=hypotheses,
        tile=parse_resolution(tile) if tile else None,
        overlap=overlap,
    )
    count = align_inputs(pipeline, inputs, output, sampling, seed, masks, gap, progress=not quiet)
    typer.echo(f"{count} aligned: {output}")

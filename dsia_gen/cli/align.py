"""`dsia-gen align`: images, folders or videos through the packaged aligner, a trained one or any other method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, echo, parse_resolution, print_json
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED

if TYPE_CHECKING:
    from dsia_gen.align.align_files import AlignedFiles

DEFAULT = "mc_aligner"
"""The method whose weights are part of the package."""


def align(
    inputs: Annotated[list[Path], Argument(metavar="I1 I2 | FOLDER1 FOLDER2 | VIDEO [VIDEO2]", help="what to align")],
    output: Annotated[
        Path, Option("--output", "-o", help="image for two images, otherwise a folder, or a video for videos")
    ],
    checkpoint: Annotated[
        str | None, Option("--checkpoint", metavar="RUN", help="run folder, pipeline or hub id")
    ] = None,
    method: Annotated[
        str | None, Option(metavar="NAME", help=f"a method by name, {DEFAULT} by default; `evaluate --list` shows them")
    ] = None,
    outputs: Annotated[
        str, Option(metavar="A,B", help="what to write: image, flow, mask, confidence, uncertainty")
    ] = "image",
    flow_format: Annotated[
        str, Option(metavar="FORMAT", help="of flows: flo, npz or exr; of uncertainty: PNG of 16 bits, npz or exr")
    ] = "flo",
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
    as_json: AsJson = False,
) -> None:
    """Show I2 as the camera of I1 would see it. In a video, each frame is shown from the one before.

    Images are grey or colour, of 8 or 16 bits or floats; the answer has the depth and channels of I1.
    """
    if checkpoint is not None and method is not None:
        raise typer.BadParameter("give either --checkpoint RUN or --method NAME", param_hint="--checkpoint")
    with align_extra():
        from dsia_gen.align.align_files import AlignRequest, FlowFormat, align_inputs, plan
        from dsia_gen.align.methods import MethodOptions, open_method
        from dsia_gen.align.training.trainable import open_run, trainable_of

        if flow_format not in get_args(FlowFormat):
            raise typer.BadParameter(f"{flow_format!r} is not flo, npz or exr", param_hint="--flow-format")
        parts = tuple(part.strip() for part in outputs.split(",") if part.strip())
        request = AlignRequest(tuple(inputs), output, parts, masks, gap, flow_format)  # type: ignore[arg-type]
        planned = plan(request)  # says what is wrong with the paths before a large model is loaded
        size = list(parse_resolution(tile, "--tile")) if tile else None
        settings: Any = {"step_size": step_size, "eta": eta, "samples": hypotheses, "tile": size, "overlap": overlap}
        rows: list[AlignedFiles] = []
        with counting("align", "step" if planned.single else "pair", quiet) as progress:
            options = MethodOptions(device, seed, settings=settings)
            options = replace(options, on_step=progress) if planned.single else options
            if checkpoint:
                opened = open_run(checkpoint, trainable_of(checkpoint).method or checkpoint, options)
            else:
                opened = open_method(method or DEFAULT, options)
            for result in align_inputs(opened, request, planned, progress):
                rows.append(result)
    _report(rows, output, planned.notes, as_json)


def _report(rows: list[AlignedFiles], output: Path, notes: tuple[str, ...], as_json: bool) -> None:
    """What was aligned, what was unusual, and what failed, which makes the exit code 1."""
    aligned, failed = [row for row in rows if row.files], [row for row in rows if row.error]
    if as_json:
        pairs = [{"name": r.name, "files": r.files, "notes": r.notes, "error": r.error} for r in rows]
        print_json({"aligned": len(aligned), "failed": len(failed), "output": output, "notes": notes, "pairs": pairs})
    else:
        for note in notes:
            echo(f"note: {note}", err=True)
        for row in rows:
            prefix = f"{row.name}: " if row.name and len(rows) > 1 else ""
            for note in row.notes:
                echo(f"note: {prefix}{note}", err=True)
            if row.error:
                echo(f"not aligned: {row.error}", err=True)
        echo(f"{len(aligned)} aligned: {output}")
    if failed:
        raise typer.Exit(1)

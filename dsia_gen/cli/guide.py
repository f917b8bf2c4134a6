"""`dsia-gen guide`: an image is moved by a flow, as a diffusion prior draws it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, echo, print_json
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED


def guide(
    image: Annotated[Path, Argument(metavar="IMAGE", help="the source")],
    flow: Annotated[
        Path | None, Argument(metavar="FLOW", help="from IMAGE to the answer: .exr, .flo, .npz, .npy or KITTI's .png")
    ] = None,
    output: Annotated[Path | None, Option("--output", "-o", metavar="FILE", help="image to write")] = None,
    prior: Annotated[str | None, Option(metavar="RUN", help="of `dsia-gen train prior`, or of `train aligner`")] = None,
    translate: Annotated[
        str | None, Option(metavar="DX,DY", help="instead of FLOW: pixels to the right and down")
    ] = None,
    homography: Annotated[
        str | None, Option(metavar="FILE", help="instead of FLOW: nine numbers, pixels of IMAGE to those of the answer")
    ] = None,
    region: Annotated[Path | None, Option(metavar="MASK", help="white moves; the rest stands still")] = None,
    mask: Annotated[
        Path | None, Option(metavar="MASK", help="white stays as it is; by default what is far from all that moves")
    ] = None,
    estimator: Annotated[
        str | None, Option("--flow", metavar="RUN", help="of `dsia-gen train flow`: the network that sees the motion")
    ] = None,
    outputs: Annotated[str, Option(metavar="A,B", help="further files: flow (as it is seen), panel")] = "",
    overrides: Overrides = None,
    seed: Annotated[int, Option(min=0, max=LARGEST_SEED, help="seed of the noise")] = 0,
    device: Annotated[str, Option(help="auto, cpu or cuda")] = "auto",
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bar")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw IMAGE as if its pixels had moved by a flow: Motion Guidance (Geng and Owens, ICLR 2024)."""
    if output is None:
        raise typer.BadParameter("say where the edited image goes: -o FILE", param_hint="--output")
    if prior is None:
        raise typer.BadParameter("give the run of a prior: --prior RUN of `dsia-gen train prior`", param_hint="--prior")
    with align_extra():
        from dsia_gen.align.methods.motion_guidance.guided_files import GuideRequest, guide_files, planned_edit

        request = GuideRequest(
            image, output, prior, flow, _displacement(translate), homography, region, mask, estimator,
            tuple(part.strip() for part in outputs.split(",") if part.strip()), device, seed, tuple(overrides or ()),
        )  # fmt: skip
        planned = planned_edit(request)  # says what is wrong with the files before networks are loaded
        with counting("guide", "step", quiet) as progress:
            found = guide_files(request, planned, progress)
    if as_json:
        error = found.flow_error if math.isfinite(found.flow_error) else None
        print_json({"files": found.files, "flow_error_px": error, "notes": found.notes})
        return
    for note in found.notes:
        echo(f"note: {note}", err=True)
    if math.isfinite(found.flow_error):
        echo(f"the motion that is seen is {found.flow_error:.2f} px from the wanted one on average")
    echo(f"edited: {output}")


def _displacement(text: str | None) -> tuple[float, float] | None:
    """The two numbers of `--translate`."""
    if text is None:
        return None
    try:
        right, down = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not of the form 5,-3", param_hint="--translate") from None
    return right, down

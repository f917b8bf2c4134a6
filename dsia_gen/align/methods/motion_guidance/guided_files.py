"""One guided edit of files: an image and a motion in, the edited image and what was measured out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.align_photos import converted
from dsia_gen.align.flow_files import read_flow, read_homography
from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.motion_guidance.guidance_pipeline import GuidedImage
from dsia_gen.align.methods.motion_guidance.guidance_runs import load_guide
from dsia_gen.align.photo_files import check_holds, read_photo, write_photo
from dsia_gen.align.photos import LARGEST_SIDE, Photo
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import replace_bytes
from dsia_gen.dataset.export.encode import flo
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb


@dataclass(frozen=True)
class GuideRequest:
    """What to move and how, and what to write where."""

    image: Path
    output: Path
    prior: str
    flow: Path | None = None
    translate: tuple[float, float] | None = None
    homography: str | None = None
    region: Path | None = None
    """White is what moves; the rest stands still."""
    mask: Path | None = None
    """White keeps the source."""
    estimator: str | None = None
    outputs: tuple[str, ...] = ()
    """Further files beside the image: flow, panel."""
    device: str = "auto"
    seed: int = 0
    overrides: tuple[str, ...] = ()
    """Of the settings of guidance: `key=value`, the value in YAML."""


@dataclass(frozen=True)
class GuidedFiles:
    """What was written, by what it is, and what was unusual; the error in px is NaN without an estimator."""

    files: dict[str, Path]
    flow_error: float
    notes: tuple[str, ...]


PARTS = ("flow", "panel")
"""What `outputs` knows."""


@dataclass(frozen=True)
class PlannedEdit:
    """A request whose files were read."""

    photo: Photo
    flow: NDArray[np.float32]
    keep: NDArray[np.bool_] | None


def planned_edit(request: GuideRequest) -> PlannedEdit:
    """Read and check everything but the networks. AlignError says what is wrong."""
    ways = [request.flow, request.translate, request.homography]
    if sum(way is not None for way in ways) != 1:
        raise AlignError("say how the image moves, in one way: a file FLOW, --translate DX,DY or --homography FILE")
    unknown = [name for name in request.outputs if name not in PARTS]
    if unknown:
        raise AlignError(f"--outputs knows {', '.join(PARTS)}, not {unknown[0]}")
    inputs = [path for path in (request.image, request.flow, request.region, request.mask) if path is not None]
    if any(path.resolve() == request.output.resolve() for path in inputs):
        raise AlignError(f"{request.output} is one of the inputs and would be written over; give another output")
    photo = read_photo(request.image)
    check_holds(request.output, photo)
    flow = wanted_flow(request, photo.size)
    if flow.shape[:2] != photo.size:
        sizes = " and ".join(f"{s[1]}x{s[0]}" for s in (flow.shape, photo.size))
        raise AlignError(
            f"{request.flow}: the flow and the image have different sizes, {sizes}; give those of one size"
        )
    if request.region is not None:
        moves = read_mask(request.region, photo.size, "region")
        if not moves.any():
            raise AlignError(f"{request.region} is black everywhere: nothing moves; paint white what should")
        flow = np.where(moves[..., None], flow, np.float32(0))
    keep = None if request.mask is None else read_mask(request.mask, photo.size, "mask")
    return PlannedEdit(photo, flow, keep)


def wanted_flow(request: GuideRequest, size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W, 2) px from the image to the answer."""
    if request.flow is not None:
        return read_flow(request.flow)
    if request.homography is not None:
        return flow_of_homography(read_homography(request.homography), size)
    assert request.translate is not None
    if not np.isfinite(request.translate).all():
        raise AlignError(f"--translate {request.translate[0]},{request.translate[1]} is not finite; give pixels")
    flow = np.empty((*size, 2), np.float32)
    flow[...] = request.translate
    return flow


def flow_of_homography(matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W, 2) px; unknown where a pixel is taken to infinity or behind the camera."""
    height, width = size
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    depth = matrix[2, 0] * column + matrix[2, 1] * row + matrix[2, 2]
    middle = matrix[2] @ [(width - 1) / 2, (height - 1) / 2, 1]
    flow = homography_flow(matrix, height, width)
    sound = (depth * np.sign(middle) > 1e-6) & (np.abs(flow) <= LARGEST_SIDE * 4).all(axis=-1)
    return np.where(sound[..., None], flow, np.float32(np.nan))


def read_mask(path: Path, size: tuple[int, int], what: str) -> NDArray[np.bool_]:
    """(H, W) bool of an image file: True where it is brighter than half. AlignError when it has another size."""
    photo = read_photo(path)
    if photo.size != size:
        sizes = " and ".join(f"{width}x{height}" for height, width in (photo.size, size))
        raise AlignError(f"{path}: the {what} and the image have different sizes, {sizes}; give those of one size")
    return np.asarray(photo.rgb8().mean(axis=2) > 127.5)


def guide_files(request: GuideRequest, planned: PlannedEdit, on_step: StepProgress = silent) -> GuidedFiles:
    """Make the edit and write it. AlignError says why it cannot be made."""
    image = planned.photo.rgb8()
    loaded = load_guide(request.prior, request.estimator, request.device, request.overrides, "--set")
    guide = loaded.guide
    found = guide.edit(image, planned.flow, keep=planned.keep, seed=request.seed, on_step=on_step)
    notes = [*planned.photo.notes, *found.notes]
    if guide.estimator is None:
        notes.append("no network sees the motion: colours are compared under the wanted flow; give --flow RUN")
    levels = found.image if planned.photo.plain else converted(found.image, planned.photo)
    if not planned.photo.plain:
        notes.append("the edit has 8 bits a channel, which were converted")
    write_photo(request.output, levels, planned.photo.profile)
    files = {"image": request.output}
    for part in request.outputs:
        path = request.output.with_name(f"{request.output.stem}_{part}{'.flo' if part == 'flow' else '.png'}")
        if part == "panel":
            write_photo(path, panel(image, planned.flow, found))
        elif found.flow is not None:
            replace_bytes(path, flo(found.flow))
        else:
            notes.append("without --flow RUN there is no estimated flow to write")
            continue
        files[part] = path
    return GuidedFiles(files, found.flow_error, tuple(notes))


def panel(image: NDArray[np.uint8], flow: NDArray[np.float32], found: GuidedImage) -> NDArray[np.uint8]:
    """Side by side: source, wanted flow, answer, and the flow that the network sees."""
    largest = flow_scale(flow)
    parts = [image, flow_to_rgb(flow, largest), found.image]
    parts += [flow_to_rgb(found.flow, largest)] if found.flow is not None else []
    return np.concatenate(parts, axis=1)

"""Checks of single arrays: finite numbers, pictures that show something, no picture twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SampleSubject, ViewSubject
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion


@check("view", photometric=True)
def image_shows_something(view: ViewSubject) -> Iterator[Finding]:
    """A picture is neither black, nor burnt out, nor of one colour."""
    image = view.array("image")
    if image is None:
        return
    image = image[::4, ::4]  # a sixteenth of the pixels tells as much
    histogram = np.bincount(image.reshape(-1), minlength=256)
    levels = np.arange(256)
    mean = float(histogram @ levels) / image.size
    deviation = float(np.sqrt(histogram @ (levels - mean) ** 2 / image.size))
    file, bounds = view.file("image"), view.bounds
    if mean < bounds.black_level:
        yield Finding(f"is black: mean level {mean:.1f} of 255", file)
    elif histogram[254:].sum() > bounds.burnt_share * image.size and _burnt_share(image) > bounds.burnt_share:
        yield Finding(f"is burnt out: {_burnt_share(image):.0%} of the pixels are white", file)
    elif deviation < bounds.constant_deviation:
        yield Finding(f"shows nothing: its levels deviate by {deviation:.2f} from their mean", file)


@check("view", photometric=True)
def exposure_in_bounds(view: ViewSubject) -> Iterator[Finding]:
    """A picture is as bright as the scene's specification allows: its mean, its black and its burnt-out share."""
    image, spec = view.array("image"), view.scene.spec
    if image is None or isinstance(spec, str):  # the check `spec_agrees` names it
        return
    image, bounds = image[::4, ::4], spec.exposure
    mean = float(image.mean()) / 255
    low, high = bounds.mean
    if not low <= mean <= high:
        yield Finding(f"has a mean of {mean:.2f}, outside {low:g} to {high:g}", view.file("image"), "warning")
    for name, least, share in (
        ("black", image.max(axis=2) < 3, bounds.black),
        ("burnt", image.min(axis=2) > 252, bounds.burnt),
    ):
        if least.mean() > share:
            yield Finding(
                f"is {name} in {least.mean():.0%} of its pixels, more than {share:.0%}", view.file("image"), "warning"
            )


def _burnt_share(image: NDArray[np.uint8]) -> float:
    return float(((image[..., 0] >= 254) & (image[..., 1] >= 254) & (image[..., 2] >= 254)).mean())


@check("view")
def depth_legal(view: ViewSubject) -> Iterator[Finding]:
    """Depth is positive, +inf only where no instance is seen, and never NaN."""
    depth = view.array("depth")
    if depth is None:
        return
    wrong = int((~(depth > 0)).sum())
    if wrong:
        yield Finding(f"{wrong} pixels are NaN, zero or negative", view.file("depth"))
    ids = view.array("instances")
    if ids is not None:
        endless = int((np.isposinf(depth) & (ids != 0)).sum())
        if endless:
            yield Finding(f"{endless} pixels of instances have infinite depth", view.file("depth"))


@check("view", photometric=True)
def linear_finite(view: ViewSubject) -> Iterator[Finding]:
    """The scene-linear picture holds no NaN and no infinity."""
    linear = view.array("linear")
    if linear is not None and not np.isfinite(linear).all():
        yield Finding(f"{int((~np.isfinite(linear)).sum())} values are NaN or infinite", view.file("linear"))


@check("sample")
def flow_finite(sample: SampleSubject) -> Iterator[Finding]:
    """A flow is finite, and NaN exactly where its occlusion reason says that there is none."""
    for direction in FLOW_ENDS:
        name = f"flow_{direction}"
        if sample.has(name):
            yield from (Finding(message, sample.file(name)) for message in _flow_numbers(sample, direction))


def _flow_numbers(sample: SampleSubject, direction: str) -> Iterator[str]:
    u, v = sample.flow(direction)
    finite = np.isfinite(u + v)  # inf - inf is NaN: either way not finite
    occlusion = f"occlusion_{direction}"
    if sample.has(occlusion):
        reasons = sample.reasons(direction)
        invalid = (reasons == Occlusion.BEHIND_CAMERA) | (reasons == Occlusion.NO_GROUND_TRUTH)
        wrong = int((finite == invalid).sum())
        if wrong:
            yield f"{wrong} pixels are NaN where {occlusion} gives a target, or have a flow where it gives none"
    elif not finite.all() and (np.isinf(u) | np.isinf(v)).any():
        yield "holds infinite values"
    missing = 1 - np.count_nonzero(finite) / finite.size
    if missing > sample.bounds.nan_share:
        yield f"{missing:.1%} of the pixels have no flow"


@check("sample", photometric=True)
def images_differ(sample: SampleSubject) -> Iterator[Finding]:
    """I1 and I2 are different pictures."""
    if sample.pair.view("1") == sample.pair.view("2"):
        yield Finding("I1 and I2 are the same view", f"pairs/{sample.pair.index:04d}")
    elif sample.has(("image", "1"), ("image", "2")):
        first, second = sample.array("image", "1"), sample.array("image", "2")
        if first is second or np.array_equal(first, second):
            yield Finding("I1 and I2 are identical", sample.file("image", "2"))


@check("sample")
def scene_flow_finite(sample: SampleSubject) -> Iterator[Finding]:
    """Scene flow is NaN only where no surface is seen, and zero where nothing moves."""
    for direction in ("1_to_gt", "gt_to_1"):
        role = FLOW_ENDS[direction][0]
        name = f"scene_flow_{direction}"
        if not sample.has(name):
            continue
        total = sum(np.abs(plane) for plane in sample.planes(name))
        if sample.has(("depth", role)):
            surface = np.isfinite(sample.array("depth", role))
            wrong = int((surface != np.isfinite(total)).sum())
            if wrong:
                yield Finding(f"{wrong} pixels are NaN on a surface or finite where there is none", sample.file(name))
        dynamic = sample.dynamic(role)
        if dynamic is not None and (np.nan_to_num(total) > sample.bounds.moved_metres)[~dynamic].any():
            yield Finding("static pixels move", sample.file(name))

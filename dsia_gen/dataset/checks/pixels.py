"""Checks of single arrays: finite numbers, images that show something, no image twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SampleSubject, ViewSubject
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS, Occlusion, Rule


@check("view", photometric=True)
def image_shows_something(view: ViewSubject) -> Iterator[Finding]:
    """An image is neither black, nor overexposed, nor of one colour."""
    image = view.array("image")
    if image is None:
        return
    image = image[::4, ::4]  # a sixteenth of the pixels tells as much
    histogram = np.bincount(image.reshape(-1), minlength=256)
    levels = np.arange(256)
    mean = float(histogram @ levels) / image.size
    deviation = float(np.sqrt(histogram @ (levels - mean) ** 2 / image.size))
    file, bounds = view.file("image"), view.bounds
    white = 0.0
    if histogram[254:].sum() > bounds.overexposed_share * image.size:  # only then a look at every pixel is worth it
        white = float((image >= 254).all(axis=2).mean())
    if mean < bounds.black_level:
        yield Finding(f"is black: mean level {mean:.1f} of 255", file)
    elif white > bounds.overexposed_share:
        yield Finding(f"is overexposed: {white:.0%} of the pixels are white", file)
    elif deviation < bounds.constant_deviation:
        yield Finding(f"shows nothing: its levels deviate by {deviation:.2f} from their mean", file)


@check("view", photometric=True)
def exposure_in_bounds(view: ViewSubject) -> Iterator[Finding]:
    """An image is as bright as the scene's specification allows: its mean, its black and its overexposed share."""
    image, spec = view.array("image"), view.scene.spec
    if image is None or isinstance(spec, str) or spec.render.exposure != 0:  # the user asked for another brightness
        return
    image, bounds = image[::4, ::4], spec.exposure
    mean = float(image.mean()) / 255
    (low, high), margin = bounds.mean, view.bounds.exposure_margin
    if not low - margin <= mean <= high + margin:
        yield Finding(f"has a mean of {mean:.2f}, outside {low:g} to {high:g}", view.file("image"), "warning")
    for name, least, share in (
        ("black", image.max(axis=2) < 3, bounds.black),
        ("overexposed", image.min(axis=2) > 252, bounds.burnt),
    ):
        if least.mean() > share:
            message = f"is {name} in {least.mean():.0%} of its pixels, more than {share:.0%}"
            yield Finding(message, view.file("image"), "warning")


@check("view")
def depth_legal(view: ViewSubject) -> Iterator[Finding]:
    """Depth is positive, +inf only where no instance is seen, and never NaN."""
    depth = view.array("depth")
    if depth is None:
        return
    wrong = np.count_nonzero(~(depth > 0))
    if wrong:
        yield Finding(f"{wrong} pixels are NaN, zero or negative", view.file("depth"))
    ids = view.array("instances")
    if ids is not None:
        endless = np.count_nonzero(np.isposinf(depth) & (ids != 0))
        if endless:
            yield Finding(f"{endless} pixels of instances have infinite depth", view.file("depth"))


@check("view")
def vectors_legal(view: ViewSubject) -> Iterator[Finding]:
    """The vectors of a view follow the rules of their row: where they are NaN, their length, their direction."""
    for name, row in OUTPUTS.items():
        if row.kind != "vector" or row.scope != "view":
            continue
        vectors = view.array(name)
        if vectors is not None:
            yield from (
                Finding(message, view.file(name)) for rule in row.rules for message in broken(rule, view, vectors)
            )


@check("view")
def normals_from_depth(view: ViewSubject) -> Iterator[Finding]:
    """Normals are at right angles to the surface that depth describes, in the median over reliable pixels."""
    normals, depth, flagged = view.array("normals"), view.array("depth"), view.array("unreliable")
    if normals is None or depth is None or flagged is None:
        return
    K, _ = view.scene.reader.camera(view.view.pose)
    height, width = depth.shape
    x = ((np.arange(width) + 0.5 - K[0, 2]) / K[0, 0])[None]
    y = ((np.arange(height) + 0.5 - K[1, 2]) / K[1, 1])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        points = np.stack([x * depth, y * depth, depth], axis=-1)
        for axis in (0, 1):
            along = points[2:, 1:-1] - points[:-2, 1:-1] if axis == 0 else points[1:-1, 2:] - points[1:-1, :-2]
            sine = np.abs((along * normals[1:-1, 1:-1]).sum(axis=-1)) / np.linalg.norm(along, axis=-1)
            known = np.isfinite(sine) & ~flagged[1:-1, 1:-1]
            if np.count_nonzero(known) >= view.bounds.few:
                median = float(np.median(sine[known]))
                if median > view.bounds.normal_sine:
                    message = f"stand at {np.degrees(np.arcsin(min(1.0, median))):.0f} degrees off the surface of depth"
                    yield Finding(message, view.file("normals"))
                    return


def broken(rule: Rule, view: ViewSubject, vectors: NDArray[np.float32]) -> Iterator[str]:
    """What contradicts a rule in the (H, W, 3) vectors of a view; ValueError for a rule that has no check."""
    match rule:
        case "surface":
            depth, known = view.array("depth"), np.isfinite(vectors).all(axis=-1)
            surface = known if depth is None else np.isfinite(depth)
            partly = ~known & ~np.isnan(vectors).all(axis=-1)
            wrong = int((known != surface).sum()) + int(partly.sum())
            message = "are not finite on a surface, or not NaN where there is none"
        case "instances_only":
            ids, known = view.array("instances"), np.isfinite(vectors).all(axis=-1)
            wrong = int((~known & ~np.isnan(vectors).all(axis=-1)).sum())
            wrong += 0 if ids is None else int((known != (ids > 0)).sum())
            message = "are not finite on an instance, or not NaN where there is none"
        case "unit_box":
            with np.errstate(invalid="ignore"):
                wrong = int(((vectors < 0) | (vectors > 1)).any(axis=-1).sum())
            message = "lie outside 0 to 1"
        case "unit_length":
            with np.errstate(invalid="ignore"):
                wrong = int((np.abs(np.linalg.norm(vectors, axis=-1) - 1) > view.bounds.unit_length).sum())
            message = "do not have length 1"
        case "faces_camera":
            K, _ = view.scene.reader.camera(view.view.pose)
            x = ((np.arange(vectors.shape[1]) + 0.5 - K[0, 2]) / K[0, 0])[None]
            y = ((np.arange(vectors.shape[0]) + 0.5 - K[1, 2]) / K[1, 1])[:, None]
            with np.errstate(invalid="ignore"):
                along = vectors[..., 0] * x + vectors[..., 1] * y + vectors[..., 2]
                wrong = int((along > view.bounds.unit_length * np.sqrt(1 + x * x + y * y)).sum())
            message = "point away from the camera"
        case _:
            raise ValueError(f"no check for the rule {rule!r}; known: {', '.join(get_args(Rule))}")
    if wrong:
        yield f"{wrong} pixels {message}"


@check("view", photometric=True)
def linear_finite(view: ViewSubject) -> Iterator[Finding]:
    """The scene-linear image holds no NaN and no infinity."""
    linear = view.array("linear")
    if linear is not None and not np.isfinite(linear).all():
        yield Finding(f"{int((~np.isfinite(linear)).sum())} values are NaN or infinite", view.file("linear"))


@check("sample")
def flow_finite(sample: SampleSubject) -> Iterator[Finding]:
    """A flow is finite, and NaN exactly where its occlusion reason says that there is none."""
    for direction in FLOW_ENDS:
        name = f"flow_{direction}"
        if not sample.has(name):
            continue
        u, v = sample.flow(direction)
        finite = np.isfinite(u) & np.isfinite(v)
        file, occlusion = sample.file(name), f"occlusion_{direction}"
        if sample.has(occlusion):
            reasons = sample.reasons(direction)
            invalid = (reasons == Occlusion.BEHIND_CAMERA) | (reasons == Occlusion.NO_GROUND_TRUTH)
            wrong = np.count_nonzero(finite == invalid)
            if wrong:
                message = f"{wrong} pixels are NaN where {occlusion} gives a target, or have a flow where it gives none"
                yield Finding(message, file)
        elif not finite.all() and (np.isinf(u) | np.isinf(v)).any():
            yield Finding("holds infinite values", file)
        missing = 1 - np.count_nonzero(finite) / finite.size
        if missing > sample.bounds.nan_share:
            yield Finding(f"{missing:.1%} of the pixels have no flow", file)


@check("sample", photometric=True)
def images_differ(sample: SampleSubject) -> Iterator[Finding]:
    """I1 and I2 are different images."""
    if sample.pair.view("1") == sample.pair.view("2"):
        yield Finding("I1 and I2 are the same view", f"pairs/{sample.pair.index:04d}")
    elif sample.has(("image", "1"), ("image", "2")):
        first, second = sample.array("image", "1"), sample.array("image", "2")
        if first is second or np.array_equal(first, second):
            yield Finding("I1 and I2 are identical", sample.file("image", "2"))


@check("sample")
def scene_flow_finite(sample: SampleSubject) -> Iterator[Finding]:
    """Scene flow is NaN only where no surface is seen, and zero where nothing moves."""
    for name, row in OUTPUTS.items():
        if row.kind != "vector" or row.scope != "pair" or not sample.has(name):
            continue
        role = row.views[0]
        total = sum(np.abs(plane) for plane in sample.planes(name))
        if sample.has(("depth", role)):
            surface = np.isfinite(sample.array("depth", role))
            wrong = int((surface != np.isfinite(total)).sum())
            if wrong:
                yield Finding(f"{wrong} pixels are NaN on a surface or finite where there is none", sample.file(name))
        dynamic = sample.dynamic(role)
        if dynamic is not None and (np.nan_to_num(total) > sample.bounds.moved_metres)[~dynamic].any():
            yield Finding("static pixels move", sample.file(name))

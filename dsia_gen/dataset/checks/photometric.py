"""Checks of images against ground truth and each other: what flow and masks say is what one sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.image_metrics import psnr
from dsia_gen.core.interpolation import Lookup, follow_flow
from dsia_gen.dataset.checks.findings import Finding, Severity, check
from dsia_gen.dataset.checks.subject import Mask, SampleSubject, ViewSubject
from dsia_gen.dataset.photography import luminance
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import Role

Floats = NDArray[np.float32]
OUTLINE_PIXELS = 2
"""How far an anti-aliased outline reaches beyond its mask; light_change says nothing there."""
_BLOCK = 8


def grown(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """(H, W) mask with all pixels at most `radius` rows and columns away from it."""
    out = mask.copy()
    for step in range(1, radius + 1):
        out[step:] |= mask[:-step]
        out[:-step] |= mask[step:]
    rows = out.copy()
    for step in range(1, radius + 1):
        out[:, step:] |= rows[:, :-step]
        out[:, :-step] |= rows[:, step:]
    return out


@check("sample", photometric=True)
def warp_gives_gt(sample: SampleSubject) -> Iterator[Finding]:
    """I2 warped by flow_gt_to_2 is Igt where it is visible and reliable."""
    keep = _comparable(sample)
    if keep is None:
        return
    warped = follow_flow(sample.array("image", "2"), np.stack(sample.flow("gt_to_2"), axis=-1), keep)
    value = psnr(warped, sample.array("image", "gt")[keep])
    severity, bound = _verdict(sample, "2", value, sample.bounds.warp_psnr)
    if value < bound:
        message = f"I2 warped onto Igt has {value:.1f} dB where visible, below {bound:g}"
        yield Finding(message, sample.file("flow_gt_to_2"), severity)


def _comparable(sample: SampleSubject) -> Mask | None:
    """(H, W) pixels of Igt that are visible in I2 and reliable; None where too few, or arrays are not kept."""
    if not sample.has("flow_gt_to_2", "occlusion_gt_to_2", ("image", "2"), ("image", "gt")):
        return None
    keep = sample.reasons("gt_to_2") == Occlusion.VISIBLE
    if sample.has(("unreliable", "gt")):
        keep &= ~sample.array("unreliable", "gt")
    return keep if np.count_nonzero(keep) >= sample.bounds.few else None


def _verdict(sample: SampleSubject, role: Role, value: float, warning: float) -> tuple[Severity, float]:
    """How bad an agreement of an image with Igt is, and the bound in dB, which lies below what their noise allows."""
    variance = noise(sample.array("image", role)) ** 2 + noise(sample.array("image", "gt")) ** 2
    expected = 20 * np.log10(255 / max(float(np.sqrt(variance)), 1e-3)) - sample.bounds.noise_psnr
    error = min(sample.bounds.other_psnr, expected)
    return ("error", error) if value < error else ("warning", min(warning, expected))


def noise(image: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise of an (H, W, 3) image in levels; texture of single pixels counts as noise.

    Immerkaer, Fast Noise Variance Estimation, CVIU 1996.
    """
    if min(image.shape[:2]) < 3:
        return 0.0
    bent = np.diff(np.diff(image.astype(np.float32), n=2, axis=0), n=2, axis=1)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(bent).mean())


@check("sample", photometric=True)
def static_pixels_look_alike(sample: SampleSubject) -> Iterator[Finding]:
    """I1 and Igt show the same where nothing moves and the light is the same."""
    keep = _unchanged(sample)
    if keep is None:
        return
    value = psnr(sample.array("image", "1")[keep], sample.array("image", "gt")[keep])
    severity, bound = _verdict(sample, "1", value, sample.bounds.static_psnr)
    if value < bound:
        message = f"I1 and Igt have {value:.1f} dB where nothing changes, below {bound:g}"
        yield Finding(message, sample.file("image", "gt"), severity)


def _unchanged(sample: SampleSubject) -> Mask | None:
    """(H, W) pixels under the fixed camera where nothing moves and the light is the same; None where too few."""
    if not sample.has("dynamic_union", "light_change", ("image", "1"), ("image", "gt")):
        return None
    keep: Mask = ~(grown(sample.array("dynamic_union"), OUTLINE_PIXELS) | sample.array("light_change"))
    return keep if np.count_nonzero(keep) >= sample.bounds.few else None


@check("sample", photometric=True)
def moving_pixels_arrive(sample: SampleSubject) -> Iterator[Finding]:
    """What moves looks in Igt, at the end of flow_1_to_gt, as it does in I1: Igt is the scene at its own time."""
    if not sample.has("flow_1_to_gt", "occlusion_1_to_gt", "dynamic_1", ("image", "1"), ("image", "gt")):
        return
    keep = sample.array("dynamic_1") & (sample.reasons("1_to_gt") == Occlusion.VISIBLE)
    if sample.has(("unreliable", "1")):
        keep &= ~sample.array("unreliable", "1")
    flow = np.stack(sample.flow("1_to_gt"), axis=-1)
    with np.errstate(invalid="ignore"):
        keep &= np.abs(flow).max(axis=-1) > 2
    if np.count_nonzero(keep) < sample.bounds.few:
        return
    first, last = sample.array("image", "1"), sample.array("image", "gt")
    arrived, stayed = psnr(follow_flow(last, flow, keep), first[keep]), psnr(last[keep], first[keep])
    if stayed > arrived + sample.bounds.moving_psnr:
        message = f"moving pixels fit {stayed:.1f} dB where they were and {arrived:.1f} dB where flow_1_to_gt leads"
        yield Finding(message, sample.file("image", "gt"))


class Shift(NamedTuple):
    """A displacement in pixels, its standard error, and which share of the difference of two images it explains."""

    x: float
    y: float
    error: float
    explained: float


def registration(image: Floats, reference: Floats, x: Floats, y: Floats) -> Shift | None:
    """The shift of an (H, W) image at positions (N,) against reference values (N,); None where nothing tells.

    One translation, to first order (Lucas and Kanade, IJCAI 1981).
    """
    half = np.float32(0.5)
    here, right, left, below, above = (
        Lookup.at(x + dx, y + dy, image.shape)(image)  # type: ignore[arg-type]
        for dx, dy in ((0, 0), (half, 0), (-half, 0), (0, half), (0, -half))
    )
    rest = (reference - here).astype(np.float64)
    slopes = np.stack([right - left, below - above], axis=-1).astype(np.float64)
    normal = slopes.T @ slopes
    determinant = normal[0, 0] * normal[1, 1] - normal[0, 1] ** 2
    if determinant <= 1e-6 * max(1.0, float(np.trace(normal))) ** 2:
        return None
    inverse = np.array([[normal[1, 1], -normal[0, 1]], [-normal[0, 1], normal[0, 0]]]) / determinant
    shift = inverse @ (slopes.T @ rest)
    left_over = rest - slopes @ shift
    variance = float((left_over**2).mean()) * float(np.trace(inverse))
    explained = 1 - float((left_over**2).sum()) / max(float((rest**2).sum()), 1e-12)
    return Shift(float(shift[0]), float(shift[1]), float(np.sqrt(max(variance, 0.0))), explained)


@check("sample", photometric=True)
def images_registered(sample: SampleSubject) -> Iterator[Finding]:
    """I2 along flow_gt_to_2, and I1 where nothing changes, lie on Igt to a fraction of a pixel."""
    if not sample.has(("image", "gt")):
        return
    target = _grey(sample.array("image", "gt"))
    rows, columns = (axis.astype(np.float32) + np.float32(0.5) for axis in np.indices(target.shape))
    for role, keep in (("2", _comparable(sample)), ("1", _unchanged(sample))):
        if keep is None or not sample.has(("image", role)):  # type: ignore[arg-type]
            continue
        u, v = sample.flow("gt_to_2") if role == "2" else (np.zeros_like(target), np.zeros_like(target))
        x, y = (columns + u)[keep], (rows + v)[keep]
        image: Role = "2" if role == "2" else "1"
        found = registration(_grey(sample.array("image", image)), target[keep], x, y)
        if found is None:
            continue
        length, bounds = float(np.hypot(found.x, found.y)), sample.bounds
        # a change of light may look like a shift, but the shift explains little of it
        certain = found.explained > bounds.shift_explained
        if certain and length > bounds.shift_px + bounds.shift_errors * found.error:
            message = f"is shifted against Igt by ({found.x:.2f}, {found.y:.2f}) px"
            yield Finding(message, sample.file("image", image))


def _grey(image: NDArray[np.uint8]) -> Floats:
    grey: Floats = image.astype(np.float32).mean(axis=-1)
    return grey


@check("view", photometric=True)
def renders_belong_together(view: ViewSubject) -> Iterator[Finding]:
    """The scene-linear and the motion-blurred image of a view show what its image shows."""
    image = view.array("image")
    if image is None:
        return
    linear, blurred = view.array("linear"), view.array("image_blurred")
    luma = luminance(image)
    if linear is not None and np.isfinite(linear).all():
        value = _rank_correlation(luminance(linear.astype(np.float32)), luma)
        if value is not None and value < view.bounds.linear_correlation:
            message = f"does not show what the image shows: their ranks correlate by {value:.2f}"
            yield Finding(message, view.file("linear"))
    if blurred is not None:
        value = psnr(_blocks(blurred), _blocks(image))
        if value < view.bounds.blurred_psnr:
            message = f"does not show what the image shows: means of blocks have {value:.1f} dB"
            yield Finding(message, view.file("image_blurred"))


def _rank_correlation(a: Floats, b: Floats) -> float | None:
    """Spearman's correlation of two images (H, W) on a grid; None for an image of one level."""
    step = max(1, int(np.sqrt(a.size / 6000)))
    ranks = [np.argsort(np.argsort(image[::step, ::step].reshape(-1), kind="stable")) for image in (a, b)]
    if any(image.min() == image.max() for image in (a, b)):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _blocks(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means of blocks of an (H, W, 3) image."""
    height, width = (size // _BLOCK * _BLOCK for size in image.shape[:2])
    blocks = image[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, 3)
    return blocks.mean(axis=(1, 3))

"""Checks of images against ground truth: what flow and masks say is what one sees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.image_metrics import psnr
from dsia_gen.core.interpolation import follow_flow
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SampleSubject
from dsia_gen.spec.outputs import Occlusion

OUTLINE_PIXELS = 2
"""How far an anti-aliased outline reaches beyond its mask; light_change says nothing there."""


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
    needs = ("flow_gt_to_2", "occlusion_gt_to_2")
    if not sample.has(*needs, ("image", "2"), ("image", "gt")):
        return
    keep = sample.reasons("gt_to_2") == Occlusion.VISIBLE
    if sample.has(("unreliable", "gt")):
        keep &= ~sample.array("unreliable", "gt")
    if np.count_nonzero(keep) < sample.bounds.few:
        return
    warped = follow_flow(sample.array("image", "2"), np.stack(sample.flow("gt_to_2"), axis=-1), keep)
    value = psnr(warped, sample.array("image", "gt")[keep])
    if value < sample.bounds.warp_psnr:
        message = f"I2 warped onto Igt has {value:.1f} dB where visible, below {sample.bounds.warp_psnr:g}"
        yield Finding(message, sample.file("flow_gt_to_2"), "warning")


@check("sample", photometric=True)
def static_pixels_look_alike(sample: SampleSubject) -> Iterator[Finding]:
    """I1 and Igt show the same where nothing moves and the light is the same."""
    if not sample.has("dynamic_union", "light_change", ("image", "1"), ("image", "gt")):
        return
    keep = ~(grown(sample.array("dynamic_union"), OUTLINE_PIXELS) | sample.array("light_change"))
    if np.count_nonzero(keep) < sample.bounds.few:
        return
    value = psnr(sample.array("image", "1")[keep], sample.array("image", "gt")[keep])
    if value < sample.bounds.static_psnr:
        message = f"I1 and Igt have {value:.1f} dB where nothing changes, below {sample.bounds.static_psnr:g}"
        yield Finding(message, sample.file("image", "gt"), "warning")

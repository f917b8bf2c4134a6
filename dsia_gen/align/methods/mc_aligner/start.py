"""Where the network starts: a homography, the light of I2 on I1, and DIS flow beside the homography. OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.blend import GainSettings, inside_image, smooth_gain
from dsia_gen.align.methods.dis import estimate_dis
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography_dis import dis_homography
from dsia_gen.align.methods.method import Image
from dsia_gen.core.image_metrics import backward_warp

_GEOMETRY, _GAIN = GeometricSettings(), GainSettings()


@dataclass(frozen=True)
class Start:
    """Of a batch; images (B, 3, H, W) are floats in [0, 1]."""

    image1: Tensor
    image2: Tensor
    matrix: Tensor
    """(B, 3, 3) homography from pixels of I1 to pixels of I2."""
    warped2: Tensor
    """I2 by the homography."""
    valid: Tensor
    """(B, 1, H, W): 1 where the homography stays inside of I2."""
    gain: Tensor
    """(B, 3, H, W) factor that brings I1 to the light of I2."""
    forward: Tensor
    """(B, 2, H, W) px: DIS flow from I1 to the warped I2."""
    backward: Tensor
    """(B, 2, H, W) px: DIS flow from the warped I2 to I1."""

    @property
    def lit1(self) -> Tensor:
        """I1 in the light of I2."""
        return (self.image1 * self.gain).clamp(0, 1)

    def to(self, device: torch.device, channels_last: bool = False) -> Start:
        """On a device."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        moved = {}
        for name in (f.name for f in fields(self)):
            value: Tensor = getattr(self, name).to(device, non_blocking=True)
            moved[name] = value.contiguous(memory_format=layout) if value.dim() == 4 else value
        return Start(**moved)


def start(
    images1: list[Image],
    images2: list[Image],
    with_gain: bool = True,
    matrices: list[NDArray[np.float64]] | None = None,
) -> Start:
    """The start of pairs (H, W, 3) of one size, at least 16 px a side; by given homographies, or those of DIS flow."""
    given: Sequence[NDArray[np.float64] | None] = matrices or [None] * len(images1)
    rows = [start_of_pair(a, b, with_gain, m) for a, b, m in zip(images1, images2, given, strict=True)]
    stacked = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
    picture = {name: stacked[name].permute(0, 3, 1, 2).float() / 255 for name in ("image1", "image2", "warped2")}
    planes = {name: stacked[name].permute(0, 3, 1, 2) for name in ("gain", "forward", "backward")}
    return Start(**picture, **planes, matrix=stacked["matrix"].float(), valid=stacked["valid"].float()[:, None])


def start_of_pair(
    image1: Image, image2: Image, with_gain: bool = True, matrix: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.generic]]:
    """The fields of `Start` for one pair as arrays (H, W, C); the identity where no homography is found."""
    height, width = image1.shape[:2]
    matrix = dis_homography(image1, image2, _GEOMETRY) if matrix is None else matrix
    if matrix is None:
        matrix = np.eye(3)
    flow = homography_flow(matrix, height, width)
    warped, valid = backward_warp(image2, flow), inside_image(flow)
    gain = np.ones((height, width, 3), np.float32)
    if with_gain:
        gain = smooth_gain(image1, warped, valid, _GAIN)
    lit = np.rint(np.clip(image1 * gain, 0, 255)).astype(np.uint8)
    return {
        "image1": image1, "image2": image2, "matrix": matrix / matrix[2, 2], "warped2": warped, "valid": valid,
        "gain": gain, "forward": estimate_dis(lit, warped), "backward": estimate_dis(warped, lit),
    }  # fmt: skip

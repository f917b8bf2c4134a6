"""The mean of I1 in the light of I2 and of I2 by a homography: no training, and hard to beat. OpenCV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from dsia_gen.align.methods.composition import Compose, Part, read_at
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography_dis import fit_homography_dis
from dsia_gen.align.methods.method import (
    Aligned,
    AlignmentMethod,
    Image,
    ImagePair,
    MethodInfo,
    MethodOptions,
    opencv,
    pixel_grid,
)
from dsia_gen.core.image_metrics import backward_warp

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class GainSettings:
    """How the light of I2 is brought to I1."""

    reach: float = 1 / 12
    """Standard deviation of the smoothing over the width of the image."""
    agree: float = 0.35
    """Ratio of levels, as a natural logarithm, beyond which two pixels are taken for different things."""
    largest: float = 0.7
    """Bound of the gain, as a natural logarithm."""
    floor: float = 8.0
    """Grey levels that are added to both images, so that noise in the dark says little."""


def inside_image(flow: Floats) -> NDArray[np.bool_]:
    """(H, W): pixels whose flow (H, W, 2) ends in the image."""
    height, width = flow.shape[:2]
    there = pixel_grid(height, width) + flow
    return np.asarray(((there >= -0.5) & (there <= np.array([width, height]) - 0.5)).all(axis=-1))


def smooth_gain(image1: Image, image2: Image, valid: NDArray[np.bool_], settings: GainSettings) -> Floats:
    """(H, W, 3) factor that brings I1 to the light of an aligned image; 1 where nothing agrees.

    It is the exponential of a weighted Gaussian mean of log(I2 / I1), so what differs much (things that moved) and what
    is not `valid` counts little.
    """
    cv2 = opencv()
    first, second = (x.astype(np.float32) + np.float32(settings.floor) for x in (image1, image2))
    ratio = np.log(second / first)
    weight = valid * np.exp(-((np.abs(ratio).max(axis=-1) / settings.agree) ** 2))
    sigma = max(1.0, settings.reach * image1.shape[1])

    def smooth(values: NDArray[Any]) -> Floats:
        return np.asarray(cv2.GaussianBlur(values.astype(np.float32), (0, 0), sigma))

    mean = smooth(ratio * weight[..., None]) / (smooth(weight)[..., None] + 0.02)
    return np.exp(np.clip(mean, -settings.largest, settings.largest)).astype(np.float32)


@dataclass(frozen=True)
class Blend(AlignmentMethod):
    """Half I1 under a smooth gain, half I2 by the homography of DIS flow; I1 alone where I2 does not reach."""

    info: MethodInfo
    options: GeometricSettings = field(default_factory=GeometricSettings)
    gain: GainSettings = field(default_factory=GainSettings)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The method with its settings and OpenCV's version."""
        super().open(options)
        return replace(self, settings={**asdict(self.options), **asdict(self.gain), "opencv": opencv().__version__})

    def align(self, pair: ImagePair) -> Aligned:
        """The mean; I1 itself, and a note, where no homography is found."""
        fitted = fit_homography_dis(pair.image1, pair.image2, self.options)
        if fitted.flow is None:
            return Aligned(pair.image1, note=f"{fitted.note}; answered with I1")
        warped, valid = backward_warp(pair.image2, fitted.flow), inside_image(fitted.flow)
        gain = smooth_gain(pair.image1, warped, valid, self.gain)
        lit = pair.image1 * gain
        mean = np.where(valid[..., None], 0.5 * lit + 0.5 * warped, lit)
        image = np.rint(np.clip(mean, 0, 255)).astype(np.uint8)
        return Aligned(image, fitted.flow, compose=mean_of(fitted.flow, gain, valid))


def mean_of(flow: Floats, gain: Floats, valid: NDArray[np.bool_]) -> Compose:
    """The mean of image 1 under a gain (H, W, 3) and of image 2 by a flow, where that is valid."""

    def compose(part1: Part, part2: Part, rows: slice, columns: slice) -> Floats:
        first = part1(rows, columns)
        factor = np.ones_like(first)
        coloured = 3 if first.shape[2] > 2 else 1
        factor[..., :coloured] = (
            gain[rows, columns] if coloured == 3 else gain[rows, columns].mean(axis=-1, keepdims=True)
        )
        lit = first * factor
        second = read_at(part2, flow[rows, columns], rows, columns, flow.shape[:2])
        return np.asarray(np.where(valid[rows, columns, None], (lit + second) / 2, lit))

    return compose


BLEND = Blend(MethodInfo("blend", "Mean of I1 and homography", "synthesis", "Kroeger et al., ECCV 2016; this project"))

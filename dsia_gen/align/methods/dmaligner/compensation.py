"""I2 in the view of I1, and I1 in the light of I2, before the mask pastes one onto the other (instead of eq. 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsia_gen.align.methods.blend import GainSettings, inside_image, smooth_gain
from dsia_gen.align.methods.dmaligner.aligner_config import MotionConfig
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography_dis import fit_homography_dis
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.methods.method import Image
from dsia_gen.core.image_metrics import backward_warp

WARPED = "warped"
"""Name of the image that takes the place of I2 in V_M."""
FOLDER = "motion"
"""Folder of a run or of a saved pipeline that holds the weights of the motion."""


@dataclass(frozen=True)
class Compensation:
    """Images of a pair that the motion of the camera has been taken out of. Depends on both images alone.

    `aligner` is there for the kinds that need a trained one.
    """

    config: MotionConfig
    aligner: McPipeline | None = None

    def __call__(self, image1: Image, image2: Image) -> dict[str, Image]:
        """`1`: I1, in the light of I2 where that is asked for; `WARPED`: I2 in the view of I1. (H, W, 3) uint8."""
        if self.aligner is not None:
            answer = self.aligner.align_rgb(image1, image2)
            flow, composed = answer.flow, answer.image
        else:
            flow, composed = fit_homography_dis(image1, image2, GeometricSettings()).flow, image2
        if flow is None:  # no motion can be found: as the paper does
            return {"1": image1, WARPED: image2}
        warped = backward_warp(image2, flow)
        lit = image1
        if self.config.light:
            gain = smooth_gain(image1, warped, inside_image(flow), GainSettings())
            lit = np.rint(np.clip(image1 * gain, 0, 255)).astype(np.uint8)
        return {"1": lit, WARPED: composed if self.config.kind == "mc_answer" else warped}

    def prepare(self, images: Mapping[str, Image], rng: np.random.Generator) -> dict[str, Image]:  # noqa: ARG002
        """The same of the whole images of a sample, for training."""
        return self(images["1"], images["2"])

    def key(self) -> str:
        """Changes when the images do."""
        weights = self.aligner.hash() if self.aligner is not None else ""
        return f"{self.config.kind} {self.config.light} {weights}"

    def save(self, folder: Path) -> None:
        """Write the weights of the motion below `folder`, where there are some."""
        if self.aligner is not None:
            self.aligner.save_pretrained(folder / FOLDER)


def open_compensation(config: MotionConfig | None, saved: Path | None = None) -> Compensation | None:
    """The compensation of a configuration; None without one.

    Weights below the folder `saved` go before those that the configuration names, and these before those that are part
    of the package. AlignError says what is missing.
    """
    if config is None or config.kind == "homography":
        return Compensation(config) if config is not None else None
    if saved is not None and (saved / FOLDER).is_dir():
        return Compensation(config, McPipeline.from_pretrained(saved / FOLDER))
    return Compensation(config, McPipeline.from_pretrained(config.weights))

"""Copies of I1 and I2, and warps of I2 by the exact flow: the ends of the scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsia_gen.align.methods.method import Aligned, Image, MethodInfo, Truth
from dsia_gen.core.image_metrics import backward_warp

IDENTITY = MethodInfo("identity", "I2 as it is", "copy", "-", "1 image (I2)")
REFERENCE = MethodInfo("reference", "I1 as it is", "copy", "-", "1 image (I1)")
ORACLE_CAMERA = MethodInfo(
    "oracle_flow", "exact flow Igt to I2", "oracle", "this data set: ground truth",
    "1 image (I2) + exact flow Igt to I2", "Igt to I2: rebuilds Igt wherever I2 sees it", ("flow_gt_to_2",),
)  # fmt: skip
ORACLE_FULL = MethodInfo(
    "oracle_flow_1_to_2", "exact flow I1 to I2", "oracle", "this data set: ground truth",
    "1 image (I2) + exact flow I1 to I2", "I1 to I2: rebuilds the foreground of I1, not of Igt", ("flow_1_to_2",),
)  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """Answers with one of the two images."""

    info: MethodInfo
    second: bool

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:  # noqa: ARG002  (of the contract)
        """I1 or I2."""
        return Aligned(image2 if self.second else image1)


@dataclass(frozen=True)
class Oracle:
    """Warps I2 by a flow of the ground truth; unknown flow counts as zero."""

    info: MethodInfo

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:  # noqa: ARG002
        """I2 at pixel + flow, bilinear."""
        flow = np.nan_to_num(truth[self.info.truth[0]]).astype(np.float32)
        return Aligned(backward_warp(image2, flow), flow)

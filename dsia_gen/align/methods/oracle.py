"""Warps of I2 by the exact flow of the data set: the upper end of the scale for warps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, ImagePair, MethodInfo
from dsia_gen.core.image_metrics import backward_warp


@dataclass(frozen=True)
class Oracle(AlignmentMethod):
    """Warps I2 by a flow of the ground truth; unknown flow counts as zero."""

    info: MethodInfo

    def align(self, pair: ImagePair) -> Aligned:
        """I2 at pixel + flow, bilinear."""
        flow = np.nan_to_num(pair.truth[self.info.truth[0]]).astype(np.float32)
        return Aligned(backward_warp(pair.image2, flow), flow)


def oracle(name: str, ends: str, rebuilds: str, output: str) -> Oracle:
    """A row of the table of methods."""
    citation, inputs = "this data set: ground truth", f"1 image (I2) + exact flow {ends}"
    direction = f"{ends}: rebuilds {rebuilds}"
    return Oracle(MethodInfo(name, f"exact flow {ends}", "oracle", citation, inputs, direction, (output,)))


ORACLE_FLOW = oracle("oracle_flow", "Igt to I2", "Igt wherever I2 sees it", "flow_gt_to_2")
ORACLE_FLOW_1_TO_2 = oracle("oracle_flow_1_to_2", "I1 to I2", "the foreground of I1, not of Igt", "flow_1_to_2")

"""Farneback's optical flow by polynomial expansion, by OpenCV."""

from __future__ import annotations

import numpy as np

from dsia_gen.align.methods.flow_warp import DIRECTION, Flow, OpenCVFlow, grey
from dsia_gen.align.methods.method import Image, MethodInfo, opencv


def estimate_farneback(source: Image, target: Image) -> Flow:
    """Polynomial expansion: five levels by half, windows of 15, neighbourhoods of 7."""
    cv2 = opencv()
    settings = (0.5, 5, 15, 5, 7, 1.5, cv2.OPTFLOW_FARNEBACK_GAUSSIAN)
    return np.asarray(cv2.calcOpticalFlowFarneback(grey(source), grey(target), None, *settings))


_INFO = MethodInfo("farneback", "Farneback flow", "warp", "Farneback, SCIA 2003; OpenCV", direction=DIRECTION)
FARNEBACK = OpenCVFlow(_INFO, estimate_farneback)

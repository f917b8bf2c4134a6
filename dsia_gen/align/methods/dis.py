"""Dense inverse search: optical flow without learning, by OpenCV."""

from __future__ import annotations

import numpy as np

from dsia_gen.align.methods.flow_warp import DIRECTION, Flow, OpenCVFlow, grey
from dsia_gen.align.methods.method import Image, MethodInfo, opencv


def estimate_dis(source: Image, target: Image) -> Flow:
    """Dense inverse search at OpenCV's preset MEDIUM."""
    cv2 = opencv()
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(dis.calc(grey(source), grey(target), None))


_INFO = MethodInfo("dis", "DIS flow", "warp", "Kroeger et al., ECCV 2016; OpenCV", direction=DIRECTION)
DIS = OpenCVFlow(_INFO, estimate_dis)

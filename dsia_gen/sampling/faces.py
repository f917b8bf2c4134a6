"""Faces stay in sight: no large thing hangs between the camera and somebody's head in the middle of the shot."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.spec.asset import CharacterFile, ParametricCharacter
from dsia_gen.spec.camera import project
from dsia_gen.spec.motion import HumanoidMotion

Array = NDArray[np.float64]
HEAD, LEG = 0.92, 0.49
"""Height of the middle of the head, and length of the legs, as shares of the height of a body."""
HEAD_RADIUS = 0.12


def hides_a_face(draft: SceneBuilder, centres: Array, radius: float) -> bool:
    """Whether a ball, centres (1 or T, 3) and `radius` in metres, is before a head halfway through the shot."""
    camera, time = draft.camera, draft.times // 2
    K, here = camera.intrinsics(), camera.camera_to_world(draft.middle)
    spot, near = project(K, here, centres[min(time, len(centres) - 1)])
    for head in _heads(draft, time):
        pixel, far = project(K, here, head)
        reach = float(K[0, 0]) * (radius / max(float(near), 0.1) + HEAD_RADIUS / max(float(far), 0.1))
        if 0 < near < far and math.dist(spot, pixel) < reach:
            return True
    return False


def _heads(draft: SceneBuilder, time: int) -> Iterator[Array]:
    """(3,) about where the head of each person is at a time, were they upright."""
    for instance in draft.instances:
        shape, motion = instance.shape, instance.motion
        if isinstance(shape, ParametricCharacter | CharacterFile) and isinstance(motion, HumanoidMotion):
            height = shape.body.height if isinstance(shape, ParametricCharacter) else shape.height
            x, y, _ = motion.hips[min(time, len(motion.hips) - 1)]
            c, s = math.cos(motion.yaw), math.sin(motion.yaw)
            flat = np.array([c * x - s * y, s * x + c * y, 0.0]) * LEG * height
            yield np.array(motion.position) + flat + np.array([0.0, 0.0, HEAD * height])

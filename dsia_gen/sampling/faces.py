"""Faces stay in view: no large object is between the camera and a head in the middle of the sequence."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.spec.asset import CharacterFile, ParametricCharacter
from dsia_gen.spec.camera import project
from dsia_gen.spec.motion import HumanoidMotion

HEAD, LEG = 0.92, 0.49
"""Height of the middle of the head, and length of the legs, as shares of the height of a body."""
HEAD_RADIUS = 0.12


def hides_a_face(builder: SceneBuilder, centres: Array, radius: float) -> bool:
    """Whether a ball, centres (1 or T, 3) and `radius` in metres, covers a head at the middle time and pose."""
    camera, time = builder.camera, builder.times // 2
    K, here = camera.intrinsics(), camera.camera_to_world(builder.middle)
    spot, near = project(K, here, centres[min(time, len(centres) - 1)])
    for instance in builder.instances:
        shape, motion = instance.shape, instance.motion
        if not isinstance(shape, ParametricCharacter | CharacterFile) or not isinstance(motion, HumanoidMotion):
            continue
        # About where the head is at that time, if the person stands upright.
        height = shape.body.height if isinstance(shape, ParametricCharacter) else shape.height
        x, y, _ = motion.hips[min(time, len(motion.hips) - 1)]
        c, s = math.cos(motion.yaw), math.sin(motion.yaw)
        flat = np.array([c * x - s * y, s * x + c * y, 0.0]) * LEG * height
        pixel, far = project(K, here, np.array(motion.position) + flat + np.array([0.0, 0.0, HEAD * height]))
        reach = float(K[0, 0]) * (radius / max(float(near), 0.1) + HEAD_RADIUS / max(float(far), 0.1))
        if 0 < near < far and math.dist(spot, pixel) < reach:
            return True
    return False

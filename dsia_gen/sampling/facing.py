"""How far things are turned from the camera, seen from above."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.sampling.draw import Rng, uniform
from dsia_gen.sampling.scene_builder import SceneBuilder


def facing_camera(builder: SceneBuilder, place: Array) -> float:
    """Yaw at which the front (-Y) of an object at `place` (3,) looks at the camera."""
    away = place - builder.eye
    return math.atan2(-away[0], away[1])


def drawn_yaw(rng: Rng, builder: SceneBuilder, place: Array, facing: float | None) -> float:
    """A yaw in radians at `place` (3,) whose front is turned by at most `facing` degrees from the camera; None is any.

    One number is drawn either way, so that what is drawn later stays.
    """
    turn = uniform(rng, (-np.pi, np.pi))
    return turn if facing is None else facing_camera(builder, place) + turn * facing / 180

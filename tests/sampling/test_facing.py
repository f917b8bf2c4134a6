"""How far the fronts of things are turned from the camera."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.pipeline.fingerprint import content_of
from dsia_gen.sampling.facing import drawn_yaw


@pytest.mark.parametrize("facing", [0.0, 35.0, 180.0])
def test_the_front_is_within_the_angle_and_any_angle_is_drawn(facing: float) -> None:
    builder = cast(Any, SimpleNamespace(eye=np.array([0.3, -1.0, 1.5])))
    rng = np.random.default_rng(0)
    angles = []
    for _ in range(200):
        place = np.array([*rng.uniform(-2, 2, 2), 0.4])
        yaw = drawn_yaw(rng, builder, place, facing)
        front = np.array([np.sin(yaw), -np.cos(yaw)])  # -Y turned by the yaw
        towards = (builder.eye - place)[:2]
        angles.append(np.degrees(np.arccos(np.clip(front @ towards / np.linalg.norm(towards), -1, 1))))
    assert max(angles) <= facing + 1e-5
    assert max(angles) >= 0.9 * facing


def test_one_number_is_drawn_with_and_without_a_limit() -> None:
    builder = cast(Any, SimpleNamespace(eye=np.zeros(3)))
    left = []
    for facing in (None, 20.0):
        rng = np.random.default_rng(5)
        drawn_yaw(rng, builder, np.ones(3), facing)
        left.append(rng.uniform())
    assert left[0] == left[1]


def test_a_limit_changes_what_a_resume_compares_and_its_absence_does_not() -> None:
    plain, limited = load_scene_config("outdoor"), load_scene_config("outdoor", {"objects.facing": 30})
    assert "facing" not in content_of(plain, 480)
    assert '"facing": 30' in content_of(limited, 480)

"""Cameras: wanted image motion, gravity, recorded paths."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.sampling.camera_motion import (
    CameraPlacement,
    handheld,
    image_motion,
    pose_records,
    recorded,
    solve_strength,
)
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import SceneBounds
from dsia_gen.spec.camera import CameraSpec, Pose, look_at
from tests.sampling.scenes import scene

STAND = CameraPlacement(np.array([0.0, 0.0, 1.5]), np.array([0.0, 4.0, 1.2]), 6, 0.1)
CAMERA = CameraSpec(width=480, height=270, lens_mm=30, poses=(Pose(position=(0, 0, 0), rotation=(1, 0, 0, 0)),))
BOUNDS = SceneBounds((-10, 10), (-10, 10), (0, 10))


def test_at_strength_zero_the_camera_stands_still() -> None:
    matrices = handheld(child(1, "c"), STAND)(0.0)
    assert np.array_equal(matrices[0], matrices[-1])
    assert image_motion(CAMERA, matrices, BOUNDS.hit, 1).max() < 1e-9


@pytest.mark.parametrize("target", [3.0, 12.0, 40.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_strength_is_solved_for_the_wanted_motion(target: float, seed: int) -> None:
    path = handheld(child(seed, "c"), STAND)

    def motion(strength: float) -> float:
        return float(np.mean(image_motion(CAMERA, path(strength), BOUNDS.hit, 1)))

    strength = solve_strength(motion, target)
    assert strength == 1.0 or motion(strength) == pytest.approx(target, rel=0.02)


def test_image_motion_of_a_turning_camera_in_closed_form() -> None:
    turned = np.stack([np.eye(4), np.eye(4)])
    angle = 0.01
    turned[:, :3, :3] = [look_at(np.zeros(3), np.array([np.sin(a), np.cos(a), 0.0])) for a in (0.0, angle)]
    measured = image_motion(CAMERA, turned, lambda o, d: np.full(len(d), 5.0), 1)[0]
    focal = 30 / 36 * 960
    # u' = f tan(alpha - angle): at the axis the motion is f * angle, and grows with 1 / cos^2 towards the borders.
    assert focal * angle < measured < focal * angle * 1.25


def test_recorded_path_keeps_its_shape_and_starts_at_the_stand() -> None:
    def straight(seconds: np.ndarray) -> np.ndarray:
        matrices = np.tile(np.eye(4), (len(seconds), 1, 1))
        matrices[:, :3, :3] = look_at(np.zeros(3), np.array([1.0, 0.0, 0.0]))
        matrices[:, 0, 3] = 0.5 * seconds  # forwards at half a metre a second
        return matrices

    matrices = recorded(straight, 4.0, 0.3, STAND)(0.5)
    steps = np.diff(matrices[:, :3, 3], axis=0)
    assert np.allclose(matrices[2, :3, 3], STAND.position)
    assert np.allclose(steps, [0.0, 0.5 * 2.0 / 5, 0.0], atol=1e-9)  # turned towards the target, +Y
    assert np.allclose(matrices[:, :3, 2], [0.0, 1.0, 0.0], atol=1e-9)


def test_pose_records_round_trip() -> None:
    matrices = handheld(child(4, "c"), STAND)(0.7)
    camera = CAMERA.model_copy(update={"poses": pose_records(matrices)})
    for k, matrix in enumerate(matrices):
        assert np.allclose(camera.camera_to_world(k), matrix, atol=1e-8)


@pytest.mark.slow
def test_a_lens_is_focused_on_something_that_moves_and_is_sharp_unless_asked() -> None:
    assert scene("outdoor", 0).camera.aperture is None
    camera = scene("outdoor", 0, "camera.aperture=[2, 4]").camera
    assert camera.aperture is not None
    assert 2 <= camera.aperture <= 4
    assert camera.focus is not None
    assert 0.5 < camera.focus <= 4.0
    assert camera.poses == scene("outdoor", 0).camera.poses


def test_an_aperture_without_a_focus_is_refused() -> None:
    with pytest.raises(ValueError, match="give the distance of focus"):
        CameraSpec.model_validate(scene("outdoor", 0).camera.model_dump() | {"aperture": 2.8})

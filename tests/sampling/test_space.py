"""Space: things that would touch do not fit, and what is in view is counted right."""

from __future__ import annotations

import numpy as np

from dsia_gen.core.rotations import quaternion
from dsia_gen.sampling.space import Occupant, SceneBounds, Space, point_in_view, share_in_view
from dsia_gen.spec.camera import CameraSpec, Pose, look_at

BOUNDS = SceneBounds((-3, 3), (-3, 3), (0, 3))


def _at(x: float, y: float, z: float = 0.5, radius: float = 0.5) -> Occupant:
    return Occupant(np.array([[x, y, z]]), radius, 0.5)


def _camera() -> CameraSpec:
    place = np.array([0.0, 0.0, 1.5])
    turn = quaternion(look_at(place, np.array([0.0, 4.0, 1.5])))
    return CameraSpec(
        width=96, height=54, lens_mm=30, poses=(Pose(position=(0, 0, 1.5), rotation=tuple(turn.tolist())),)
    )


def test_two_cylinders_are_clear_of_each_other_beside_or_above() -> None:
    assert not _at(0, 0).clear_of(_at(0.9, 0))
    assert _at(0, 0).clear_of(_at(1.2, 0))
    assert _at(0, 0).clear_of(_at(0.2, 0, z=1.8))


def test_a_moving_thing_must_be_clear_at_every_time() -> None:
    way = Occupant(np.array([[-2.0, 0, 0.5], [0.0, 0, 0.5], [2.0, 0, 0.5]]), 0.3, 0.5)
    assert not way.clear_of(_at(0, 0))
    meets_later = Occupant(np.array([[2.0, 0, 0.5], [2.0, 2, 0.5], [-2.0, 0, 0.5]]), 0.3, 0.5)
    assert way.clear_of(meets_later)


def test_space_keeps_things_inside_its_bounds() -> None:
    space = Space(BOUNDS)
    assert space.fits(_at(2.4, 0))
    assert not space.fits(_at(2.6, 0))
    space.add(_at(0, 0))
    assert not space.fits(_at(0.5, 0.5))


def test_distance_to_the_walls() -> None:
    rays = np.array([[1.0, 0, 0], [0, 0, -1], [0, 2.0, 0]])
    assert np.allclose(BOUNDS.hit(np.array([1.0, 1.0, 1.0]), rays), [2.0, 1.0, 1.0])


def test_a_point_placed_in_the_image_is_seen_there() -> None:
    camera = _camera()
    point = point_in_view(camera, 0, 0.25, 0.5, 4.0)
    assert abs(point[1] - 4.0) < 1e-9  # depth is measured along the optical axis, which is +Y here
    assert point[0] < 0
    assert share_in_view(camera, np.zeros(3, int), point[None]) == 1.0
    beside = point + np.array([[0.0, 0, 0], [-5.0, 0, 0], [0.0, 0, 0], [0.0, -9.0, 0]])
    assert share_in_view(camera, np.zeros(4, int), beside) == 0.5


def test_a_rectangle_keeps_its_distance_on_every_side() -> None:
    """A bed of 2 m by 1 m, turned by a right angle: 0.5 m along X, 1 m along Y, and round about its corners."""
    bed = Occupant(np.array([[0.0, 0.0, 0.25]]), 0.0, 0.25, half=(1.0, 0.5), yaw=np.pi / 2)
    assert not _at(0.9, 0.0).clear_of(bed)
    assert _at(1.1, 0.0).clear_of(bed)
    assert not bed.clear_of(_at(0.0, 1.5))
    assert bed.clear_of(_at(0.0, 1.6))
    assert _at(0.5 + 0.4, 1.0 + 0.4).clear_of(bed)  # 0.57 m from the corner
    assert not _at(0.5 + 0.3, 1.0 + 0.3).clear_of(bed)
    assert _at(0, 0, z=1.2).clear_of(bed)


def test_two_rectangles_are_clear_of_each_other_beside() -> None:
    bed = Occupant(np.array([[0.0, 0.0, 0.25]]), 0.0, 0.25, half=(1.0, 0.5))
    beside = Occupant(np.array([[0.0, 0.9, 0.25]]), 0.0, 0.25, half=(0.3, 2.0), yaw=np.pi / 2)
    assert bed.clear_of(beside, margin=0.05) and beside.clear_of(bed, margin=0.05)
    assert not bed.clear_of(beside, margin=0.15)

"""Turns between views, groups of views, and surface that views share, against closed forms."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from dsia_gen.core.rotations import about
from dsia_gen.dataset.view_groups import angle_between, camera_direction, groups_by_turn, shared_surface
from dsia_gen.spec.views import View


def around(degrees: float) -> np.ndarray:
    """A direction in the plane of X and Y."""
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0.0])


def document(camera: np.ndarray) -> Any:
    pose = np.eye(4)
    pose[:3, 3] = camera
    return SimpleNamespace(camera=SimpleNamespace(camera_to_world=[pose.tolist()]), views=[View(0, 0), View(4, 0)])


def test_the_direction_to_the_camera_in_the_axes_of_an_object() -> None:
    half = np.radians(90) / 2
    turned = (np.cos(half), 0.0, 0.0, np.sin(half))  # about Z: the object's X is the world's Y
    entry = cast(Any, SimpleNamespace(positions=[(1, 0, 0), (1, 2, 0)], quaternions=[(1, 0, 0, 0), turned], joints={}))
    for time, expected in ((0, [1, 0, 0]), (1, np.array([-2, -2, 0]) / np.sqrt(8))):
        found = camera_direction(document(np.array([3.0, 0, 0])), entry, View(time, 0))
        assert np.allclose(found, expected)


def test_a_person_is_turned_as_their_hips_are() -> None:
    """Facing -Y with the left at +X at the first time, turned by 90 degrees counter-clockwise at the second."""
    rest = {"Hips": (0, 0, 1), "Spine2": (0, 0, 1.4), "LeftUpLeg": (0.1, 0, 1), "RightUpLeg": (-0.1, 0, 1)}
    turn = about("z", 90.0)
    joints = {name: [np.array(place, float), turn @ np.array(place, float)] for name, place in rest.items()}
    entry = cast(Any, SimpleNamespace(positions=[(0, 0, 0)], quaternions=None, joints=joints))
    before = camera_direction(document(np.array([0.0, -5, 1])), entry, View(0, 0))
    after = camera_direction(document(np.array([0.0, -5, 1])), entry, View(4, 0))
    assert np.allclose(before, [0, -1, 0])
    assert np.allclose(after, [-1, 0, 0])
    assert angle_between(before, after) == pytest.approx(90)
    bare = cast(Any, SimpleNamespace(positions=[(0, 0, 0)], quaternions=None, joints={}))
    assert camera_direction(document(np.zeros(3)), bare, View(0, 0)) is None
    assert angle_between(before, None) is None


def test_groups_hold_what_is_turned_little_from_their_first() -> None:
    directions = [around(a) for a in (0, 100, 20, 40, 110, 200)] + [None, None]
    groups = groups_by_turn(directions, 25)
    assert groups == [[2, 0, 3], [1, 4], [5], [6, 7]]
    assert groups_by_turn(directions[:6], 180)[0][0] in (1, 3)
    assert sorted(groups_by_turn(directions[:6], 180)[0]) == [0, 1, 2, 3, 4, 5]
    assert groups_by_turn([around(0), around(30)], 30) == [[0, 1]]
    assert groups_by_turn([None], 30) == [[0]]


def test_shared_surface_is_the_smaller_of_both_shares() -> None:
    rows, columns = np.mgrid[:40, :40] / 39
    whole = np.stack([rows, columns, 0.5 + 0 * rows], axis=-1).astype(np.float32)
    half, other = whole.copy(), whole.copy()
    half[:, 20:] = np.nan
    other[:, :24] = np.nan
    assert shared_surface(whole, whole) == 1
    assert shared_surface(whole, half) == pytest.approx(0.5, abs=0.06) == shared_surface(half, whole)
    assert shared_surface(half, other) == 0
    assert shared_surface(whole, np.full_like(whole, np.nan)) == 0

"""Proxies: rays enter them where closed forms say, and what moves is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.sampling.proxies import Proxies, dome_backdrop, enter_cube, enter_sphere, hits, stack
from dsia_gen.spec.light import GroundedDome

NOWHERE = np.zeros(3)


def _proxies(rounded: bool, *centres: tuple[float, float, float], half: float = 1.0, solid: float = 1.0) -> Proxies:
    """One shape with the side or diameter of two halves, at a place for each time."""
    at = np.array(centres)[:, None]
    turns = np.tile(np.eye(3), (len(centres), 1, 1, 1))
    return Proxies(np.array([7]), np.array([rounded]), np.full((1, 3), half), at, turns, np.array([solid]))


@given(st.floats(0.0, 0.99), st.floats(1.5, 9.0))
def test_a_ray_enters_the_unit_sphere_and_cube_at_their_closed_forms(offset: float, away: float) -> None:
    start, along = np.array([[-away, offset, 0.0]]), np.array([[[1.0, 0.0, 0.0]]])
    assert enter_sphere(start, along)[0, 0] == pytest.approx(away - math.sqrt(1 - offset**2))
    assert enter_cube(start, along)[0, 0] == pytest.approx(away - 1)


@pytest.mark.parametrize("enter", [enter_sphere, enter_cube])
def test_rays_beside_behind_and_from_inside_do_not_enter(enter: object) -> None:
    along = np.array([[[1.0, 0.0, 0.0]]])
    for start in ([-3.0, 1.01, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]):
        assert enter(np.array([start]), along)[0, 0] == np.inf  # type: ignore[operator]


def test_hits_are_multiples_of_the_rays_in_the_frame_of_a_turned_box() -> None:
    box = _proxies(False, (0.0, 5.0, 0.0))
    quarter = math.pi / 4
    turn = np.array([[math.cos(quarter), -math.sin(quarter), 0], [math.sin(quarter), math.cos(quarter), 0], [0, 0, 1]])
    turned = Proxies(box.instances, box.rounded, box.half, box.centres, turn[None, None], box.solid)
    rays = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]])
    assert hits(box, 0, NOWHERE, rays)[:, 0].tolist() == [2.0, np.inf]
    assert hits(turned, 0, NOWHERE, rays)[0, 0] == pytest.approx((5 - math.sqrt(2)) / 2)


def test_a_shape_stops_the_share_of_the_rays_that_its_silhouette_fills() -> None:
    ball = _proxies(True, (0.0, 5.0, 0.0), half=2.0, solid=0.3)
    rays = np.tile([0.0, 1.0, 0.0], (2000, 1))
    assert np.isfinite(hits(ball, 0, NOWHERE, rays)).mean() == pytest.approx(0.3, abs=0.01)


def test_instances_that_move_are_known_whole() -> None:
    moving = stack([_proxies(False, (0, 0, 0), (0, 0, 0), (1, 0, 0)), _proxies(True, (0, 3, 0))], 3)
    assert moving.moved(0, 1).tolist() == [False, False]
    assert moving.moved(0, 2).tolist() == [True, True], "one instance: all of it moves"


def test_the_backdrop_is_the_floor_and_the_dome() -> None:
    ends = dome_backdrop(GroundedDome(radius=20.0, floor_radius=10.0))
    down, up = ends(np.array([0.0, 0.0, 1.5]), np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0]]))
    assert down == pytest.approx(1.5, abs=1e-3)
    assert up == pytest.approx(10.0 + 20.0 - 1.5, abs=1e-3), "a hemisphere of the radius above the rise"

"""Rooms: walls close the plan, things on furniture stand on it, and nothing that stands about is inside another."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dsia_gen.config.scene_config import RoomConfig, RoomPlan
from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.procedural.families import FAMILIES
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.room.room_part import RoomPart
from dsia_gen.sampling.floor_plan import draw_plan, walls_of
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Block, Occupant, SceneBounds
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.motion import Still
from dsia_gen.spec.scene import Instance, SceneSpec
from tests.sampling.scenes import scene

SEEDS = range(12)
every_seed = pytest.mark.parametrize("seed", [pytest.param(s, marks=() if s < 2 else pytest.mark.slow) for s in SEEDS])
HANGING = ("picture", "wall_shelf", "rug")


@pytest.mark.parametrize("plan", ["rectangle", "corner", "niche", "column"])
def test_walls_close_the_plan(plan: RoomPlan) -> None:
    """The area that the walls enclose, by Green's theorem, is that of the rectangle less its blocks."""
    for seed in range(20):
        bounds = draw_plan(child(seed, plan), RoomConfig(plans={plan: 1.0}))
        area = 0.0
        for wall in walls_of(bounds, 0.2).values():
            # x dy with the room on the left hand: only walls along Y count.
            area += -wall.inward[0] * wall.middle[0] * wall.length
        whole = (bounds.x[1] - bounds.x[0]) * (bounds.y[1] - bounds.y[0])
        taken = sum((b.x[1] - b.x[0]) * (b.y[1] - b.y[0]) for b in bounds.blocks)
        assert area == pytest.approx(whole - taken, rel=1e-9)


def test_blocks_are_not_free_and_stop_rays() -> None:
    bounds = SceneBounds((-3, 3), (-1, 6), (0, 2.5), (Block((-3, -1), (4, 6)),))
    assert not bounds.holds(Occupant(np.array([[-2.0, 5.0, 1.0]]), 0.1, 0.1))
    assert bounds.holds(Occupant(np.array([[2.0, 5.0, 1.0]]), 0.1, 0.1))
    rays = np.array([[-0.5, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert np.allclose(bounds.hit(np.array([0.0, 0.0, 1.0]), rays), [4.0, 6.0])


def _still(spec: SceneSpec) -> list[tuple[Instance, ProceduralObject, Still]]:
    rows = [(i, i.shape, i.motion) for i in spec.instances if i.role == "dressing"]
    return [(i, s, m) for i, s, m in rows if isinstance(s, ProceduralObject) and isinstance(m, Still)]


def _corners(shape: ProceduralObject, motion: Still) -> np.ndarray:
    w, d, _ = FAMILIES[shape.family].extent(shape.params)
    flat = np.array([[x * w / 2, y * d / 2, 0.0] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    return np.array(motion.position) + flat @ rotation_matrix(np.array(motion.rotation)).T


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Metres that two rectangles (4, 2) share along the axis on which they share least; negative: apart."""
    least = math.inf
    for corners in (a, b):
        for k in (0, 1):
            axis = corners[k + 1] - corners[k]
            p, q = a @ axis / np.linalg.norm(axis), b @ axis / np.linalg.norm(axis)
            least = min(least, p.max() - q.min(), q.max() - p.min())
    return least


def _stands_on(item: tuple[ProceduralObject, Still], piece: tuple[ProceduralObject, Still]) -> bool:
    """Whether an item's whole footprint lies on a surface of a piece, and there is room above."""
    shape, motion = piece
    turn = rotation_matrix(np.array(motion.rotation))
    local = (_corners(*item) - np.array(motion.position)) @ turn
    height = FAMILIES[item[0].family].extent(item[0].params)[2]
    size = FAMILIES[shape.family].extent(shape.params)
    family = FAMILIES[shape.family]
    surfaces = family.surfaces(TypedParams(shape.family, shape.params)) if isinstance(family, RoomPart) else ()
    for surface in surfaces:
        level = np.allclose(local[:, 2], surface.z, atol=1e-6) and height <= surface.clearance
        inside = np.all(np.abs(local[:, 0]) <= size[0] / 2) and np.all(np.abs(local[:, 1]) <= size[1] / 2)
        on_disc = not surface.round or bool(np.all(np.hypot(local[:, 0], local[:, 1]) <= size[0] / 2))
        if level and inside and on_disc:
            return True
    return False


@pytest.mark.slow
def test_what_is_above_the_floor_stands_on_furniture() -> None:
    found = 0
    for seed in SEEDS:
        rows = _still(scene("indoor", seed))
        for _, shape, motion in rows:
            if motion.position[2] < 0.01 or shape.family in HANGING:
                continue
            found += 1
            assert any(_stands_on((shape, motion), (s, m)) for _, s, m in rows), f"{seed}: {shape.family} floats"
    assert found > 3 * len(SEEDS)


@every_seed
def test_nothing_that_stands_about_is_inside_another(seed: int) -> None:
    rows = [row for row in _still(scene("indoor", seed)) if row[1].family != "rug"]
    for (_, a, m), (_, b, n) in itertools.combinations(rows, 2):
        if _stands_on((a, m), (b, n)) or _stands_on((b, n), (a, m)):
            continue
        low, high = (m, n) if m.position[2] < n.position[2] else (n, m)
        tall = FAMILIES[(a if low is m else b).family].extent((a if low is m else b).params)[2]
        if low.position[2] + tall > high.position[2] + 1e-6:
            assert _overlap(_corners(a, m)[:, :2], _corners(b, n)[:, :2]) < 0.01, f"{a.family}, {b.family}"


@every_seed
def test_walls_do_not_cut_through_furniture(seed: int) -> None:
    spec = scene("indoor", seed)
    walls = [(i.shape, i.motion) for i in spec.instances if getattr(i.shape, "family", "") == "wall"]
    for (_, shape, motion), (wall, place) in itertools.product(_still(spec), walls):
        assert isinstance(wall, ProceduralObject)
        assert isinstance(place, Still)
        if shape.family != "rug":
            shared = _overlap(_corners(shape, motion)[:, :2], _corners(wall, place)[:, :2])
            assert shared < 0.005, f"{shape.family} is in a wall"


def test_the_test_itself_sees_overlap() -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    assert _overlap(square, square + np.array([0.9, 0.0])) == pytest.approx(0.1)
    assert _overlap(square, square + np.array([1.2, 0.0])) < 0

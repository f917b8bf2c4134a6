"""Room parts, furniture and props as built: the size that the family says, on the floor, the same twice."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("bpy")  # lids of prisms are cut by mathutils

from dsia_gen.assets.generators import family_of
from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.family import Family, Params
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.props import PROPS
from dsia_gen.procedural.room import ROOM_PARTS
from dsia_gen.spec.asset import ParamValue, ProceduralObject
from dsia_gen.spec.material import Material
from tests.procedural.ranges import cases

FAMILIES = {family.name: family for family in (*ROOM_PARTS, *PROPS)}
MOST_TRIANGLES = 30_000


def build(family: Family, params: Params) -> MeshData:
    return family.mesh(params)


def shape(family: Family, params: Params) -> ProceduralObject:
    return ProceduralObject(family=family.name, params=params, materials=(Material(),) * len(family.slots))


@pytest.mark.parametrize("name", FAMILIES)
def test_size_floor_slots_and_cost(name: str) -> None:
    family = FAMILIES[name]
    used: set[int] = set()
    for params in cases(family):
        data = build(family, params)
        low, high = data.bounds()
        size = np.array(family.extent(params))
        assert np.all(np.abs(high - low - size) <= np.maximum(0.01, 0.02 * size)), (params, high - low, size)
        assert np.all(np.abs((low + high)[:2] / 2) < 0.01) and abs(low[2]) < 0.005, params
        assert np.isfinite(data.vertices).all() and data.triangles <= MOST_TRIANGLES
        assert data.corners.min() >= 0 and data.corners.max() < len(data.vertices) and data.sizes.min() >= 3
        used |= set(data.slots.tolist())
    unused = {"window_frame": {1}}.get(name, set())  # panes are off unless asked for
    assert used == set(range(len(family.slots))) - unused


@pytest.mark.parametrize("name", FAMILIES)
def test_two_builds_are_identical(name: str) -> None:
    params = next(iter(cases(FAMILIES[name])))
    first, second = build(FAMILIES[name], params), build(FAMILIES[name], params)
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.corners, second.corners)
    assert np.array_equal(first.slots, second.slots)
    if first.rest is not None:
        assert second.rest is not None and np.array_equal(first.rest, second.rest)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if "seed" in family.params])
def test_another_seed_gives_another_shape(name: str) -> None:
    family = FAMILIES[name]
    params = family.at(0.7)
    first, second = build(family, {**params, "seed": 1}), build(family, {**params, "seed": 2})
    assert first.vertices.shape != second.vertices.shape or not np.allclose(first.vertices, second.vertices)


def wall(**changes: ParamValue) -> ProceduralObject:
    params: dict[str, ParamValue] = {
        "length": 4.0, "height": 2.5, "thickness": 0.2, "skirting": 0.0, "dado": 0.0,
        "opening_1": (-1.0, 0.9, 1.0, 1.2), "opening_2": (1.0, 0.0, 0.9, 2.0),
    }  # fmt: skip
    return shape(FAMILIES["wall"], {**params, **changes})


def test_a_wall_has_holes_where_its_openings_are() -> None:
    data = FAMILIES["wall"].mesh(wall().params)
    start, front = 0, 0.0
    for size in data.sizes:
        face = data.vertices[data.corners[start : start + size]]
        if np.allclose(face[:, 1], -0.1):
            wide, tall = np.ptp(face[:, 0]), np.ptp(face[:, 2])
            front += wide * tall
        start += size
    assert front == pytest.approx(4.0 * 2.5 - 1.0 * 1.2 - 0.9 * 2.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opening_1": (1.8, 0.9, 1.0, 1.2)}, "does not fit a wall of 4 x 2.5 m"),
        ({"opening_1": (0.0, 0.9, 1.0)}, "give .x, sill, width, height."),
        ({"colour": "red"}, "unknown parameter 'colour'"),
        ({"length": "long"}, "'length' is 'long', give a number"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, ParamValue], words: str) -> None:
    with pytest.raises(AssetError, match=words):
        family = family_of(wall(**changes))
        family.mesh(wall(**changes).params)


def test_missing_parameters_and_materials_are_named_at_once() -> None:
    with pytest.raises(AssetError, match=r"missing parameter 'depth'.*0 materials where 2 are needed \(top, legs\)"):
        family_of(ProceduralObject(family="table", params={"width": 1.0, "height": 0.7, "taper": 1.0}, materials=()))


def test_an_unknown_family_names_the_nearest_known_one() -> None:
    with pytest.raises(AssetError, match=r"'armchiar' is not known.*'armchair'"):
        family_of(ProceduralObject(family="armchiar", materials=()))

"""Room parts, furniture and props as built: the size that the table says, on the floor, the same twice."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.procedural_objects import CUTOUT_SLOTS, build_object  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.procedural.family import Family, Params  # noqa: E402
from dsia_gen.procedural.mesh import MeshData  # noqa: E402
from dsia_gen.procedural.props.families_props import DRESSING  # noqa: E402
from dsia_gen.procedural.room.families_room import ROOM  # noqa: E402
from dsia_gen.spec.asset import ParamValue, ProceduralObject  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402
from tests.procedural.ranges import cases  # noqa: E402

pytestmark = pytest.mark.blender
FAMILIES = {family.name: family for family in (*ROOM, *DRESSING)}
MOST_TRIANGLES = 30_000


def build(family: Family, params: Params) -> MeshData:
    return family.mesh(params)


def shape(family: Family, params: Params) -> ProceduralObject:
    return ProceduralObject(family=family.name, params=params, materials=(Material(),) * len(family.slots))


def test_slots_with_cards_exist() -> None:
    slots = {(family.name, slot.name) for family in DRESSING for slot in family.slots}
    assert set(CUTOUT_SLOTS) <= slots


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


@pytest.mark.parametrize("name", ["facade", "bush", "wall", "bookshelf", "curtain"])
def test_the_evaluated_object_has_the_size_of_its_family(name: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    family = FAMILIES[name]
    params = family.at(0.5)
    item = build_object(shape(family, params), name).evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = np.array([list(corner) for corner in item.bound_box])
    assert np.ptp(corners, axis=0) == pytest.approx(family.extent(params), rel=0.02, abs=0.01)
    assert corners[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    assert "rest_position" in item.data.attributes
    assert not item.to_mesh().validate()


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
        build_object(wall(**changes), "wall")


def test_missing_parameters_and_materials_are_named_at_once() -> None:
    with pytest.raises(AssetError, match=r"missing parameter 'depth'.*0 materials where 2 are needed \(top, legs\)"):
        build_object(
            ProceduralObject(family="table", params={"width": 1.0, "height": 0.7, "taper": 1.0}, materials=()), "t"
        )


def test_an_unknown_family_names_those_that_are_known() -> None:
    with pytest.raises(AssetError, match=r"'throne' is not known.*armchair"):
        build_object(ProceduralObject(family="throne", materials=()), "t")
    with pytest.raises(AssetError, match=r"'volcano' is not known.*rock"):
        build_object(ProceduralObject(family="volcano", materials=()), "t")

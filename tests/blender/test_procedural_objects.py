"""Families of the built-in library as objects of Blender: size, materials, rest coordinates."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.procedural_objects import CUTOUT_SLOTS, build_object  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.procedural.families import FAMILIES  # noqa: E402
from dsia_gen.spec.asset import ProceduralObject  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402

pytestmark = pytest.mark.blender


def test_slots_with_cards_exist() -> None:
    slots = {(family.name, slot.name) for family in FAMILIES.values() for slot in family.slots}
    assert set(CUTOUT_SLOTS) <= slots


@pytest.mark.parametrize("name", ["barrel", "toy_car", "ball", "facade", "bush", "wall", "bookshelf", "curtain"])
def test_the_object_has_the_size_the_materials_and_the_rest_coordinates_of_its_family(name: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    family = FAMILIES[name]
    params = family.at(0.5)
    shape = ProceduralObject(family=name, params=params, materials=(Material(),) * len(family.slots))
    item = build_object(shape, name).evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = np.array([list(corner) for corner in item.bound_box])
    assert np.ptp(corners, axis=0) == pytest.approx(family.extent(params), rel=0.02, abs=0.01)
    assert corners[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    assert len(item.data.materials) == len(family.slots) and "rest_position" in item.data.attributes
    assert not item.to_mesh().validate()


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(AssetError, match="crate"):
        build_object(ProceduralObject(family="craet", materials=(Material(),)), "object")

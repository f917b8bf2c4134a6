"""Objects of built-in families in Blender: their size, their materials and their rest coordinates."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.procedural_objects import CUTOUT_SLOTS, build_object  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.procedural.families import FAMILIES  # noqa: E402
from dsia_gen.procedural.params import Params  # noqa: E402
from dsia_gen.spec.asset import ProceduralObject  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402

pytestmark = pytest.mark.blender


def shape(name: str, params: Params) -> ProceduralObject:
    return ProceduralObject(family=name, params=dict(params), materials=(Material(),) * len(FAMILIES[name].slots))


def test_slots_with_cards_exist() -> None:
    assert set(CUTOUT_SLOTS) <= {(family.name, slot.name) for family in FAMILIES.values() for slot in family.slots}


@pytest.mark.parametrize("name", ["barrel", "toy_car", "ball", "facade", "bush", "wall", "bookshelf", "curtain"])
def test_the_evaluated_object_has_the_size_of_its_family_and_its_materials(name: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    family, params = FAMILIES[name], FAMILIES[name].at(0.5)
    item = build_object(shape(name, params), name).evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = np.array([list(corner) for corner in item.bound_box])
    assert np.ptp(corners, axis=0) == pytest.approx(family.extent(params), rel=1e-5, abs=1e-5)
    assert corners[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    assert "rest_position" in item.data.attributes
    assert len(item.data.materials) == len(family.slots)
    assert not item.to_mesh().validate()


def test_wrong_parameters_and_materials_are_named_at_once() -> None:
    with pytest.raises(AssetError, match=r"missing parameter 'depth'.*0 materials where 2 are needed \(top, legs\)"):
        params = {"width": 1.0, "height": 0.7, "taper": 1.0}
        build_object(ProceduralObject(family="table", params=params, materials=()), "t")

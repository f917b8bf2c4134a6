"""Objects as built: the size that the table says, on the floor, every slot used, the same twice."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("bpy")  # lids of prisms are cut by mathutils

from dsia_gen.assets.generators import family_of
from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.families import OBJECTS
from dsia_gen.procedural.family import Family, Params
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.material import Material
from tests.procedural.ranges import cases


def build(family: Family, params: Params) -> MeshData:
    return family.mesh(params)


def edges_seen_twice_the_same_way(data: MeshData) -> int:
    starts = np.cumsum(data.sizes) - data.sizes
    following = np.arange(len(data.corners)) + 1
    following[starts + data.sizes - 1] = starts
    edges = np.stack([data.corners, data.corners[following]], axis=1)
    return len(edges) - len(np.unique(edges, axis=0))


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_bounding_box_is_the_size_in_the_table_and_stands_on_the_floor(family: Family) -> None:
    for params in cases(family):
        low, high = build(family, params).bounds()
        size = np.array(family.extent(params))
        assert np.all(np.abs((high - low) - size) <= np.minimum(0.01, 0.02 * size) + 1e-6), params
        assert low[2] == pytest.approx(0.0, abs=1e-6)
        assert np.abs((low + high)[:2]).max() < 1e-6


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_mesh_is_sound_and_of_moderate_size(family: Family) -> None:
    for params in cases(family):
        data = build(family, params)
        assert np.isfinite(data.vertices).all()
        assert 400 <= data.triangles <= 8000, (data.triangles, params)
        assert data.corners.min() >= 0 and data.corners.max() < len(data.vertices)
        assert set(np.unique(data.slots)) <= set(range(len(family.slots)))
        assert edges_seen_twice_the_same_way(data) == 0, "neighbouring faces turn opposite ways"


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_every_slot_is_used(family: Family) -> None:
    used = set().union(*(set(np.unique(build(family, params).slots)) for params in cases(family)))
    assert used == set(range(len(family.slots)))


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_building_twice_gives_the_same_mesh(family: Family) -> None:
    params = next(iter(cases(family)))
    first, again = build(family, params), build(family, params)
    assert np.array_equal(first.vertices, again.vertices)
    assert np.array_equal(first.corners, again.corners)
    assert np.array_equal(first.slots, again.slots)


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_every_parameter_shows(family: Family) -> None:
    middle = family.at(0.5)
    for name, one in family.params.items():
        low, high = (build(family, {**middle, name: one.at(share)}) for share in (0.0, 1.0))
        if low.vertices.shape == high.vertices.shape and np.array_equal(low.slots, high.slots):
            assert np.abs(low.vertices - high.vertices).max() > 1e-3, f"{name} changes nothing"


def test_unknown_family_names_the_known_ones() -> None:
    shape = ProceduralObject(family="craet", materials=(Material(),))
    with pytest.raises(AssetError, match="crate"):
        family_of(shape)

"""Shapes for physics are known by their names, and what only sounds alike is not taken for one."""

from __future__ import annotations

import pytest

from dsia_gen.assets.importing.collision_hulls import is_collision_hull


@pytest.mark.parametrize("name", [
    "collision_0", "collision_mesh.obj", "chair_collision", "Chair.Collider", "textured_vhacd", "model_vhacd_3.obj",
    "chair_coacd_12.obj", "UCX_Chair_01", "ubx_chair", "USP_x", "UCP_x", "MCDCX_a", "chair-col", "chair-colonly",
    "chair-convcol.001", "convex_hull_2", "chair convex decomposition", "meshes/collision/link0.stl", "vhacd\\0.obj",
])  # fmt: skip
def test_hulls(name: str) -> None:
    assert is_collision_hull(name)


@pytest.mark.parametrize("name", [
    "collisional", "ship_hull", "chair", "collar", "protocol", "ucx", "column_col", "visual/link0.stl", "precollision",
    "chair_colour.obj", "meshes/link0.stl", "",
])  # fmt: skip
def test_what_is_seen(name: str) -> None:
    assert not is_collision_hull(name)

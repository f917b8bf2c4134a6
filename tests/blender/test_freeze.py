"""Freezing: materials that cut or refract, and scenes whose triangles do not stay the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender import build, freeze  # noqa: E402
from dsia_gen.core.errors import WorkerError  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def grid() -> Any:
    """A grid of 2 x 1 quads in an empty scene."""
    build.empty_scene()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=2, y_subdivisions=1, size=2)
    return bpy.context.active_object


def material(name: str, **properties: Any) -> Any:
    block = bpy.data.materials.new(name)
    for key, value in properties.items():
        block[key] = value
    return block


def test_slots_of_glass_become_a_part_of_their_own(grid: Any) -> None:
    for block in (material("wood"), material("glass", dsia_unreliable=True)):
        grid.data.materials.append(block)
    grid.data.polygons[1].material_index = 1
    parts = freeze.freeze_scene((0,)).parts
    assert [(len(part.triangles), part.unreliable) for part in parts] == [(2, False), (2, True)]
    assert parts[0].vertices is not None
    assert np.shares_memory(parts[0].vertices, parts[1].vertices)


def test_cut_out_carries_alpha_and_uv(grid: Any) -> None:
    leaf = bpy.data.images.new("leaf", 2, 3, alpha=True, float_buffer=True)
    alpha = np.arange(6, dtype=np.float32).reshape(3, 2) / 10
    pixels = np.ones((3, 2, 4), dtype=np.float32)
    pixels[..., 3] = alpha
    leaf.pixels.foreach_set(pixels.ravel())
    grid.data.materials.append(material("card", dsia_cutout_image="leaf", dsia_cutout_threshold=0.3))
    (part,) = freeze.freeze_scene((0,)).parts
    assert part.cutout is not None
    assert part.uv is not None
    assert part.cutout.threshold == pytest.approx(0.3)
    assert np.allclose(part.cutout.alpha, alpha[::-1])
    corner = part.vertices[0][part.triangles][..., :2]
    assert np.allclose(part.uv, corner / 2 + 0.5)


def test_missing_cut_out_image_is_named(grid: Any) -> None:
    grid.data.materials.append(material("card", dsia_cutout_image="fern"))
    with pytest.raises(WorkerError, match="fern"):
        freeze.freeze_scene((0,))


def test_changing_topology_is_refused(grid: Any) -> None:
    modifier = grid.modifiers.new("more", "SUBSURF")
    for frame, levels in ((0, 1), (1, 2)):
        modifier.render_levels = levels
        modifier.keyframe_insert("render_levels", frame=frame)
    with pytest.raises(WorkerError, match="topology at time 1"):
        freeze.freeze_scene((0, 1))


def test_what_comes_and_goes_is_refused(grid: Any) -> None:
    for frame in (0, 1):
        grid.hide_render = frame == 1
        grid.keyframe_insert("hide_render", frame=frame)
    with pytest.raises(WorkerError, match=f"{grid.name} come or go at time 1"):
        freeze.freeze_scene((0, 1))


def test_scene_is_left_as_it_was(grid: Any) -> None:
    scene = bpy.context.scene
    before = (scene.render.engine, scene.render.resolution_percentage, len(bpy.data.objects), scene.camera)
    freeze.freeze_scene((0, 3))
    assert before == (scene.render.engine, scene.render.resolution_percentage, len(bpy.data.objects), scene.camera)


def test_a_change_at_the_end_keeps_the_rows_before(grid: Any) -> None:
    for frame, x in ((0, 0.0), (2, 0.0), (3, 1.0)):
        grid.location.x = x
        grid.keyframe_insert("location", frame=frame)
    (part,) = freeze.freeze_scene((0, 1, 2, 3)).parts
    assert part.matrices[:, 0, 3].tolist() == [0, 0, 0, 1]
    assert len(part.vertices) == 1

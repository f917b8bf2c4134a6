"""Shapes that the viewport does not evaluate are rendered and frozen as before, and shown again afterwards."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.blender.viewport import without_viewport  # noqa: E402
from tests.blender.characters.people import empty, stick_figure  # noqa: E402

pytestmark = pytest.mark.blender


def test_shapes_alone_are_hidden_and_only_inside_the_block() -> None:
    empty()
    root = stick_figure("figure")
    (item,) = root.children
    hidden = bpy.data.objects.new("hidden", item.data)
    bpy.context.scene.collection.objects.link(hidden)
    hidden.hide_viewport = True
    with pytest.raises(RuntimeError), without_viewport():
        assert item.hide_viewport and not root.hide_viewport
        raise RuntimeError
    assert not item.hide_viewport and hidden.hide_viewport


def test_what_shapes_depend_on_is_frozen_as_the_viewport_would_show_it() -> None:
    empty()
    root = stick_figure("figure")
    # A mesh that follows a bone, one that is wrapped onto another, and a curve: all of them move with the pose.
    bpy.ops.mesh.primitive_cube_add(size=0.1)
    held = bpy.context.object
    held.parent, held.parent_type, held.parent_bone = root, "BONE", "LeftHand"
    bpy.ops.mesh.primitive_grid_add(size=0.5, location=(0.0, 0.0, 2.0))
    wrapped = bpy.context.object
    wrapped.modifiers.new("wrap", "SHRINKWRAP").target = held
    for frame, angle in ((0, 0.0), (4, 1.0)):
        bone = root.pose.bones["LeftArm"]
        bone.rotation_mode, bone.rotation_euler = "XYZ", (0.0, angle, 0.0)
        bone.keyframe_insert("rotation_euler", frame=frame)
    frozen = {part.name: part for part in freeze_scene((0, 2, 4)).parts}
    for step, time in enumerate((0, 2, 4)):
        bpy.context.scene.frame_set(time)
        graph = bpy.context.evaluated_depsgraph_get()
        for item in (*(c for c in root.children if c.type == "MESH"), wrapped):
            seen = item.evaluated_get(graph)
            matrix = np.array(seen.matrix_world)
            places = np.array([v.co for v in seen.data.vertices]) @ matrix[:3, :3].T + matrix[:3, 3]
            np.testing.assert_allclose(frozen[item.name].world(step), places, atol=1e-6)
    assert np.ptp(frozen[wrapped.name].world(2) - frozen[wrapped.name].world(0)) > 0.05

"""Meshes that an armature alone deforms, by linear blend skinning: what Blender makes of them can be computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from scipy.sparse import csr_array

from dsia_gen.blender.mesh_objects import mesh_array
from dsia_gen.core.rotations import Array


@dataclass(frozen=True)
class PlainSkin:
    """A mesh in the axes of its armature.

    points:  (V, 3) rest positions, metres.
    weights: (V, B) of the bones, which sum to 1 for each vertex.
    """

    points: Array
    weights: csr_array


def plain_skin(item: bpy.types.Object, root: bpy.types.Object, bones: Sequence[str]) -> PlainSkin | None:
    """The skin of a mesh object below the armature `root`; None where anything else shapes, moves or hides it."""
    if not _deformed_by_armature_alone(item, root):
        return None
    number = {name: index for index, name in enumerate(bones) if root.data.bones[name].use_deform}
    bone_of = [number.get(group.name, -1) for group in item.vertex_groups]
    entries = [(vertex.index, bone_of[entry.group], entry.weight)
               for vertex in item.data.vertices for entry in vertex.groups if bone_of[entry.group] >= 0]  # fmt: skip
    count = len(item.data.vertices)
    rows, columns, values = np.array(entries, dtype=np.float64).reshape(-1, 3).T
    total = np.bincount(rows.astype(np.int64), weights=values, minlength=count)
    if not count or total.min() <= 0.0:  # Blender leaves a vertex without weights where it is
        return None
    matrix = csr_array((values, (rows.astype(np.int64), columns.astype(np.int64))), shape=(count, len(bones)))
    return PlainSkin(mesh_array(item.data.vertices, "co", 3, np.float32).astype(np.float64),
                     csr_array(matrix.multiply(1.0 / total[:, None])))  # fmt: skip


def _deformed_by_armature_alone(item: bpy.types.Object, root: bpy.types.Object) -> bool:
    """Whether a mesh lies in the axes of its armature, which alone deforms it, by vertex groups and linearly."""
    modifiers = list(item.modifiers)
    if len(modifiers) != 1 or modifiers[0].type != "ARMATURE" or item.data.shape_keys is not None:
        return False
    modifier = modifiers[0]
    still = item.parent is root and item.parent_type == "OBJECT" and not item.constraints and not item.animation_data
    aligned = item.matrix_parent_inverse.is_identity and item.matrix_basis.is_identity
    return bool(
        still and aligned and modifier.object is root and modifier.show_render and modifier.show_viewport
        and modifier.use_vertex_groups and not modifier.use_bone_envelopes
        and not modifier.use_deform_preserve_volume and not modifier.vertex_group and not modifier.use_multi_modifier
        and not any(bone.bbone_segments > 1 for bone in root.data.bones)
    )  # fmt: skip

"""Parametric characters: one skinned mesh, its armature and materials, from proportions and an outfit."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from dsia_gen.blender.materials import make_material
from dsia_gen.blender.mesh_objects import to_object
from dsia_gen.motion.skeleton import CHILD, JOINTS, PARENTS
from dsia_gen.procedural.people.isosurface import (
    Ints,
)
from dsia_gen.procedural.people.person import skinned_person
from dsia_gen.procedural.people.signed_distance import Array
from dsia_gen.procedural.people.skin_weights import strongest
from dsia_gen.spec.asset import Outfit, ParametricCharacter
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Rgb


def build_parametric(character: ParametricCharacter, name: str) -> bpy.types.Object:
    """The armature of a new character, linked to the scene: metres, facing -Y, standing on the origin.

    One mesh object is skinned to it, with below 40,000 triangles; the same record gives the same mesh.
    """
    person = skinned_person(character, decimated)
    armature = make_armature(person.joints, person.tips, name)
    materials = _materials(character.outfit, person.worn, name)
    item = to_object(person.mesh, f"{name}.mesh", materials, smooth_angle=float(np.radians(70)))
    bind(item, armature, JOINTS, person.weights)
    return armature


def decimated(vertices: Array, triangles: Ints, freedom: Array, faces: int) -> tuple[Array, Ints]:
    """The surface with about `faces` triangles (quadric edge collapse); `freedom` (V,) 0 keeps, 1 simplifies freely."""
    if len(triangles) <= faces:
        return vertices, triangles
    block = bpy.data.meshes.new("decimated")
    item = bpy.data.objects.new("decimated", block)
    bpy.context.scene.collection.objects.link(item)
    try:
        fill(block, vertices, triangles)
        group = item.vertex_groups.new(name="freedom")
        for level in np.unique(np.round(freedom, 1)):
            group.add(np.flatnonzero(np.round(freedom, 1) == level).tolist(), float(level), "REPLACE")
        modifier = item.modifiers.new("decimate", "DECIMATE")
        modifier.ratio, modifier.vertex_group, modifier.vertex_group_factor = faces / len(triangles), group.name, 10.0
        modifier.use_collapse_triangulate = True
        return arrays(item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data)
    finally:
        bpy.data.objects.remove(item)
        bpy.data.meshes.remove(block)


def fill(block: bpy.types.Mesh, vertices: Array, triangles: Ints) -> None:
    """Vertices and triangles into an empty mesh."""
    block.vertices.add(len(vertices))
    block.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    block.loops.add(3 * len(triangles))
    block.loops.foreach_set("vertex_index", triangles.astype(np.int32).ravel())
    block.polygons.add(len(triangles))
    block.polygons.foreach_set("loop_start", np.arange(0, 3 * len(triangles), 3, dtype=np.int32))
    block.update(calc_edges=True)


def arrays(block: bpy.types.Mesh) -> tuple[Array, Ints]:
    """Vertices (V, 3) and triangles (F, 3) of a triangle mesh."""
    vertices, corners = np.empty(3 * len(block.vertices), dtype=np.float32), np.empty(len(block.loops), dtype=np.int32)
    block.vertices.foreach_get("co", vertices)
    block.loops.foreach_get("vertex_index", corners)
    return vertices.reshape(-1, 3).astype(np.float64), corners.reshape(-1, 3).astype(np.int64)


# --- materials ------------------------------------------------------------------------------------------------


def _materials(outfit: Outfit, worn: Sequence[str], name: str) -> list[bpy.types.Material]:
    """One Blender material for each of the slots that are worn."""
    skin = outfit.skin
    lips = skin.model_copy(update={"colours": (_mixed(skin.colours[0], (0.42, 0.07, 0.07), 0.38),), "roughness": 0.4})
    dark = Material(kind="plain", colours=(_mixed(outfit.eyes, (0.03, 0.02, 0.015), 0.6),), roughness=0.8)
    brow = dark if outfit.hair_style == "bald" and outfit.beard == "none" else outfit.hair
    sole_colour: Rgb = (0.75, 0.73, 0.68) if outfit.shoes.seed % 3 else (0.035, 0.03, 0.028)
    records = {
        "skin": skin,
        "top": outfit.top,
        "bottom": outfit.bottom,
        "shoes": outfit.shoes,
        "sole": Material(kind="plain", colours=(sole_colour,), roughness=0.8, bump=0.0),
        "hair": outfit.hair,
        "lips": lips,
        "brow": brow,
        "sclera": Material(kind="plain", colours=((0.78, 0.76, 0.73),), roughness=0.25, bump=0.0),
        "iris": Material(kind="plain", colours=(outfit.eyes,), roughness=0.15, bump=0.0),
        "pupil": Material(kind="plain", colours=((0.004, 0.004, 0.004),), roughness=0.1, bump=0.0),
    }
    records |= _extras(outfit)
    return [make_material(records[slot], f"{name}.{slot}") for slot in worn]


def _extras(outfit: Outfit) -> dict[str, Material]:
    """Materials of what not everybody wears."""
    metal = outfit.glasses == "round"
    colour = (0.45, 0.36, 0.2) if metal else (0.012, 0.01, 0.01)
    rims = Material(colours=(colour,), roughness=0.3, metallic=float(metal))
    records = {"rims": rims, "lenses": Material(colours=((0.008, 0.008, 0.01),), roughness=0.12, bump=0.0)}
    records |= {"headwear": outfit.headwear.cloth} if outfit.headwear else {}
    records |= {"over": outfit.over.cloth} if outfit.over else {}
    records |= {"scarf": outfit.scarf} if outfit.scarf else {}
    return records | ({"bag": outfit.bag} if outfit.bag else {})


def _mixed(a: Rgb, b: Rgb, share: float) -> Rgb:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


# --- rig ------------------------------------------------------------------------------------------------------


def make_armature(joints: dict[str, Array], tips: dict[str, Array], name: str) -> bpy.types.Object:
    """An armature object with a bone for each of JOINTS, linked to the scene; `tips` end the bones without a child."""
    data = bpy.data.armatures.new(name)
    item = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(item)
    bpy.context.view_layer.objects.active = item
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        for joint in JOINTS:
            bone = data.edit_bones.new(joint)
            bone.head, bone.tail = joints[joint], _tail(joint, joints, tips)
            parent = PARENTS[joint]
            bone.parent = data.edit_bones[parent] if parent else None
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    return item


def _tail(joint: str, joints: dict[str, Array], tips: dict[str, Array]) -> Array:
    if joint in CHILD:
        return joints[CHILD[joint]]
    if joint in tips:
        return tips[joint]
    if joint.endswith("Hand"):
        return np.asarray(tips["LeftHand"] * np.array([-1.0, 1.0, 1.0]))
    return np.asarray(joints[joint] + np.array([0.0, -0.05, 0.0]))


def bind(item: bpy.types.Object, armature: bpy.types.Object, names: Sequence[str], weights: Array) -> None:
    """Skin a mesh object to an armature with weights (V, len(names)), keeping volume where limbs twist."""
    for j, (indices, values) in strongest(weights).items():
        group = item.vertex_groups.new(name=names[j])
        for index, value in zip(indices.tolist(), values.tolist(), strict=True):
            group.add((index,), value, "REPLACE")
    item.parent = armature
    modifier = item.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_deform_preserve_volume = False

"""Parametric characters: one skinned mesh, its armature and materials, from proportions and an outfit."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.skeleton import CHILD, JOINTS, PARENTS
from dsia_gen.blender.characters.anatomy import Anatomy, softly_folded
from dsia_gen.blender.characters.glasses import glasses
from dsia_gen.blender.characters.sdf import Array
from dsia_gen.blender.characters.surface import (
    Ints,
    axis_nodes,
    cut,
    onto,
    sample,
    surface_nets,
    triangulated,
)
from dsia_gen.blender.characters.wardrobe import Wardrobe
from dsia_gen.blender.characters.weights import skin_weights, strongest
from dsia_gen.blender.materials import make_material
from dsia_gen.blender.mesh import icosphere, mesh, to_object
from dsia_gen.spec.asset import Outfit, ParametricCharacter
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Rgb

SLOTS = (
    "skin", "top", "bottom", "shoes", "sole", "hair", "headwear", "over", "scarf", "bag",
    "lips", "brow", "sclera", "iris", "pupil", "rims", "lenses",
)  # fmt: skip
"""Materials by name; a character has those that it wears, in this order."""
_GARMENTS = SLOTS[:10]
IRIS, PUPIL = 36.0, 16.0
"""Radii in degrees, seen from the middle of the eyeball."""
FACES = 28_000
"""Triangles of a body before seams are cut and eyes are added."""
_DECALS = ("lips", "brow")


def build_parametric(character: ParametricCharacter, name: str) -> bpy.types.Object:
    """The armature of a new character, linked to the scene: metres, facing -Y, standing on the origin.

    One mesh object is skinned to it, with below 40,000 triangles; the same record gives the same mesh.
    """
    body = Anatomy(character.body)
    wardrobe = Wardrobe(body, character.outfit)
    vertices, triangles, labels = body_surface(wardrobe)
    owner = _owners(len(vertices), triangles, labels)
    weights = skin_weights(
        body,
        vertices,
        triangles,
        hair=np.maximum(owner["hair"], owner["headwear"]),
        bottom=owner["bottom"],
        flared=_flared(character.outfit, owner, vertices[:, 2] < body.trunk_z(-0.02)),
        bag=owner["bag"],
    )
    eyes, eye_faces, eye_labels = _on_the_face(body, character.outfit)
    head = np.zeros((len(eyes), len(JOINTS)))
    head[:, JOINTS.index("Head")] = 1.0
    armature = make_armature(body.joints, {"Head": body.head_point(0, 0, 1.0), "LeftHand": body.hand_tip}, name)
    data = mesh(np.concatenate([vertices, eyes]), np.concatenate([triangles, eye_faces + len(vertices)]), smooth=True)
    worn, data.slots[:] = np.unique(np.concatenate([labels, eye_labels]), return_inverse=True)
    materials = _materials(character.outfit, [SLOTS[i] for i in worn], name)
    item = to_object(data, f"{name}.mesh", materials, smooth_angle=float(np.radians(70)))
    bind(item, armature, JOINTS, np.concatenate([weights, head]))
    return armature


# --- surface --------------------------------------------------------------------------------------------------


def body_surface(wardrobe: Wardrobe) -> tuple[Array, Ints, Ints]:
    """Vertices (V, 3), triangles (F, 3) and material slots (F,) of body and clothes, mirrored about x = 0."""
    x, y, z = _grid(wardrobe)
    body = wardrobe.body

    def union(p: Array) -> Array:
        return wardrobe.union(softly_folded(body, p))

    half = sample(union, x, y, z)
    values = np.concatenate([half[:0:-1], half])
    vertices, quads = surface_nets(values, np.concatenate([-x[:0:-1], x]), y, z)
    vertices, triangles = decimated(vertices, triangulated(vertices, quads), _detail(body, vertices), FACES)
    vertices = onto(union, vertices, 0.003 * body.height, steps=2)
    vertices, triangles = _cut_seams(wardrobe, vertices, triangles)
    return vertices, triangles, _labels(wardrobe, vertices, triangles)


def _detail(body: Anatomy, vertices: Array) -> Array:
    """(V,) how much of the detail at a vertex may go: nothing on the face, little on hands, the rest freely."""
    s = body.head_height
    q = (np.abs(vertices) * np.array([1.0, 0.0, 0.0]) + vertices * np.array([0.0, 1.0, 1.0]) - body.head_origin) / s
    face = np.clip(
        2.0 - np.linalg.norm((q - np.array([0.0, -0.33, 0.40])) / np.array([0.36, 0.20, 0.42]), axis=1), 0, 1
    )
    hand = np.clip(
        2.0 - np.linalg.norm(q * s + body.head_origin - body.joints["LeftHand"], axis=1) / (0.07 * body.height), 0, 1
    )
    return 1.0 - np.maximum(face, 0.6 * hand)


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


def _grid(wardrobe: Wardrobe) -> tuple[Array, Array, Array]:
    """Nodes along X (from 0 on), Y and Z: finer at the head and the hands."""
    body = wardrobe.body
    h, s = body.height, body.head_height
    belly = 0.155 + 0.08 * max(body.stout - 1.0, 0.0)
    back = 0.058 * body.stout + 0.135 if wardrobe.outfit.bag else 0.175
    hand, tip = body.joints["LeftHand"], body.hand_tip
    wide, front = float(tip[0]) + 0.06 * h, float(body.head_origin[1])
    face = (body.chin + 0.12 * s, body.chin + 0.64 * s, 0.0027 * h)
    palm, feet = (float(tip[2]) - 0.03 * h, float(hand[2]), 0.0050 * h), (-0.02 * h, 0.03 * h, 0.0052 * h)
    head = (body.chin - 0.05 * s, body.chin + 0.95 * s, 0.0045 * h)
    x = axis_nodes(0.0, wide, 0.0072 * h, [(0.0, 0.26 * s, 0.0029 * h), (hand[0] - 0.01 * h, wide, 0.0042 * h)])
    y = axis_nodes(-belly * h, back * h, 0.0062 * h, [(front - 0.50 * s, front - 0.26 * s, 0.0032 * h)])
    z = axis_nodes(-0.02 * h, h + 0.42 * s, 0.0072 * h, [palm, face, head, feet])
    return x, y, z


def _marks(wardrobe: Wardrobe, vertices: Array) -> dict[str, Array]:
    """Values by slot: a surface point belongs to the slot with the least; decals are painted where below zero."""
    p = softly_folded(wardrobe.body, vertices)
    marks = wardrobe.fields(p)
    body = wardrobe.body
    marks["lips"] = body.lips(p) - 0.008 * body.head_height
    marks["brow"] = body.brow_line(p)
    return marks


def _cut_seams(wardrobe: Wardrobe, vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    marks = _marks(wardrobe, vertices)
    for slot in [slot for slot in (*_GARMENTS[1:], *_DECALS) if slot in marks]:
        if slot in _DECALS:
            values = marks[slot]
        else:
            values = marks[slot] - np.minimum.reduce([marks[g] for g in _worn(marks) if g != slot])
        before = vertices
        vertices, triangles = cut(before, triangles, values)
        marks = _renewed(wardrobe, marks, before, vertices)
    return vertices, triangles


def _worn(marks: dict[str, Array]) -> list[str]:
    return [slot for slot in _GARMENTS if slot in marks]


def _renewed(wardrobe: Wardrobe, marks: dict[str, Array], before: Array, after: Array) -> dict[str, Array]:
    """Marks of the vertices after a cut, computed only where vertices moved or are new."""
    fresh = np.ones(len(after), dtype=bool)
    fresh[: len(before)] = np.any(after[: len(before)] != before, axis=1)
    values = _marks(wardrobe, after[fresh])
    whole = {}
    for slot, old in marks.items():
        whole[slot] = np.empty(len(after))
        whole[slot][: len(before)] = old
        whole[slot][fresh] = values[slot]
    return whole


def _labels(wardrobe: Wardrobe, vertices: Array, triangles: Ints) -> Ints:
    marks = _marks(wardrobe, vertices[triangles].mean(axis=1))
    index = np.array([SLOTS.index(slot) for slot in _worn(marks)])
    labels = index[np.argmin(np.stack([marks[g] for g in _worn(marks)]), axis=0)]
    for decal in _DECALS:
        labels = np.where((labels == 0) & (marks[decal] < 0), SLOTS.index(decal), labels)
    return labels


def _owners(count: int, triangles: Ints, labels: Ints) -> dict[str, Array]:
    """(V,) 1 for vertices all of whose faces belong to a slot, by slot."""
    owners = {}
    for i, slot in enumerate(_GARMENTS):
        other = np.zeros(count)
        other[triangles[labels != i]] = 1.0
        owners[slot] = 1.0 - other
    return owners


def _flared(outfit: Outfit, owner: dict[str, Array], low: NDArray[np.bool_]) -> Array:
    """(V,) 1 where cloth is wider than a leg: skirts and the tails of coats."""
    skirt = owner["bottom"] if outfit.legs == "skirt" else np.zeros(len(low))
    tails = owner["over"] * low if outfit.over and outfit.over.style == "coat" else np.zeros(len(low))
    return np.maximum(skirt, tails)


def _on_the_face(body: Anatomy, outfit: Outfit) -> tuple[Array, Ints, Ints]:
    """What moves with the head and is no part of its surface: eyes and glasses (vertices, triangles, slots)."""
    points, faces, labels = _eyes(body)
    if outfit.glasses == "none":
        return points, faces, labels
    more, bars, lens = glasses(body, outfit.glasses)
    slots = np.where(lens > 0, SLOTS.index("lenses"), SLOTS.index("rims"))
    return np.concatenate([points, more]), np.concatenate([faces, bars + len(points)]), np.concatenate([labels, slots])


def _eyes(body: Anatomy) -> tuple[Array, Ints, Ints]:
    """Both eyeballs with an iris and a pupil that look straight ahead: vertices, triangles, slots."""
    ball = icosphere(4, 1.0)
    points, faces = ball.vertices, ball.corners.reshape(-1, 3).astype(np.int64)
    angle = np.degrees(np.arccos(np.clip(-points[:, 1] / np.linalg.norm(points, axis=1), -1, 1)))
    for limit in (IRIS, PUPIL):
        cut_points, faces = cut(points, faces, angle - limit)
        points = cut_points / np.linalg.norm(cut_points, axis=1, keepdims=True)
        angle = np.degrees(np.arccos(np.clip(-points[:, 1], -1, 1)))
    middle = points[faces].mean(axis=1)
    off = np.degrees(np.arccos(np.clip(-middle[:, 1] / np.linalg.norm(middle, axis=1), -1, 1)))
    labels = np.where(
        off < PUPIL, SLOTS.index("pupil"), np.where(off < IRIS, SLOTS.index("iris"), SLOTS.index("sclera"))
    )
    front = middle[:, 1] < 0.25
    faces, labels = faces[front], labels[front]
    centre, radius = body.eye()
    both = [centre + radius * points, centre * np.array([-1.0, 1.0, 1.0]) + radius * points]
    return np.concatenate(both), np.concatenate([faces, faces + len(points)]), np.concatenate([labels, labels])


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

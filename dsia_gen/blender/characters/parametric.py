"""Parametric characters: one skinned mesh, its armature and materials, from proportions and an outfit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import bpy
import numpy as np

from dsia_gen.blender.materials import make_material
from dsia_gen.blender.mesh_objects import to_object
from dsia_gen.motion.skeleton import CHILD, JOINTS, PARENTS
from dsia_gen.procedural.people.mesh_cache import bare, made_person
from dsia_gen.procedural.people.outfit_materials import outfit_materials
from dsia_gen.procedural.people.person import SkinnedPerson
from dsia_gen.procedural.people.signed_distance import Array
from dsia_gen.procedural.people.skin_weights import strongest
from dsia_gen.spec.asset import ParametricCharacter


def build_parametric(character: ParametricCharacter, name: str) -> bpy.types.Object:
    """The armature of a new character, linked to the scene: metres, facing -Y, standing on the origin.

    One mesh object is skinned to it, with below 40,000 triangles; the same record gives the same mesh.
    """
    person = _person(character)
    armature = make_armature(person.joints, person.tips, name)
    records = outfit_materials(character.outfit)
    materials = [make_material(records[slot], f"{name}.{slot}") for slot in person.worn]
    item = to_object(person.mesh, f"{name}.mesh", materials, smooth_angle=float(np.radians(70)))
    bind(item, armature, JOINTS, person.weights)
    return armature


_MADE: OrderedDict[ParametricCharacter, Future[SkinnedPerson]] = OrderedDict()
"""The last few people without their colours: an import draws every clip with one."""
KEPT = 8


def begin_people(characters: Iterable[ParametricCharacter], threads: int) -> None:
    """Begin to make the meshes of characters that will be built, in threads of their own beside what else is built."""
    fresh = list(dict.fromkeys(shape for shape in map(bare, characters) if shape not in _MADE))
    if not fresh or threads < 2:
        return
    with_threads = ThreadPoolExecutor(min(threads, len(fresh)), thread_name_prefix="person")
    for shape in fresh:
        _MADE[shape] = with_threads.submit(made_person, shape)
    with_threads.shutdown(wait=False)


def _person(character: ParametricCharacter) -> SkinnedPerson:
    """The mesh of a character."""
    shape = bare(character)
    if shape not in _MADE:
        made: Future[SkinnedPerson] = Future()
        made.set_result(made_person(shape))
        _MADE[shape] = made
    _MADE.move_to_end(shape)
    person = _MADE[shape].result()
    while len(_MADE) > KEPT and next(iter(_MADE.values())).done():
        _MADE.popitem(last=False)
    return person


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
        rigid = values == 1.0  # many at once, where they are equal
        group.add(indices[rigid].tolist(), 1.0, "REPLACE")
        for index, value in zip(indices[~rigid].tolist(), values[~rigid].tolist(), strict=True):
            group.add((index,), value, "REPLACE")
    item.parent = armature
    modifier = item.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_deform_preserve_volume = False

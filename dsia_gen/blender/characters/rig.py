"""The rigs of a file: armatures that carry meshes, which of their bones are joints, chains that are whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeleton import PARENTS, REQUIRED, match_joints

JOINTS_PROPERTY = "dsia_gen_joints"
"""Custom property of an armature object: canonical joint -> bone, as its loader found them."""
SAME_PLACE = 0.02
"""Share of a rig's size by which bones of one name may lie apart in two armatures of one figure."""


@dataclass(frozen=True)
class Rig:
    """An armature, the meshes that it moves, and its joints: canonical name -> bone."""

    armature: bpy.types.Object
    skins: tuple[bpy.types.Object, ...]
    joints: dict[str, str]

    @property
    def humanoid(self) -> bool:
        return all(joint in self.joints for joint in REQUIRED)

    def lack(self) -> str:
        """A clause that says which joints of a humanoid it lacks."""
        missing = [joint for joint in REQUIRED if joint not in self.joints]
        names = [bone.name for bone in self.armature.data.bones]
        return f"{self.armature.name} has no bone for {', '.join(missing)} among {', '.join(names[:12])}..."

    def heads(self) -> dict[str, Array]:
        """World positions (3,) of the joints in the rest pose."""
        places = bone_heads(self.armature)
        return {joint: places[bone] for joint, bone in self.joints.items()}


def rigs_of(objects: Sequence[bpy.types.Object], exact: Mapping[str, str] | None = None) -> list[Rig]:
    """Rigs by name; first the humanoids, then others. Armatures that share bones and their places are one rig.

    `exact` are the joints that the file itself states. Clothes often come with a copy of the body's armature: their
    meshes are handed to the armature that moves most vertices.
    """
    skins: dict[str, list[bpy.types.Object]] = {}
    for item in meshes(objects):
        for armature in _carriers(item):
            skins.setdefault(armature.name, []).append(item)
    carriers = [bpy.data.objects[name] for name in skins]
    carriers.sort(key=lambda a: (-sum(len(item.data.vertices) for item in skins[a.name]), a.name))
    kept: list[bpy.types.Object] = []
    for armature in carriers:
        main = next((other for other in kept if _same_figure(other, armature)), None)
        if main is None:
            kept.append(armature)
            continue
        for item in skins.pop(armature.name):
            skins[main.name].append(item)
            for modifier in item.modifiers:
                if modifier.type == "ARMATURE" and modifier.object == armature:
                    modifier.object = main
    rigs = [Rig(a, tuple(dict.fromkeys(skins[a.name])), joints_of(a, exact)) for a in kept]
    return sorted(rigs, key=lambda rig: (not rig.humanoid, rig.armature.name if rig.humanoid else ""))


def joints_of(armature: bpy.types.Object, exact: Mapping[str, str] | None = None) -> dict[str, str]:
    """Canonical joint -> bone: what the loader stored, or the file states, or names and structure say."""
    if JOINTS_PROPERTY in armature:
        return dict(armature[JOINTS_PROPERTY].to_dict())
    stated = {joint: bone for joint, bone in (exact or {}).items() if bone in armature.data.bones}
    if all(joint in stated for joint in REQUIRED):
        return stated
    order = sorted(armature.data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in order]
    parents = [names.index(bone.parent.name) if bone.parent else -1 for bone in order]
    places = bone_heads(armature)
    found = match_joints(names, parents, np.array([places[name] for name in names]).reshape(-1, 3))
    return {joint: names[index] for joint, index in found.items()}


def bone_heads(armature: bpy.types.Object) -> dict[str, Array]:
    """World positions (3,) of the heads of all bones in the rest pose."""
    world = np.array(armature.matrix_world, dtype=np.float64)
    return {
        bone.name: world[:3, :3] @ np.array(bone.head_local, dtype=np.float64) + world[:3, 3]
        for bone in armature.data.bones
    }


def objects_of(rig: Rig, rigs: Sequence[Rig], objects: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    """The objects of a file that belong to a figure: all, but where there are other figures only its own."""
    if not any(other.humanoid for other in rigs if other is not rig):
        return list(objects)
    own = {rig.armature.name, *(item.name for item in rig.skins), *(o.name for o in rig.armature.children_recursive)}
    above = rig.armature.parent
    while above is not None:
        own.add(above.name)
        above = above.parent
    return [item for item in objects if item.name in own]


def connect(armature: bpy.types.Object, joints: Mapping[str, str], what: str) -> int:
    """Hang each joint from the joint that it turns with, where the file hangs it elsewhere; how many were moved.

    Exports of rigs with inverse kinematics leave feet at the root. Raises AssetError where a chain runs backwards.
    """
    wrong = list(_loose(armature, joints))
    if not wrong:
        return 0
    layer = bpy.context.view_layer
    if armature.name not in layer.objects:
        bpy.context.scene.collection.objects.link(armature)
    armature.hide_viewport = False
    armature.hide_set(False)
    layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        edit = armature.data.edit_bones
        for bone, parent in wrong:
            if edit[bone] in edit[parent].parent_recursive:
                raise AssetError(
                    f"{what}: the bone {parent!r} hangs from {bone!r}, which should hang from it; correct the rig"
                )
            edit[bone].use_connect = False
            edit[bone].parent = edit[parent]
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    return len(wrong)


def _loose(armature: bpy.types.Object, joints: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Bones of joints that do not hang from the joint above them, with the bone that they should hang from."""
    for joint, name in joints.items():
        above = PARENTS[joint]
        while above is not None and above not in joints:
            above = PARENTS[above]
        if above is not None and joints[above] not in (b.name for b in armature.data.bones[name].parent_recursive):
            yield name, joints[above]


def _carriers(item: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """The armatures that move a mesh."""
    for modifier in item.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            yield modifier.object
    if item.parent is not None and item.parent.type == "ARMATURE" and item.parent_type == "BONE":
        yield item.parent


def _same_figure(main: bpy.types.Object, other: bpy.types.Object) -> bool:
    """Whether the bones of an armature are bones of another, at the same places."""
    places, own = bone_heads(main), bone_heads(other)
    shared = [name for name in own if name in places]
    if not own or len(shared) < 0.8 * len(own):
        return False
    size = float(np.ptp(np.array(list(places.values())), axis=0).max())
    return bool(np.median([np.linalg.norm(places[n] - own[n]) for n in shared]) < SAME_PLACE * size)

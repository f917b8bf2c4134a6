"""Rigged characters from files, whatever their scale and parents: metres, Z up, facing -Y, on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from dsia_gen.assets.importing.linked_files import fence_of
from dsia_gen.assets.importing.vrm import vrm_joints
from dsia_gen.blender.characters.animate_humanoid import read_target
from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.blender.characters.imports import evaluated_points, facing_turn, load_objects
from dsia_gen.blender.characters.rig import JOINTS_PROPERTY, Rig, bone_heads, connect, objects_of, rigs_of
from dsia_gen.blender.mesh_objects import write_rest_position
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.figure_axes import figure_axes, unmirrored
from dsia_gen.spec.asset import CharacterFile


def build_file(character: CharacterFile, path: Path, name: str) -> bpy.types.Object:
    """The armature object of a character file, its meshes as children.

    It is scaled so that the evaluated meshes in rest pose are `height` metres tall, turned to face -Y, and moved so
    that the hips are above the origin and the lowest point on the floor. Raises AssetError, naming the file, for a
    missing texture, no armature, bones that do not fit the mesh, or an unknown skeleton.
    """
    objects = load_objects(path, fence_of(path, character.file.path), character.missing_textures)
    return character_object(character, objects, path, name)


def character_object(
    character: CharacterFile, objects: list[bpy.types.Object], path: Path, name: str
) -> bpy.types.Object:
    """The armature object of the loaded `objects` of a file, which are used up; see `build_file`."""
    rigs = rigs_of(objects, vrm_joints(path))
    rig = chosen_figure(rigs, character.figure, path)
    kept = objects_of(rig, rigs, objects)
    for item in [item for item in objects if item not in kept]:
        bpy.data.objects.remove(item)
    armature, joints, negative = rig.armature, rig.joints, rig.armature.matrix_world.is_negative
    skins = _flatten(armature, kept)
    connect(armature, joints, str(path))
    # Upright, and its left on its left, whatever the file says.
    places = bone_heads(armature)
    axes = figure_axes({joint: places[bone] for joint, bone in joints.items()}, evaluated_points(skins), negative)
    if not np.array_equal(axes.turn, np.eye(3)):
        for item in [armature, *skins]:
            _bake(item, Matrix(axes.turn.tolist()).to_4x4())
    armature[JOINTS_PROPERTY] = unmirrored(joints) if axes.mirrored else joints
    _normalise(character, armature, skins, path)
    armature.name = name
    for i, item in enumerate(skins):
        item.name = f"{name}.{i}"
        write_rest_position(item.data)
    return armature


def chosen_figure(rigs: Sequence[Rig], number: int, path: Path) -> Rig:
    """The `number`-th humanoid of a file, the largest for 0. AssetError where there is none."""
    if not rigs:
        raise AssetError(f"{path} has no mesh that is skinned to an armature; choose a rigged character")
    people = [rig for rig in rigs if rig.humanoid]
    if not people:
        raise AssetError(f"{path}: {rigs[0].lack()}; use a humanoid's skeleton")
    if number > len(people):
        raise AssetError(f"{path} holds {len(people)} figures and no number {number}; correct `figure` in the manifest")
    if number:
        return people[number - 1]
    return max(people, key=lambda rig: sum(len(item.data.vertices) for item in rig.skins))


def _flatten(armature: bpy.types.Object, objects: list[bpy.types.Object]) -> list[bpy.types.Object]:
    """Parent all meshes to the armature itself, with their world transforms baked in; remove every wrapper.

    Meshes that hang from a bone are bound to it by a vertex group of their own.
    """
    bpy.context.view_layer.update()
    skins = meshes(objects)
    for item in skins:
        if item.parent_type == "BONE" and item.parent_bone:
            group = item.vertex_groups.get(item.parent_bone) or item.vertex_groups.new(name=item.parent_bone)
            group.add(range(len(item.data.vertices)), 1.0, "REPLACE")
            if not any(m.type == "ARMATURE" for m in item.modifiers):
                item.modifiers.new("Armature", "ARMATURE").object = armature
    worlds = {item.name: item.matrix_world.copy() for item in [armature, *skins]}
    for item in [armature, *skins]:
        item.parent = None
        item.matrix_world = Matrix.Identity(4)
        _bake(item, worlds[item.name])
    for item in skins:
        item.parent = armature
    for item in [o for o in objects if o is not armature and o not in skins]:
        bpy.data.objects.remove(item)
    return skins


def _bake(item: bpy.types.Object, matrix: Matrix) -> None:
    """Move the data of an object instead of the object. Data that others use is copied first."""
    if item.data.users > 1:
        item.data = item.data.copy()
    if item.type == "MESH":
        item.data.transform(matrix, shape_keys=True)
        if matrix.is_negative:
            item.data.flip_normals()
        item.data.update()
    else:
        item.data.transform(matrix)


def _normalise(character: CharacterFile, armature: bpy.types.Object, skins: list[bpy.types.Object], path: Path) -> None:
    """Height, facing and place, baked into the data of armature and meshes."""
    turn = facing_turn(character.facing)
    for item in [armature, *skins]:
        _bake(item, turn)
    points = evaluated_points(skins)
    low, high = points.min(axis=0), points.max(axis=0)
    tall = float(high[2] - low[2])
    if not np.isfinite(tall) or tall < 1e-6:
        raise AssetError(f"{path}: the meshes have no height in rest pose; export the character again")
    target = read_target(armature)
    # Bones that lie far outside the meshes: a scale is hidden on a bone, or in the skin.
    heads = target.rest[:, :3, 3]
    size = float((high - low).max())
    outside = np.maximum(np.maximum(low - heads, heads - high), 0.0).max(axis=1)
    if np.median(outside) > 0.25 * size or np.ptp(heads[:, 2]) < 0.2 * (high[2] - low[2]):
        raise AssetError(
            f"{path}: the bones do not fit the mesh (a scale is hidden on a bone); apply all scales and export it again"
        )
    hips = target.head("Hips")
    place = Matrix.Scale(character.height / tall, 4) @ Matrix.Translation(Vector((-hips[0], -hips[1], -low[2])))
    for item in [armature, *skins]:
        _bake(item, place)
    bpy.context.view_layer.update()

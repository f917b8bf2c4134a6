"""A scene from its specification: every part by the builder of its type, numbered and keyframed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
from mathutils import Matrix

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.characters.parametric import begin_people
from dsia_gen.blender.environment import build_environment
from dsia_gen.blender.lamps import build_lamp
from dsia_gen.blender.object_motion import animate
from dsia_gen.blender.rest_shapes import ROOT_PROPERTY
from dsia_gen.core.child_process import SCRATCH
from dsia_gen.core.errors import AssetError, WorkerError
from dsia_gen.spec.asset import CharacterFile, MeshFile, ParametricCharacter, ProceduralObject, Shape
from dsia_gen.spec.motion import RigidPath, Still
from dsia_gen.spec.scene import Instance, SceneSpec

INSTANCE_PROPERTY = "dsia_instance"
"""Custom property of every object: the id of its instance."""
DEFORMERS = frozenset(
    ("ARMATURE", "CAST", "CLOTH", "CORRECTIVE_SMOOTH", "CURVE", "DISPLACE", "HOOK", "LATTICE", "MESH_DEFORM",
     "MESH_CACHE", "SHRINKWRAP", "SIMPLE_DEFORM", "SMOOTH", "SOFT_BODY", "SURFACE_DEFORM", "WARP", "WAVE", "NODES")
)  # fmt: skip
"""Modifiers that may change a shape over time."""


def empty_scene() -> Any:
    """Reset Blender to its factory settings.

    Returns
    -------
    bpy.types.Scene
        The one scene there is then, without objects.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if scratch := os.environ.get(SCRATCH):  # a worker is not ended in a way that lets Blender remove its folder
        bpy.context.preferences.filepaths.temporary_directory = scratch
    return bpy.context.scene


def build_scene(spec: SceneSpec, resolve: Resolve, threads: int = 1) -> None:
    """Fill the current, empty scene with everything that a specification names except the camera.

    Parameters
    ----------
    spec : SceneSpec
        The fully resolved scene. Metres, Z up; a frame of Blender is a time index of the specification.
    resolve : callable
        Finds the file of an asset reference, see `dsia_gen.blender.asset_files.resolver`.
    threads : int
        With more than one, the meshes of people are made beside the rest of the scene.

    Raises
    ------
    AssetError
        When a file is missing, altered or broken.
    WorkerError
        When a part cannot be built; the message names the part.
    """
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 0, spec.times - 1
    scene.render.fps = max(1, round(spec.fps))
    scene.render.fps_base = scene.render.fps / spec.fps
    shapes = [instance.shape for instance in spec.instances]
    begin_people((shape for shape in shapes if isinstance(shape, ParametricCharacter)), threads)
    with _part("environment"):
        build_environment(spec.environment, resolve, spec.lamps)
    for k, lamp in enumerate(spec.lamps):
        with _part(f"lamp {k}"):
            build_lamp(lamp, f"lamp {k} {lamp.kind}", spec.times)
    for instance in spec.instances:
        with _part(f"instance {instance.id} ({instance.name})"):
            build_instance(instance, resolve, spec.times)


@contextmanager
def _part(what: str) -> Iterator[None]:
    """Prefix errors of the block with the part of the scene that they belong to."""
    try:
        yield
    except (AssetError, WorkerError) as error:
        raise type(error)(f"{what}: {error}") from error
    except Exception as error:
        raise WorkerError(f"{what} could not be built: {type(error).__name__}: {error}") from error


def build_instance(instance: Instance, resolve: Resolve, times: int) -> Any:
    """Build, number, place and animate one instance.

    Parameters
    ----------
    instance : Instance
        Shape, motion and scale; its id becomes the pass index of all its objects.
    resolve : callable
        Finds the file of an asset reference.
    times : int
        Number of time indices, which are frames 0 .. times - 1.

    Returns
    -------
    bpy.types.Object
        The root object, placed in the world frame.

    Raises
    ------
    AssetError
        When a file is missing, altered or broken, or a skeleton does not fit its motion.
    TypeError
        When the shape or the motion has an unknown type.
    """
    before = {item.as_pointer() for item in bpy.data.objects}
    root = build_shape(instance.shape, f"{instance.id} {instance.name}", resolve)
    if isinstance(instance.motion, Still | RigidPath) and root.matrix_basis != Matrix.Identity(4):
        # The motion overwrites the root's transform: a root that uses its own hangs from an empty.
        anchor = bpy.data.objects.new(f"{root.name} root", None)
        bpy.context.scene.collection.objects.link(anchor)
        root.parent = anchor
        root = anchor
    animate(root, instance.motion, times)
    root.scale = [s * instance.scale for s in root.scale]
    root[ROOT_PROPERTY] = True
    for item in bpy.data.objects:
        if item.as_pointer() not in before:
            item.pass_index = instance.id
            item[INSTANCE_PROPERTY] = instance.id
            # Blender splits a quad by its shape: a bend could flip the split and change the triangle list over time.
            if item.type == "MESH" and _may_bend(item) and not _stays_triangles(item):
                modifier = item.modifiers.new("fixed triangles", "TRIANGULATE")
                modifier.quad_method = "FIXED"
                modifier.keep_custom_normals = True
    return root


def _may_bend(item: Any) -> bool:
    return bool(item.data.shape_keys) or any(modifier.type in DEFORMERS for modifier in item.modifiers)


def _stays_triangles(item: Any) -> bool:
    """Whether a mesh consists of triangles, and its modifiers change no face: it is triangulated as it is."""
    mesh = item.data
    return len(mesh.loops) == 3 * len(mesh.polygons) and all(m.type == "ARMATURE" for m in item.modifiers)


def build_shape(shape: Shape, name: str, resolve: Resolve) -> Any:
    """Build a shape at the origin, in rest.

    Parameters
    ----------
    shape : Shape
        A procedural object, a mesh file, a parametric character or a character file.
    name : str
        Name of the root object.
    resolve : callable
        Finds the file of an asset reference.

    Returns
    -------
    bpy.types.Object
        The root object: metres, Z up, front towards -Y, standing on z = 0.

    Raises
    ------
    AssetError
        When a file is missing, altered or broken.
    TypeError
        When the shape has an unknown type.
    """
    if isinstance(shape, ProceduralObject):
        from dsia_gen.blender.procedural_objects import build_object

        return build_object(shape, name, resolve)
    if isinstance(shape, MeshFile):
        from dsia_gen.blender.characters.mesh_file import build_mesh_file

        return build_mesh_file(shape, resolve(shape.file), name)
    if isinstance(shape, ParametricCharacter | CharacterFile):
        from dsia_gen.blender.characters import build_character

        return build_character(shape, resolve, name)
    known = "ProceduralObject, MeshFile, ParametricCharacter, CharacterFile"
    raise TypeError(f"shape {type(shape).__name__} is not one of {known}")

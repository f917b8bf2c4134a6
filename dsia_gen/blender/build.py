"""A scene from its specification: every part by the builder of its type, numbered and keyframed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
from mathutils import Matrix

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.environment import build_environment
from dsia_gen.blender.lamps import build_lamp
from dsia_gen.blender.object_motion import animate
from dsia_gen.core.errors import AssetError, WorkerError
from dsia_gen.spec.asset import CharacterFile, MeshFile, ParametricCharacter, ProceduralObject, Shape
from dsia_gen.spec.motion import Still
from dsia_gen.spec.scene import Instance, SceneSpec

INSTANCE_PROPERTY = "dsia_instance"
"""Custom property of every object: the id of its instance."""

DEFORMERS = frozenset(
    ("ARMATURE", "CAST", "CLOTH", "CORRECTIVE_SMOOTH", "CURVE", "DISPLACE", "HOOK", "LATTICE", "MESH_DEFORM",
     "MESH_CACHE", "SHRINKWRAP", "SIMPLE_DEFORM", "SMOOTH", "SOFT_BODY", "SURFACE_DEFORM", "WARP", "WAVE", "NODES")
)  # fmt: skip
"""Modifiers that may change a shape over time."""


def empty_scene() -> Any:
    """Forget everything and return an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def build_scene(spec: SceneSpec, resolve: Resolve) -> None:
    """Fill the current (empty) scene with all that `spec` names, except the camera; frame = time index.

    Raises AssetError for files that are missing or broken, WorkerError for parts that cannot be built.
    """
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 0, spec.times - 1
    scene.render.fps = max(1, round(spec.fps))
    scene.render.fps_base = scene.render.fps / spec.fps
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
    """Failures of the block say which part of the scene they belong to."""
    try:
        yield
    except (AssetError, WorkerError) as error:
        raise type(error)(f"{what}: {error}") from error
    except Exception as error:
        raise WorkerError(f"{what} could not be built: {type(error).__name__}: {error}") from error


def build_instance(instance: Instance, resolve: Resolve, times: int) -> Any:
    """Build, number, place and animate one instance; its root object."""
    before = {item.as_pointer() for item in bpy.data.objects}
    root = build_shape(instance.shape, f"{instance.id} {instance.name}", resolve)
    still = isinstance(instance.motion, Still)
    if still or instance.motion.type == "rigid_path":
        root = _free_root(root)
    animate(root, instance.motion, times)
    root.scale = [s * instance.scale for s in root.scale]
    for item in bpy.data.objects:
        if item.as_pointer() not in before:
            item.pass_index = instance.id
            item[INSTANCE_PROPERTY] = instance.id
            _fix_triangles(item)
    return root


def _fix_triangles(item: Any) -> None:
    """Quads of what deforms are always split the same way.

    Blender splits a quad by its shape, so a bend could flip the split and the triangle list would change over time.
    """
    if item.type != "MESH" or not (item.data.shape_keys or any(m.type in DEFORMERS for m in item.modifiers)):
        return
    modifier = item.modifiers.new("fixed triangles", "TRIANGULATE")
    modifier.quad_method = "FIXED"
    modifier.keep_custom_normals = True


def build_shape(shape: Shape, name: str, resolve: Resolve) -> Any:
    """The root object of a shape at the origin, in rest. Raises TypeError for a shape of an unknown type."""
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


def _free_root(root: Any) -> Any:
    """A root whose own transform may be overwritten: itself, or an empty above it when it already uses that."""
    if root.matrix_basis == Matrix.Identity(4):
        return root
    anchor = bpy.data.objects.new(f"{root.name} root", None)
    bpy.context.scene.collection.objects.link(anchor)
    root.parent = anchor
    return anchor

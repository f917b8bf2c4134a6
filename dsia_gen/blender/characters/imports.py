"""Files of strangers: import without running their code, keep what is rendered, check textures, make alpha hard."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from dsia_gen.assets.rotations import Array
from dsia_gen.blender.freeze import CUTOUT_IMAGE, CUTOUT_THRESHOLD
from dsia_gen.errors import AssetError

HARD_ALPHA = 0.5

_FACING = {"-Y": 0.0, "+X": -90.0, "+Y": 180.0, "-X": 90.0}
"""Degrees about Z that turn a facing to -Y."""


def facing_turn(facing: str) -> Matrix:
    """The 4x4 turn about Z that makes what faces `facing` face -Y."""
    return Matrix.Rotation(np.radians(_FACING[facing]), 4, "Z")


@contextlib.contextmanager
def import_session(path: Path) -> Iterator[list[bpy.types.Object]]:
    """Objects that an import inside the block adds (filled when it ends), made clean by `_clean`.

    Scripts inside files never run, the importer's output is swallowed, the scene's frame rate and range are put back.
    Whatever the importer raises becomes an AssetError that names the file.
    """
    scene, added = bpy.context.scene, list[bpy.types.Object]()
    before = {o.as_pointer() for o in bpy.data.objects}
    timing = (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end, scene.frame_current)
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield added
    except AssetError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise AssetError(
            f"{path} cannot be imported ({reason[-1] if reason else type(error).__name__}); export it again"
        ) from error
    finally:
        render = scene.render
        render.fps, render.fps_base, scene.frame_start, scene.frame_end, current = timing
        scene.frame_set(current)
    added.extend(o for o in bpy.data.objects if o.as_pointer() not in before)
    added[:] = _clean(added, path)


def importer(path: Path, known: dict[str, Callable[[Path], None]]) -> Callable[[Path], None]:
    """The import function for a file's suffix. Raises AssetError for another suffix or a missing file."""
    suffix = path.suffix.lower()
    if suffix not in known:
        raise AssetError(f"{path} is no file that can be read here (known: {', '.join(sorted(known))}); convert it")
    if not path.is_file():
        raise AssetError(f"{path} does not exist; check the manifest and the folder of your assets")
    return known[suffix]


def import_gltf(path: Path) -> None:
    """glTF and GLB, without the shapes that the importer draws bones with."""
    bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True, loglevel=50)


def import_fbx(path: Path) -> None:
    bpy.ops.import_scene.fbx(filepath=str(path), use_anim=False)


def _clean(objects: list[bpy.types.Object], path: Path) -> list[bpy.types.Object]:
    """Remove cameras, lights and what is not to be rendered; raise AssetError if no mesh is left."""
    kept = []
    for item in objects:
        if item.type in ("CAMERA", "LIGHT") or (item.type == "MESH" and not len(item.data.polygons)):
            bpy.data.objects.remove(item)
        else:
            kept.append(item)
    if not any(o.type == "MESH" for o in kept):
        raise AssetError(f"{path} holds no mesh with faces; export the model itself")
    return kept


def meshes(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    return [o for o in objects if o.type == "MESH"]


def rest_pose(objects: Sequence[bpy.types.Object]) -> None:
    """Forget actions, NLA tracks and pose channels, so that what is measured and driven is the rest pose."""
    for item in objects:
        item.animation_data_clear()
        if item.type == "ARMATURE":
            for bone in item.pose.bones:
                bone.matrix_basis.identity()
    bpy.context.view_layer.update()


def evaluated_points(objects: Sequence[bpy.types.Object]) -> Array:
    """(N, 3) world positions of all vertices as they are rendered."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for item in meshes(objects):
        evaluated = item.evaluated_get(graph)
        points = np.empty(len(evaluated.data.vertices) * 3, dtype=np.float32)
        evaluated.data.vertices.foreach_get("co", points)
        matrix = np.array(evaluated.matrix_world, dtype=np.float64)
        parts.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(parts)


# --- textures -------------------------------------------------------------------------------------------------


def check_textures(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Raise AssetError, naming the image, when a texture that a material uses cannot be loaded."""
    for material in used_materials(objects):
        for node in image_nodes(material):
            image = node.image
            if not _loads(image):
                raise AssetError(
                    f"{path}: the texture {image.filepath or image.name!r} of material {material.name!r} is missing; "
                    "put it beside the file or choose another asset"
                )


def _loads(image: bpy.types.Image) -> bool:
    """Whether an image has pixels; a missing file does not raise until it is read."""
    try:
        return image.size[0] > 0 and len(image.pixels) > 0 and bool(image.has_data)
    except RuntimeError:
        return False


def used_materials(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Material]:
    """Materials in slots of the meshes, each once, in order."""
    found: dict[str, bpy.types.Material] = {}
    for item in meshes(objects):
        for slot in item.material_slots:
            if slot.material is not None:
                found.setdefault(slot.material.name, slot.material)
    return list(found.values())


def image_nodes(material: bpy.types.Material) -> list[bpy.types.ShaderNodeTexImage]:
    """Texture nodes with an image."""
    nodes = material.node_tree.nodes if material.use_nodes and material.node_tree else []
    return [n for n in nodes if n.bl_idname == "ShaderNodeTexImage" and n.image is not None]


def harden_alpha(objects: Sequence[bpy.types.Object], threshold: float = HARD_ALPHA) -> None:
    """Make all alpha all or nothing, so that a pixel has one surface.

    A material whose alpha comes from an image is cut out where that is at most the file's own cutoff (else
    `threshold`), and gets the properties CUTOUT_IMAGE and CUTOUT_THRESHOLD for the ground truth to test the same
    texture. Faces of a material that is mostly transparent all over (a cornea, a tear) are removed.
    """
    for material in used_materials(objects):
        nodes = material.node_tree.nodes if material.use_nodes and material.node_tree else []
        shaders = [n for n in nodes if n.bl_idname == "ShaderNodeBsdfPrincipled"]
        if shaders and all(
            not n.inputs["Alpha"].is_linked and n.inputs["Alpha"].default_value < threshold for n in shaders
        ):
            _remove_faces(objects, material)
            continue
        for shader in shaders:
            _harden(material, shader.inputs["Alpha"], threshold)


def _remove_faces(objects: Sequence[bpy.types.Object], material: bpy.types.Material) -> None:
    for item in meshes(objects):
        slots = {i for i, slot in enumerate(item.material_slots) if slot.material == material}
        if not slots:
            continue
        shape = bmesh.new()
        shape.from_mesh(item.data)
        bmesh.ops.delete(shape, geom=[f for f in shape.faces if f.material_index in slots], context="FACES")
        shape.to_mesh(item.data)
        shape.free()


def _harden(material: bpy.types.Material, alpha: bpy.types.NodeSocket, threshold: float) -> None:
    tree = material.node_tree
    source = _alpha_image(alpha)
    cutoff = _cutoff(alpha) or threshold
    if alpha.is_linked:
        tree.links.remove(alpha.links[0])
    alpha.default_value = 1.0
    if source is None:
        return
    source.interpolation, source.extension = "Linear", "REPEAT"
    test = tree.nodes.new("ShaderNodeMath")
    test.operation = "GREATER_THAN"
    test.inputs[1].default_value = cutoff
    tree.links.new(source.outputs["Alpha"], test.inputs[0])
    tree.links.new(test.outputs[0], alpha)
    material[CUTOUT_IMAGE] = source.image.name
    material[CUTOUT_THRESHOLD] = cutoff


def _cutoff(socket: bpy.types.NodeSocket, depth: int = 6) -> float | None:
    """The constant that a file's own alpha test (glTF: alphaMode MASK) compares with, if there is one."""
    if not socket.is_linked or depth == 0:
        return None
    node = socket.links[0].from_node
    if node.bl_idname == "ShaderNodeMath" and node.operation in ("LESS_THAN", "GREATER_THAN"):
        return float(node.inputs[1].default_value) or None
    found = (_cutoff(entry, depth - 1) for entry in node.inputs)
    return next((value for value in found if value is not None), None)


def _alpha_image(socket: bpy.types.NodeSocket, depth: int = 6) -> bpy.types.ShaderNodeTexImage | None:
    """The image whose alpha feeds a socket, through any arithmetic on the way."""
    if not socket.is_linked or depth == 0:
        return None
    node = socket.links[0].from_node
    if node.bl_idname == "ShaderNodeTexImage":
        return node if socket.links[0].from_socket.name == "Alpha" else None
    for entry in node.inputs:
        found = _alpha_image(entry, depth - 1)
        if found is not None:
            return found
    return None

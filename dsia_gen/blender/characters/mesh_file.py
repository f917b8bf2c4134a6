"""Objects from mesh files: metres, Z up, facing -Y, standing on the floor below their centre."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from dsia_gen.assets.importing.linked_files import fence_of
from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.blender.characters.importers import AXES_FREE
from dsia_gen.blender.characters.imports import evaluated_points, facing_turn, load_objects
from dsia_gen.blender.mesh_objects import write_rest_position
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import MeshFile


def build_mesh_file(shape: MeshFile, path: Path, name: str) -> bpy.types.Object:
    """One mesh object of all meshes in a file, linked to the scene, its transform free.

    `shape.scale` is metres for a unit of the file; `shape.up` counts for formats without an up axis of their own
    (OBJ, PLY, STL). Raises AssetError, naming the file, when it cannot be read, has no faces, or misses a texture.
    """
    return mesh_object(shape, load_objects(path, fence_of(path, shape.file.path), shape.missing_textures), path, name)


def mesh_object(shape: MeshFile, objects: list[bpy.types.Object], path: Path, name: str) -> bpy.types.Object:
    """The mesh object of the loaded `objects` of a file, which are used up."""
    item = joined(objects)
    item.name = item.data.name = name
    _normalise(shape, path, item)
    write_rest_position(item.data)
    return item


def joined(objects: list[bpy.types.Object]) -> bpy.types.Object:
    """All meshes as they are rendered, in one object without modifiers, parents or transform."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for source in meshes(objects):
        evaluated = source.evaluated_get(graph)
        data = bpy.data.meshes.new_from_object(evaluated, preserve_all_data_layers=True, depsgraph=graph)
        data.transform(source.matrix_world)
        if source.matrix_world.is_negative:
            data.flip_normals()
        part = bpy.data.objects.new(source.name, data)
        bpy.context.scene.collection.objects.link(part)
        parts.append(part)
    for item in objects:
        bpy.data.objects.remove(item)
    if len(parts) > 1:
        with bpy.context.temp_override(
            active_object=parts[0], object=parts[0], selected_objects=parts, selected_editable_objects=parts
        ):
            bpy.ops.object.join()
    return parts[0]


def _normalise(shape: MeshFile, path: Path, item: bpy.types.Object) -> None:
    upright = Matrix.Identity(4)
    if shape.up == "Y" and path.suffix.lower() in AXES_FREE:
        upright = Matrix.Rotation(np.pi / 2, 4, "X")
    item.data.transform(Matrix.Scale(shape.scale, 4) @ facing_turn(shape.facing) @ upright)
    points = evaluated_points([item])
    low, high = points.min(axis=0), points.max(axis=0)
    if not np.all(np.isfinite([low, high])) or float((high - low).max()) < 1e-6:
        raise AssetError(f"{path}: the mesh has no size; export it again")
    centre = (low + high) / 2
    item.data.transform(Matrix.Translation(Vector((-centre[0], -centre[1], -low[2]))))
    item.data.update()

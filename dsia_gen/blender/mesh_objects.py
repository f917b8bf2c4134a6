"""Meshes of arrays as objects of Blender, and the rest coordinates that procedural materials read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.procedural.mesh import MeshData

REST_POSITION = "rest_position"
"""POINT FLOAT_VECTOR attribute: undeformed coordinates (metres) that procedural textures are drawn in."""
REST_NORMAL = "rest_normal"
"""CORNER FLOAT_VECTOR attribute: undeformed shading normals, which pick the plane of flat patterns."""
UV = "UVMap"


def to_object(
    data: MeshData, name: str, materials: Sequence[bpy.types.Material], smooth_angle: float = np.radians(40)
) -> bpy.types.Object:
    """A mesh object in the scene's collection, with rest coordinates, UVs and the materials of its slots.

    Edges of smooth faces that turn by more than `smooth_angle` radians stay sharp.
    """
    mesh_block = bpy.data.meshes.new(name)
    # Rest coordinates first: the stored rest attributes and sharp edges come from them.
    shape = data.vertices if data.rest is None else data.rest
    mesh_block.vertices.add(len(shape))
    mesh_block.vertices.foreach_set("co", shape.astype(np.float32).ravel())
    mesh_block.loops.add(len(data.corners))
    mesh_block.loops.foreach_set("vertex_index", data.corners)
    mesh_block.polygons.add(len(data.sizes))
    mesh_block.polygons.foreach_set("loop_start", (np.cumsum(data.sizes) - data.sizes).astype(np.int32))
    mesh_block.polygons.foreach_set("material_index", data.slots)
    mesh_block.polygons.foreach_set("use_smooth", data.smooth)
    mesh_block.update(calc_edges=True)
    if data.uv is not None:
        mesh_block.uv_layers.new(name=UV).uv.foreach_set("vector", data.uv.astype(np.float32).ravel())
    for material in materials:
        mesh_block.materials.append(material)
    mesh_block.set_sharp_from_angle(angle=float(smooth_angle))
    write_rest_position(mesh_block)
    if data.rest is not None:
        mesh_block.vertices.foreach_set("co", data.vertices.astype(np.float32).ravel())
        mesh_block.update()
    item = bpy.data.objects.new(name, mesh_block)
    bpy.context.scene.collection.objects.link(item)
    return item


def write_rest_position(mesh: bpy.types.Mesh, vertices: NDArray[np.floating[Any]] | None = None) -> None:
    """Store undeformed coordinates and normals in the attributes that procedural materials read.

    vertices: (V, 3), metres; the mesh's own coordinates where None. The normals are always the mesh's own.
    """
    if vertices is None:
        vertices = mesh_array(mesh.vertices, "co", 3, np.float32)
    normals = mesh_array(mesh.corner_normals, "vector", 3, np.float32)
    _write_vectors(mesh, REST_POSITION, "POINT", np.asarray(vertices, dtype=np.float32))
    _write_vectors(mesh, REST_NORMAL, "CORNER", normals)


def _write_vectors(mesh: bpy.types.Mesh, name: str, domain: str, values: NDArray[np.float32]) -> None:
    attribute = mesh.attributes.get(name) or mesh.attributes.new(name, "FLOAT_VECTOR", domain)
    attribute.data.foreach_set("vector", np.ascontiguousarray(values).reshape(-1))


def mesh_array(items: Any, name: str, width: int = 1, dtype: Any = np.int32) -> NDArray[Any]:
    """A property of all items of a collection: (N,), or (N, width) where width is above 1."""
    values = np.empty(len(items) * width, dtype=dtype)
    items.foreach_get(name, values)
    return values if width == 1 else values.reshape(-1, width)

"""Hashes of meshes of the built-in library, which are the same on all machines."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.procedural.mesh import MeshData

HASH_DIGITS = 16


def mesh_hash(data: MeshData, *more: ArrayLike) -> str:
    """Of vertices and texture coordinates as Blender stores them, in single precision, and of the faces; `more` are
    further arrays in single precision, such as skinning weights.
    """
    floats = [values for values in (data.vertices, data.uv, data.rest, *more) if values is not None]
    arrays = [np.asarray(values, dtype=np.float32) for values in floats]
    digest = hashlib.sha256()
    for array in (*arrays, data.corners, data.sizes, data.slots, data.smooth):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:HASH_DIGITS]

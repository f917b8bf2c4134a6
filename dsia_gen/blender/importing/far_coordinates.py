"""Models far from their origin, as map coordinates put them: Blender's single precision would make them ragged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array

FAR = 500.0
"""Sizes of a model from the origin at which it is moved back: single precision then has a ten-thousandth of a size."""
_STEP = 2.0**-23
"""The step between numbers of single precision, as a share of them."""
_WORST = 1e-3
"""The largest step of coordinates that is accepted, as a share of the model's size."""


def far_from_origin(objects: Sequence[bpy.types.Object]) -> Array | None:
    """The middle (3,) of models that lie further from the origin than FAR times their size, in whole units."""
    boxes = [corners for item in meshes(objects) if len(corners := _corners(item))]
    if not boxes:
        return None
    points = np.concatenate(boxes)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    size, away = float(np.ptp(points, axis=0).max()), float(np.abs(middle).max())
    return np.round(middle) if np.isfinite(away) and away > max(FAR * size, 1e-9) else None


def bring_back(objects: Sequence[bpy.types.Object], middle: Array) -> None:
    """Move the outermost objects by `-middle`."""
    for item in objects:
        if item.parent is None:
            item.matrix_world.translation -= Vector(middle)
    bpy.context.view_layer.update()


def require_precision(objects: Sequence[bpy.types.Object], middle: Array, path: Path) -> None:
    """Raise AssetError when single precision has spoilt the shape of models that lay around `middle`."""
    roots = {(item.parent or item).name for item in meshes(objects)}
    steps = [_STEP * float(np.abs(middle).max())] if len(roots) > 1 else []
    size = max((float(np.ptp(_corners(item), axis=0).max()) for item in meshes(objects)), default=0.0)
    for item in meshes(objects):
        local = np.array(item.bound_box, dtype=np.float64)
        scale = max(abs(s) for s in item.matrix_world.to_scale())
        steps.append(_STEP * float(np.abs(local).max()) * scale)
    if max(steps, default=0.0) > _WORST * size:
        raise AssetError(
            f"{path} lies {float(np.abs(middle).max()):,.0f} units from its origin, where its format keeps coordinates "
            f"in steps of {max(steps):.2g} units: the shape is spoilt; move it to the origin and export it again"
        )


def _corners(item: bpy.types.Object) -> Array:
    """(8, 3) corners of the box of a mesh in world space, in double precision; (0, 3) of an empty one."""
    if not len(item.data.vertices):
        return np.zeros((0, 3))
    matrix = np.array(item.matrix_world, dtype=np.float64)
    corners: Array = np.array(item.bound_box, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return corners

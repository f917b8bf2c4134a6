"""Values over time as F-curves: one key at each integer frame, linear between, frame = time index."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.blender.compat import channel_bag
from dsia_gen.core.rotations import continuous

_LINEAR = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value


def key_values(block: Any, path: str, values: ArrayLike, first: int = 0) -> None:
    """Keyframe `block.path` at frames first, first + 1, ...

    block:  any data block that can be animated (object, light, node tree).
    values: (T,) for a single number, (T, C) for C components of a vector.
    """
    table = np.asarray(values, dtype=np.float32)
    columns = table.reshape(len(table), -1).T
    bag = channel_bag(block)
    for index, column in enumerate(columns):
        curve = bag.fcurves.new(path, index=index)
        curve.keyframe_points.add(len(column))
        frames = np.arange(first, first + len(column), dtype=np.float32)
        curve.keyframe_points.foreach_set("co", np.stack([frames, column], axis=1).ravel())
        curve.keyframe_points.foreach_set("interpolation", np.full(len(column), _LINEAR, dtype=np.int32))
        curve.update()


def key_transform(target: Any, positions: ArrayLike, rotations: ArrayLike, first: int = 0) -> None:
    """Keyframe location (T, 3) metres and rotation (T, 4) quaternions w, x, y, z of an object, from frame `first` on.

    Signs of successive quaternions are made to agree, so that what lies between frames takes the short way.
    """
    target.rotation_mode = "QUATERNION"
    key_values(target, "location", positions, first)
    key_values(target, "rotation_quaternion", continuous(np.asarray(rotations, dtype=np.float64)), first)

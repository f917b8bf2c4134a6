"""Renders without the viewport: Blender evaluates every shape for the render and for the viewport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

SHAPES = frozenset(("MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "POINTCLOUD", "VOLUME"))


@contextmanager
def without_viewport() -> Iterator[None]:
    """Shapes are hidden from the viewport, and from it alone, inside the block.

    Armatures, whose poses are read from the scene, and all that other shapes depend on are evaluated as before.
    """
    shown = [item for item in bpy.context.scene.objects if item.type in SHAPES and not item.hide_viewport]
    for item in shown:
        item.hide_viewport = True
    try:
        yield
    finally:
        for item in shown:
            item.hide_viewport = False

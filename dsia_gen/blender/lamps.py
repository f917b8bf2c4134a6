"""Lamps of a specification."""

from __future__ import annotations

from typing import Any

import bpy

from dsia_gen.blender.keyframes import key_values
from dsia_gen.blender.object_motion import animate
from dsia_gen.spec.light import Lamp

_SIZE = {"sun": "angle", "area": "size", "point": "shadow_soft_size", "spot": "shadow_soft_size"}


def build_lamp(lamp: Lamp, name: str, times: int) -> Any:
    """A light object of the scene, with power and colour keyed when they change. Cameras do not see the lamp itself."""
    data = bpy.data.lights.new(name, lamp.kind.upper())
    setattr(data, _SIZE[lamp.kind], lamp.size)
    data.energy = lamp.power.at(0)
    data.color = lamp.colour.at(0)
    if len(lamp.power.values) > 1:
        key_values(data, "energy", lamp.power.values)
    if len(lamp.colour.values) > 1:
        key_values(data, "color", lamp.colour.values)
    light = bpy.data.objects.new(name, data)
    # An emitting rectangle in view would have no triangles in the frozen geometry.
    light.visible_camera = False
    bpy.context.scene.collection.objects.link(light)
    animate(light, lamp.motion, times)
    return light

"""A white room without walls: flat pieces seen from straight above, in scene-linear colour."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.compat import default_nodes


def empty_stage(across: float, width: int, height: int, samples: int) -> None:
    """An orthographic camera above the origin that sees `across` metres, under an even white sky."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 1
    scene.cycles.filter_width = 0.01
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.world = bpy.data.worlds.new("sky")
    default_nodes(scene.world).nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    data = bpy.data.cameras.new("camera")
    data.type, data.ortho_scale = "ORTHO", across
    camera = bpy.data.objects.new("camera", data)
    camera.location.z = 5.0
    scene.collection.objects.link(camera)
    scene.camera = camera


def picture(folder: Path) -> NDArray[np.float32]:
    """(H, W, 4) scene-linear RGBA, row 0 at the top."""
    scene = bpy.context.scene
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(folder / "picture.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    values = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    result = values.reshape(image.size[1], image.size[0], 4)[::-1]
    bpy.data.images.remove(image)
    return result

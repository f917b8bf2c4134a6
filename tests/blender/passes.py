"""Cycles' own depth, index and vector passes, one sample through each pixel's centre, to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import OpenEXR
from numpy.typing import NDArray

from dsia_gen.blender.camera import set_pose
from dsia_gen.blender.compat import set_image_format
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.views import View

BACKGROUND = 1e9
"""Cycles gives pixels without a surface a depth beyond this."""


def render_passes(camera: Any, spec: CameraSpec, view: View, folder: Path) -> dict[str, NDArray[np.float32]]:
    """Z (H, W), index (H, W) and vector (H, W, 4) of a view of the current scene."""
    scene = bpy.context.scene
    scene.cycles.samples = 1
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.render.use_persistent_data = False
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_object_index = layer.use_pass_vector = True
    set_image_format(scene.render.image_settings, "OPEN_EXR_MULTILAYER", mode="RGBA", depth="32", codec="ZIP")
    scene.frame_set(view.time)
    set_pose(camera, spec, view.pose)
    scene.render.filepath = str(folder / f"{view.key}.exr")
    bpy.ops.render.render(write_still=True)
    return _read(Path(scene.render.filepath))


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name.split(".", 1)[1]: np.array(c.pixels) for name, c in file.channels().items()}
    vector = np.stack([channels[f"Vector.{axis}"] for axis in "XYZW"], axis=-1)
    depth = next(channels[name] for name in channels if name.startswith("Depth."))
    index = next(channels[name] for name in channels if name.startswith("IndexOB."))
    return {"depth": depth, "index": index, "vector": vector}

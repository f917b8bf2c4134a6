"""Cycles' own depth, index and vector passes, one sample through each pixel's centre, to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import OpenEXR
from numpy.typing import NDArray

from dsia_gen.annotate.view import ViewTruth
from dsia_gen.blender.compat import set_image_format
from dsia_gen.blender.render_camera import set_pose
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.views import View

Passes = dict[str, NDArray[np.float32]]
BACKGROUND = 1e9
"""Cycles gives pixels without a surface a depth beyond this."""


def render_passes(camera: Any, spec: CameraSpec, view: View, folder: Path) -> Passes:
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


def on_the_same(theirs: Passes, ours: ViewTruth) -> NDArray[np.bool_]:
    """(H, W) pixels in which Cycles and the annotator see the same instance, with a surface."""
    seen = np.isfinite(ours.depth) & (theirs["depth"] < BACKGROUND)
    return np.asarray((theirs["index"] == ours.instances) & seen)


def depth_error(theirs: Passes, ours: ViewTruth, where: NDArray[np.bool_]) -> float:
    """99th percentile of the relative difference of depth over pixels `where`."""
    return float(np.percentile((np.abs(theirs["depth"] - ours.depth) / ours.depth)[where], 99))


def flow_error(theirs: Passes, flow: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """99th percentile, in pixels, of the difference of flow (H, W, 2) to the next frame over pixels `where`."""
    # Blender stores the vector to the next frame negated, with y up.
    forward = np.stack([-theirs["vector"][..., 2], theirs["vector"][..., 3]], axis=-1)
    return float(np.percentile(np.linalg.norm(forward - flow, axis=-1)[where], 99))


INDEX = ("IndexOB", "Object Index")
"""Names of the pass of object indices, up to Blender 4.5 and from 5.0 on."""


def _read(path: Path) -> Passes:
    # A multilayer EXR is one part up to Blender 4.5, and from 5.0 on one part a pass.
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {
            name.split(".", 1)[1]: np.array(channel.pixels)
            for part in file.parts
            for name, channel in part.channels.items()
        }
    vector = np.stack([channels[f"Vector.{axis}"] for axis in "XYZW"], axis=-1)
    depth = next(channels[name] for name in channels if name.startswith("Depth."))
    index = next(channels[name] for name in channels if name.rpartition(".")[0] in INDEX)
    return {"depth": depth, "index": index, "vector": vector}

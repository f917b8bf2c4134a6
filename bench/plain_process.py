"""The plain loop: every picture of every pair in one Blender process, as one writes it first.

`python -m bench.plain_process < REQUEST.json`; a JSON line on stdout for each picture. The scene and the cameras are
the specification's; everything else is what Blender sets, apart from the samples and the denoiser.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench.messages import BenchEvent, BenchRequest
from dsia_gen.blender.worker import read_spec, start_blender
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES


def main(request: BenchRequest, emit: Emit) -> None:
    """For each pair: I1, I2, Igt."""
    asked = request.model_dump()
    spec = read_spec(request.spec)
    camera = _prepare(spec, asked)
    import bpy

    from dsia_gen.blender.render_camera import set_pose

    for pair in spec.pairs:
        for role in ROLES:
            begun = time.perf_counter()
            view = pair.view(role)
            bpy.context.scene.frame_set(view.time)
            set_pose(camera, spec.camera, view.pose)
            bpy.context.scene.render.filepath = str(Path(asked["out"]) / f"{pair.index:04d}_{role}.png")
            bpy.ops.render.render(write_still=True)
            emit(BenchEvent(event="picture", pair=pair.index, role=role, seconds=time.perf_counter() - begun))


def _prepare(spec: SceneSpec, asked: dict[str, Any]) -> Any:
    """The scene, its camera, and the few settings of a plain script."""
    resolve = start_blender(None)
    import bpy

    from dsia_gen.blender.build import build_scene
    from dsia_gen.blender.device import choose_device
    from dsia_gen.blender.render_camera import make_camera

    choose_device(asked["device"])
    build_scene(spec, resolve)
    camera = make_camera(spec.camera)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.view_settings.exposure = spec.render.exposure
    scene.view_settings.view_transform = spec.render.transform
    scene.cycles.samples = asked["samples"]
    scene.cycles.use_denoising = True
    return camera


if __name__ == "__main__":
    serve_and_exit(BenchRequest, main)

"""A Blender process that renders a scene under many settings: `python -m bench.cycles_process < REQUEST.json`.

A JSON line on stdout for each picture: variant, view, wall seconds, processor seconds. See `bench.cycles`, which asks.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench.messages import BenchEvent, BenchRequest
from dsia_gen.blender.worker import read_spec, start_blender
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View


def main(request: BenchRequest, emit: Emit) -> None:
    """Build the scene once, then render each view under each variant in turn, so that noise falls on all alike."""
    asked = request.model_dump()
    spec = read_spec(request.spec)
    resolve = start_blender(None)
    from dsia_gen.blender.build import build_scene
    from dsia_gen.blender.device import choose_device
    from dsia_gen.blender.render_camera import make_camera, set_pose

    choose_device(asked["device"])
    build_scene(spec, resolve)
    camera = make_camera(spec.camera)
    _show_window(asked["window"])
    for key in asked["views"]:
        view = View(*key)
        set_pose(camera, spec.camera, view.pose)
        for name, settings in asked["variants"].items():
            _shoot(emit, spec, view, name, settings, asked)


def _show_window(share: float) -> None:
    """Render only the middle of the picture, `share` of its width and height."""
    import bpy

    render = bpy.context.scene.render
    render.use_border = render.use_crop_to_border = True
    render.border_min_x = render.border_min_y = (1 - share) / 2
    render.border_max_x = render.border_max_y = (1 + share) / 2


def _shoot(emit: Emit, spec: SceneSpec, view: View, name: str, settings: dict[str, Any], asked: dict[str, Any]) -> None:
    import bpy

    from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_image, set_seed, view_seed

    scene = bpy.context.scene
    prepare_render(spec.render, asked["threads"])
    # a change of settings between renders of one frame is not always heard with persistent data
    scene.render.use_persistent_data = False
    kept = _set(scene.cycles, settings)
    scene.frame_set(view.time)
    set_seed(view_seed(view) + asked["seed"])
    path = Path(asked["out"]) / f"{name}_{view.key}.png"
    begun, before = time.perf_counter(), time.process_time()
    render_image(ViewFiles(path))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - before
    _set(scene.cycles, kept)
    emit(BenchEvent(event="shot", variant=name, view=list(view), seconds=seconds, cpu=cpu, path=str(path)))


def _set(cycles: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Set attributes; what they were, for not all of them are set again for the next image."""
    kept = {attribute: getattr(cycles, attribute) for attribute in settings}
    for attribute, value in settings.items():
        setattr(cycles, attribute, value)
    return kept


if __name__ == "__main__":
    serve_and_exit(BenchRequest, main)

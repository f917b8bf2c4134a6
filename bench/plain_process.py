"""The plain loop: every picture of every pair in one Blender process, as one writes it first.

`python -m bench.plain_process < REQUEST.json`; a JSON line on stdout for each picture. The scene and the cameras are
the specification's. Without `blend` the scene is built, and everything else is what Blender sets, apart from the
samples and the denoiser. `save` builds it with the job's settings into a .blend and renders nothing; `blend` opens such
a file and keeps its settings. With `shared` each distinct view is rendered once, as one does who counts them by hand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.messages import BenchEvent, BenchRequest
from dsia_gen.blender import worker
from dsia_gen.core.cpus import cores
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES, View
from dsia_gen.spec.worker_messages import RenderRequest


def main(request: BenchRequest, emit: Emit) -> None:
    """For each pair: I1, I2, Igt."""
    asked = request.model_dump()
    spec = worker.read_spec(request.spec)
    if asked.get("save"):
        _save(spec, request, Path(asked["save"]), emit)
        return
    camera = _opened(spec, asked["blend"]) if asked.get("blend") else _prepare(spec, asked)
    import bpy

    from dsia_gen.blender.render_camera import set_pose

    for name, view in _pictures(spec, shared=bool(asked.get("shared"))):
        with _told(emit, "picture"):
            bpy.context.scene.frame_set(view.time)
            set_pose(camera, spec.camera, view.pose)
            bpy.context.scene.render.filepath = str(Path(asked["out"]) / f"{name}.png")
            bpy.ops.render.render(write_still=True)


def _pictures(spec: SceneSpec, *, shared: bool) -> list[tuple[str, View]]:
    """Names and views of what is rendered, in order."""
    if shared:
        return [(view.key, view) for view in spec.views()]
    return [(f"{pair.index:04d}_{role}", pair.view(role)) for pair in spec.pairs for role in ROLES]


@contextmanager
def _told(emit: Emit, event: str) -> Iterator[None]:
    """Tell wall and processor seconds of the block."""
    begun, cpu = time.perf_counter(), time.process_time()
    yield
    emit(BenchEvent.model_validate(
        {"event": event, "seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    ))  # fmt: skip


def _prepare(spec: SceneSpec, asked: dict[str, Any]) -> Any:
    """The scene, its camera, and the few settings of a plain script."""
    resolve = worker.start_blender(None)
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


def _save(spec: SceneSpec, request: BenchRequest, path: Path, emit: Emit) -> None:
    """Build the scene as the job does, and save it as `scene build` does."""
    resolve = worker.start_blender(None)
    from dsia_gen.blender.build import build_scene

    with _told(emit, "built"):
        build_scene(spec, resolve, cores())
    worker.save(spec, RenderRequest(spec=request.spec, out=request.out, blend=path))


def _opened(spec: SceneSpec, blend: str) -> Any:
    """The camera of a scene that a .blend holds, free to be moved."""
    import bpy

    from dsia_gen.blender.render_camera import replace_camera

    bpy.ops.wm.open_mainfile(filepath=blend)
    return replace_camera(spec.camera)


if __name__ == "__main__":
    serve_and_exit(BenchRequest, main)

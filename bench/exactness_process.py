"""A Blender process that holds ground truth against Cycles' passes: `python -m bench.exactness_process < REQUEST.json`.

One JSON line on stdout: how the first view of the specification agrees. See `bench.exactness`, which asks.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.messages import BenchEvent, BenchRequest
from dsia_gen.blender.worker import read_spec, start_blender
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View


def main(request: BenchRequest, emit: Emit) -> None:
    """Build, freeze, render the passes of one view, compare."""
    asked = request.model_dump()
    spec = read_spec(request.spec)
    resolve = start_blender(None)
    emit(BenchEvent(event="agreement", **agreement(spec, resolve, asked["device"])))


def agreement(spec: SceneSpec, resolve: Any, device: str) -> dict[str, float]:
    """Share of ids that differ, and 99th percentiles of depth (relative) and of flow to the next frame (px)."""
    from dsia_gen.annotate.flow import annotate_flow
    from dsia_gen.annotate.rays import FrozenScene
    from dsia_gen.annotate.view import annotate_view
    from dsia_gen.blender.build import build_scene
    from dsia_gen.blender.cycles import prepare_render
    from dsia_gen.blender.device import choose_device
    from dsia_gen.blender.freeze import freeze_scene
    from dsia_gen.blender.render_camera import make_camera
    from tests.blender.passes import depth_error, flow_error, on_the_same, render_passes

    choose_device(device)
    build_scene(spec, resolve)
    prepare_render(spec.render, 0)
    camera = make_camera(spec.camera)
    now = spec.pairs[0].view("1")
    after = View(now.time + 1, now.pose)
    frozen = FrozenScene(freeze_scene((now.time, after.time)))
    ours = annotate_view(frozen.at(now.time), spec.camera, now)
    flow = annotate_flow(ours, frozen.at(after.time), spec.camera, after).flow
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        theirs = render_passes(camera, spec.camera, now, Path(folder))
    sure = ~ours.unreliable
    same = sure & on_the_same(theirs, ours)
    return {
        "ids": float((theirs["index"] != ours.instances)[sure].mean()),
        "depth": depth_error(theirs, ours, same),
        "flow": flow_error(theirs, flow, same & (ours.instances > 0)),
    }


if __name__ == "__main__":
    serve_and_exit(BenchRequest, main)

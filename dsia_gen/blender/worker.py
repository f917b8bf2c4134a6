"""The Blender worker: one process a scene, `RenderRequest`s in, images and frozen geometry out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dsia_gen.core.collector import without_collection
from dsia_gen.core.errors import WorkerError
from dsia_gen.core.gpu_turns import gpu_turn
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.core.stopwatch import Stopwatch
from dsia_gen.core.system import peak_memory
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View
from dsia_gen.spec.worker_messages import (
    WAIT,
    RenderRequest,
    StageEnded,
    TurnAwaited,
    ViewRendered,
    draft_folder,
    rendered_file,
)

if TYPE_CHECKING:
    from dsia_gen.blender.asset_files import Resolve


DRAFT_SAMPLES, DRAFT_PERCENT = 4, 50
"""Paths a pixel of a draft, and its width in percent of the image's."""


class SceneWorker:
    """Answers requests for one scene, which is built for the first of them and kept."""

    def __init__(self) -> None:
        self._built: SceneSpec | None = None

    def answer(self, request: RenderRequest, emit: Emit) -> None:
        """Save or render the scene of a request; an event for each stage and each view."""
        spec = read_spec(request.spec)
        views = chosen_views(spec, request.views)
        watch = Stopwatch(lambda name, seconds: emit(StageEnded(name=name, seconds=seconds)))
        if self._built is None:
            with watch.stage("import"):
                resolve = start_blender(request.assets)
        elif spec.model_copy(update={"pairs": self._built.pairs}) != self._built:
            raise WorkerError(f"{request.spec} is of another scene than the one that this process has built")
        # Blender must be there before anything that needs bpy is imported.
        from dsia_gen.blender.build import build_scene
        from dsia_gen.blender.device import choose_device
        from dsia_gen.core.cpus import cores

        device = None if request.blend is not None else choose_device(request.device)
        if self._built is None:
            with watch.stage("build"):
                build_scene(spec, resolve, request.threads or cores())
            self._built = spec
        if request.blend is not None or device is None:
            with watch.stage("save"):
                save(spec, request)
            return
        if request.drafts:
            with watch.stage("drafts"):
                render_drafts(spec, views, request)
        triangles = 0
        if request.geometry:
            with watch.stage("freeze"):
                triangles = freeze(spec, request)
        with turn(device.id if request.in_turn else "", watch, emit), watch.stage("render"):
            view_seconds = render(spec, views, request, emit)
        peak = peak_memory()
        write_report(
            request,
            {
                "device": {"asked": request.device, "type": device.type, "name": device.name},
                "seconds": {name: round(seconds, 4) for name, seconds in watch.seconds.items()},
                "view_seconds": view_seconds,
                "peak_memory_mib": None if peak is None else round(peak / 2**20, 1),
                "triangles": triangles,
            },
        )


def load() -> None:
    """Import Blender, and what builds and renders scenes; without Blender nothing, which an answer then says."""
    with suppress(ImportError), without_collection():
        import dsia_gen.blender.build
        import dsia_gen.blender.cycles
        import dsia_gen.blender.device
        import dsia_gen.blender.freeze  # noqa: F401


def render_scene(request: RenderRequest, emit: Emit) -> None:
    """Build the scene of a request, then save it or render it."""
    SceneWorker().answer(request, emit)


@contextmanager
def turn(gpu: str, watch: Stopwatch, emit: Emit) -> Iterator[None]:
    """Be the only scene that renders on a GPU, given by its id; without an id there is nothing to wait for."""
    with ExitStack() as stack:
        if gpu:
            with watch.stage(WAIT):
                stack.enter_context(gpu_turn(gpu, lambda: emit(TurnAwaited())))
        yield


def freeze(spec: SceneSpec, request: RenderRequest) -> int:
    """Write the geometry of the scene that is built at the times of its views; the number of its triangles."""
    from dsia_gen.blender.freeze import freeze_scene
    from dsia_gen.core.io import replacing

    geometry = freeze_scene(spec.view_times(), rest=request.rest)
    with replacing(request.out / "geometry.npz") as path:
        geometry.save(path)
    return sum(len(part.triangles) for part in geometry.parts)


def write_report(request: RenderRequest, report: dict[str, object]) -> None:
    """Write worker.json, the last file of an answer."""
    from dsia_gen.blender.compat import blender_version
    from dsia_gen.core.io import replacing

    with replacing(request.out / "worker.json") as path:
        path.write_text(json.dumps({"blender": blender_version(), **report}, indent=2) + "\n", encoding="utf-8")


def read_spec(path: Path) -> SceneSpec:
    """The specification in a JSON file; WorkerError when it is not one."""
    try:
        return SceneSpec.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "document"
        raise WorkerError(f"{path} is not a scene specification: {where}: {first['msg']}") from error


def chosen_views(spec: SceneSpec, keys: Sequence[str] | None) -> tuple[View, ...]:
    """The views named by `keys`, in rendering order; all of them for None. WorkerError for an unknown key."""
    views = spec.views()
    if keys is None:
        return views
    unknown = sorted(set(keys) - {view.key for view in views})
    if unknown:
        raise WorkerError(f"view {unknown[0]!r} is not one of {', '.join(view.key for view in views)}")
    return tuple(view for view in views if view.key in keys)


def start_blender(assets: Path | None) -> Resolve:
    """Import Blender and empty it; the resolver of asset files."""
    try:
        import bpy  # noqa: F401
    except ImportError as error:
        raise WorkerError(f"Blender cannot be loaded ({error}), run 'dsia-gen doctor' for the next step") from error
    from dsia_gen.blender.asset_files import resolver
    from dsia_gen.blender.build import empty_scene
    from dsia_gen.blender.compat import check_version

    check_version()
    empty_scene()
    return resolver(assets)


def render(spec: SceneSpec, views: Sequence[View], request: RenderRequest, emit: Emit) -> dict[str, float]:
    """Write the images of `views` of the scene that is built; the seconds of each view by its key."""
    from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_blurred, render_views
    from dsia_gen.blender.render_camera import replace_camera

    prepare_render(spec.render, request.threads)
    unknown = set(request.outputs) - {"image", "linear", "image_blurred"}
    if unknown:
        raise WorkerError(f"Blender renders image, linear and image_blurred, not {', '.join(sorted(unknown))}")
    camera, out = replace_camera(spec.camera), request.out
    linear = {view: rendered_file(out, "linear", view) if "linear" in request.outputs else None for view in views}
    files = [(view, ViewFiles(rendered_file(out, "image", view), linear[view])) for view in views]
    seconds_of: dict[str, float] = {}
    for view, seconds in render_views(camera, spec.camera, files, request.seed):
        seconds_of[view.key] = seconds
        emit(ViewRendered(key=view.key, seconds=seconds))
    if "image_blurred" in request.outputs:
        blurred = [(view, ViewFiles(rendered_file(out, "image_blurred", view))) for view in views]
        for view, seconds in render_blurred(camera, spec, blurred, request.seed):
            seconds_of[view.key] += seconds
    return {key: round(seconds, 4) for key, seconds in seconds_of.items()}


def render_drafts(spec: SceneSpec, views: Sequence[View], request: RenderRequest) -> None:
    """Write small images of `views` of the scene that is built, with a few samples."""
    from dsia_gen.blender.cycles import ViewFiles, draft_quality, prepare_render, render_views
    from dsia_gen.blender.render_camera import make_camera

    camera = make_camera(spec.camera, "dsia_draft_camera")
    quality = {"samples": min(DRAFT_SAMPLES, spec.render.samples), "adaptive_threshold": 0.0, "denoise": True}
    prepare_render(spec.render.model_copy(update=quality), request.threads)
    files = [(view, ViewFiles(rendered_file(draft_folder(request.out), "image", view))) for view in views]
    with draft_quality(DRAFT_PERCENT):
        for _ in render_views(camera, spec.camera, files, request.seed):
            pass


def save(spec: SceneSpec, request: RenderRequest) -> None:
    """Save the scene that is built as a .blend that a person can open, scrub and render."""
    from dsia_gen.blender.cycles import prepare_render
    from dsia_gen.blender.render_camera import key_path, replace_camera
    from dsia_gen.blender.save import save_blend

    assert request.blend is not None
    prepare_render(spec.render, request.threads)
    key_path(replace_camera(spec.camera), spec.camera)
    save_blend(request.blend)


if __name__ == "__main__":
    serve_and_exit(RenderRequest, SceneWorker().answer, many=True, load=load)

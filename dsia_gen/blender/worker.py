"""The Blender worker: one process a scene, a specification in, pictures and frozen geometry out.

    python -m dsia_gen.blender.worker --spec spec.json --out DIR

writes DIR/geometry.npz, DIR/images/<view>.png, DIR/linear/<view>.exr (with --linear), DIR/blurred/<view>.png (with
--blurred) and, last, DIR/worker.json.
Progress and errors are JSON lines on stdout; everything that Blender says goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dsia_gen.blender.events import Emit, claimed_stdout
from dsia_gen.blender.stopwatch import Stopwatch, peak_memory_mib
from dsia_gen.core.errors import DsiaError, StorageError, WorkerError
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View

if TYPE_CHECKING:
    from dsia_gen.blender.asset_files import Resolve
    from dsia_gen.blender.device import Device


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dsia_gen.blender.worker", description="Render one scene.")
    parser.add_argument("--spec", type=Path, required=True, help="the scene's specification (JSON)")
    parser.add_argument("--out", type=Path, help="folder for the results")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, optix, hip, oneapi or metal")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 uses all cores")
    parser.add_argument("--assets", type=Path, help="folder of the files with root 'user'")
    parser.add_argument("--linear", action="store_true", help="write scene-linear EXR too")
    parser.add_argument("--blurred", action="store_true", help="render each view with an open shutter too")
    parser.add_argument("--views", type=lambda text: text.split(","), help="only these views, e.g. t0000_p0000,...")
    parser.add_argument("--seed", type=int, help="one Cycles seed for all views instead of each view's own")
    parser.add_argument("--blend", type=Path, help="save the scene as a .blend here instead of rendering")
    return parser


@dataclass
class Job:
    """One run of the worker: what was asked for, and what is measured on the way."""

    args: argparse.Namespace
    spec: SceneSpec
    emit: Emit
    watch: Stopwatch = field(default_factory=Stopwatch)
    view_seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage and tell when it is over."""
        with self.watch.stage(name):
            yield
        self.emit("stage", name=name, seconds=self.watch.seconds[name])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the worker; its exit code."""
    args = _arguments().parse_args(argv)
    with claimed_stdout() as emit:
        try:
            run(Job(args, read_spec(args.spec), emit))
        except DsiaError as error:
            emit("error", kind=type(error).__name__, message=str(error))
            return error.exit_code
        except OSError as error:
            emit("error", kind=StorageError.__name__, message=f"{error}; check the disk and its permissions")
            return StorageError.exit_code
        except Exception as error:
            traceback.print_exc()
            emit("error", kind=WorkerError.__name__, message=f"{type(error).__name__}: {error}")
            return WorkerError.exit_code
    return 0


def read_spec(path: Path) -> SceneSpec:
    """The specification in a JSON file; WorkerError when it is not one."""
    try:
        return SceneSpec.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "document"
        raise WorkerError(f"{path} is not a scene specification: {where}: {first['msg']}") from error


def run(job: Job) -> None:
    """Build the scene, then save it or render it."""
    views = chosen_views(job.spec, job.args.views)
    if job.args.out is None and job.args.blend is None:
        raise WorkerError("nothing to do, give --out or --blend")
    with job.stage("import"):
        resolve = start_blender(job.args.assets)
    device = None if job.args.blend is not None else choose(job)
    with job.stage("build"):
        build(job, resolve)
    if device is None:
        with job.stage("save"):
            save(job)
        return
    with job.stage("freeze"):
        triangles = freeze(job)
    with job.stage("render"):
        render(job, views)
    report(job, device, triangles)


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


def build(job: Job, resolve: Resolve) -> None:
    """The scene of the specification."""
    from dsia_gen.blender.build import build_scene

    build_scene(job.spec, resolve)


def choose(job: Job) -> Device:
    """The device that renders, enabled."""
    from dsia_gen.blender.device import choose_device

    device = choose_device(job.args.device)
    job.emit("device", type=device.type, name=device.name)
    return device


def freeze(job: Job) -> int:
    """Write geometry.npz; the number of triangles."""
    from dsia_gen.blender.asset_files import written_whole
    from dsia_gen.blender.freeze import freeze_scene

    geometry = freeze_scene(job.spec.view_times())
    with written_whole(job.args.out / "geometry.npz") as path:
        geometry.save(path)
    return sum(len(part.triangles) for part in geometry.parts)


def render(job: Job, views: Sequence[View]) -> None:
    """Write the pictures of `views`."""
    from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_blurred, render_views
    from dsia_gen.blender.render_camera import make_camera

    out: Path = job.args.out
    prepare_render(job.spec.render, job.args.threads)
    camera = make_camera(job.spec.camera)
    wanted = [
        (view, ViewFiles(out / "images" / f"{view.key}.png", _linear_path(out, view) if job.args.linear else None))
        for view in views
    ]
    for view, seconds in render_views(camera, job.spec.camera, wanted, job.args.seed):
        job.view_seconds[view.key] = seconds
        job.emit("view", key=view.key, seconds=seconds)
    if job.args.blurred:
        blurred = [(view, ViewFiles(out / "blurred" / f"{view.key}.png")) for view in views]
        for view, seconds in render_blurred(camera, job.spec, blurred, job.args.seed):
            job.view_seconds[view.key] += seconds
            job.emit("blurred", key=view.key, seconds=seconds)


def _linear_path(out: Path, view: View) -> Path:
    return out / "linear" / f"{view.key}.exr"


def save(job: Job) -> None:
    """Save the scene as a .blend that a person can open, scrub and render."""
    from dsia_gen.blender.cycles import prepare_render
    from dsia_gen.blender.render_camera import key_path, make_camera
    from dsia_gen.blender.save import save_blend

    prepare_render(job.spec.render, job.args.threads)
    key_path(make_camera(job.spec.camera), job.spec.camera)
    save_blend(job.args.blend)


def report(job: Job, device: Device, triangles: int) -> None:
    """Write worker.json, the sign that everything else is there."""
    import bpy

    from dsia_gen.blender.asset_files import written_whole

    document: dict[str, Any] = {
        "blender": bpy.app.version_string,
        "device": {"asked": job.args.device, "type": device.type, "name": device.name},
        "seconds": job.watch.seconds,
        "view_seconds": job.view_seconds,
        "peak_memory_mib": peak_memory_mib(),
        "triangles": triangles,
    }
    with written_whole(job.args.out / "worker.json") as path:
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All files are on disk. Blender's own clean-up at exit takes time and has been seen to crash.
    os._exit(code)

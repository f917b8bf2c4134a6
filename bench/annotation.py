"""Annotation of one view, with all flows of its pair, against the beauty render of one view."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, ratios, seconds
from bench.scale import Scale, scene_task
from dsia_gen.annotate.pair import annotate_pair
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import annotate_view
from dsia_gen.pipeline.blender_process import run_blender
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.worker_files import WorkerFiles
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES
from dsia_gen.spec.worker_messages import RenderRequest, ViewRendered


def measure(scale: Scale) -> list[Figure]:
    """One view and one pair in this process, beside the renders of the same three views."""
    samples: list[float] = []
    notes = []
    for config in scale.configs:
        spec, _ = sample_task(scene_task(scale, config, 1))
        with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
            files, beauty = render(spec, Path(folder))
            geometry = SceneGeometry.load(files.geometry)
        taken = seconds(annotation(spec, geometry), scale.repeats)
        samples += ratios(taken, beauty)
        notes.append(f"{config}: {sum(taken) / len(taken):.2f} s beside {sum(beauty) / len(beauty):.1f} s a render")
    width, height = scale.resolution
    name = "annotation of one view with all flows of a pair / beauty render of one view"
    return [Figure(name, "", tuple(samples), goal=0.05, note=f"{width}x{height}; {'; '.join(notes)}")]


def render(spec: SceneSpec, folder: Path) -> tuple[WorkerFiles, list[float]]:
    """Render a specification; its files, and the seconds of each view."""
    files = WorkerFiles(folder / "worker")
    path = folder / "spec.json"
    path.write_text(readable_json(spec), encoding="utf-8")
    events = run_blender(RenderRequest(spec=path, out=files.folder))
    return files, [event.seconds for event in events if isinstance(event, ViewRendered)]


def annotation(spec: SceneSpec, geometry: SceneGeometry):  # type: ignore[no-untyped-def]
    """A call that annotates one view and makes the six flows, occlusions and masks of its pair; rays included.

    The other two views of the pair and their scenes are ready, as they are for all but the first pair.
    """
    pair = spec.pairs[0]
    frozen = FrozenScene(geometry)
    scenes = {time: frozen.at(time) for time in {pair.t1, pair.t2}}
    views = {role: annotate_view(scenes[pair.view(role).time], spec.camera, pair.view(role)) for role in ROLES}
    outputs = [name for name, output in OUTPUTS.items() if output.scope == "pair" and not output.needs]

    def call() -> None:
        fresh = {**views, "gt": annotate_view(frozen.at(pair.t2), spec.camera, pair.view("gt"))}
        annotate_pair(scenes, spec.camera, pair, fresh, outputs)

    return call

"""A data set as a recording of rerun: cameras, depth, flows, and instances over time.

Entities of a scene are below its name: `<scene>/world/<I1, I2 or Igt>/...` for the views of a pair,
`<scene>/world/instances`, and `<scene>/flow/...` for colours and arrows of flows. Timelines: `pair` counts pairs,
`time` is the index of the time of a view.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.core.escaping import one_line
from dsia_gen.core.io import replacing
from dsia_gen.core.system import has_screen
from dsia_gen.dataset.documents.scene_document import InstanceEntry
from dsia_gen.dataset.processes import Progress
from dsia_gen.dataset.reader import Dataset, Sample, SceneReader
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb, instances_to_rgb
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES, Role

APPLICATION = "dsia_gen"
NAMES: dict[Role, str] = {"1": "I1", "2": "I2", "gt": "Igt"}
ARROWS = 24
"""Arrows of a flow across an image."""
INK = (18, 18, 22)
"""Of arrows: dark on the colours of a flow, which are bright."""
FRUSTUM = 0.3
"""Distance of the image plane from its camera, metres."""
MISSING = "dataset view needs rerun; pip install 'dsia-gen[view]'"


@dataclass(frozen=True)
class Recorded:
    """What a recording holds: its scenes and pairs, and what could not be read."""

    scenes: int
    pairs: int
    problems: tuple[str, ...]


def rerun_module() -> Any:
    """The library; StorageError with the command that installs it."""
    try:
        import rerun
    except ImportError as error:
        raise StorageError(MISSING) from error
    return rerun


def choose_samples(dataset: Dataset, names: Sequence[str], scenes: int) -> Dataset:
    """The samples of the scenes or pairs of these names; without names, those of the first scenes.

    StorageError for a name that is neither.
    """
    if not dataset.rows:
        raise StorageError(f"{dataset.layout.address} has no pairs yet; let `dsia-gen render` finish a scene first")
    if not names:
        first = list(dict.fromkeys(row.scene for row in dataset.rows))[:scenes]
        return dataset.select(scene=first)
    known = {row.scene for row in dataset.rows} | set(dataset.ids)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise StorageError(
            f"{dataset.layout.address} has no scene or pair {one_line(unknown[0])!r}; samples.csv lists both, such as "
            f"{dataset.rows[0].scene} and {dataset.ids[0]}"
        )
    return dataset.select(where=lambda row: row.scene in names or row.sample in names)


def save_recording(dataset: Dataset, file: Path, progress: Progress | None = None) -> Recorded:
    """Write the samples of a data set into an .rrd file, which is whole or not there."""
    rerun = rerun_module()
    with replacing(file) as temporary:
        stream = _stream(rerun, dataset)
        stream.save(temporary, default_blueprint=blueprint(dataset))
        try:
            return _record(rerun, stream, dataset, progress)
        finally:
            stream.flush()
            stream.disconnect()


def show_recording(dataset: Dataset, progress: Progress | None = None) -> Recorded:
    """Open the viewer of rerun, and send it the samples of a data set."""
    rerun = rerun_module()
    if not has_screen():
        raise StorageError(
            "there is no screen for the viewer of rerun; write a file with --save FILE.rrd, and open it where there is "
            "one, or with `rerun FILE.rrd --web-viewer`"
        )
    stream = _stream(rerun, dataset)
    try:
        stream.spawn(default_blueprint=blueprint(dataset))
    except (OSError, RuntimeError, ValueError) as error:
        raise StorageError(
            f"the viewer of rerun cannot be opened ({one_line(str(error))}); write a file with --save FILE.rrd, and "
            "open it where there is a screen"
        ) from error
    try:
        return _record(rerun, stream, dataset, progress)
    finally:
        stream.flush()


def _stream(rerun: Any, dataset: Dataset) -> Any:
    """The recording of this process, which every version of rerun makes in this way."""
    rerun.init(APPLICATION, recording_id=f"{dataset.name}-{dataset.info.content_hash[:12]}")
    return rerun.get_global_data_recording()


def blueprint(dataset: Dataset) -> Any:
    """A tab for each scene: the world, and beside it the images of a pair."""
    import rerun.blueprint as rrb

    tabs = []
    for scene in dict.fromkeys(row.scene for row in dataset.rows):
        views = [rrb.Spatial2DView(origin=f"/{scene}/world/{name}", name=name) for name in NAMES.values()]
        world = rrb.Spatial3DView(origin=f"/{scene}/world", name="world")
        flows = [
            rrb.Spatial2DView(origin=f"/{scene}/flow/{name}", name=f"{NAMES[row.views[0]]} to {NAMES[row.target]}")
            for name, row in OUTPUTS.items()
            if row.kind == "flow" and row.target is not None and name in dataset.outputs
        ]
        images = rrb.Vertical(*views, rrb.Tabs(*flows, name="flow")) if flows else rrb.Vertical(*views)
        tabs.append(rrb.Horizontal(world, images, column_shares=[3, 2], name=scene))
    return rrb.Blueprint(rrb.Tabs(*tabs), collapse_panels=True)


def _record(rerun: Any, stream: Any, dataset: Dataset, progress: Progress | None) -> Recorded:
    problems: list[str] = []
    scenes: dict[str, int] = {}
    with _strict(rerun):
        for number, sample in enumerate(dataset):
            name = sample.scene.name
            try:
                if name not in scenes:
                    scenes[name] = 0
                    _record_scene(rerun, stream, sample.scene)
                _record_pair(rerun, stream, sample, dataset.outputs, problems)
                scenes[name] += 1
            except StorageError as error:
                problems.append(f"{sample.id}: {one_line(str(error))}")
            if progress is not None:
                progress(number + 1, len(dataset))
    stream.reset_time()
    return Recorded(sum(count > 0 for count in scenes.values()), sum(scenes.values()), tuple(dict.fromkeys(problems)))


@contextmanager
def _strict(rerun: Any) -> Iterator[None]:
    """Mistakes in what is logged are errors and no warnings, here alone."""
    rerun.set_strict_mode(True)
    try:
        yield
    finally:
        rerun.set_strict_mode(False)


def _at(stream: Any, timeline: str, index: int) -> None:
    """Set an index on a timeline, as rerun from 0.24 on wants it, and as its last version for NumPy 1 does."""
    if hasattr(stream, "set_time"):
        stream.set_time(timeline, sequence=index)
    else:
        stream.set_time_sequence(timeline, index)


def _record_scene(rerun: Any, stream: Any, scene: SceneReader) -> None:
    """Names and colours of the instances, their paths, and where they are at each time."""
    document, root = scene.document, f"/{scene.name}"
    colours = {entry.id: _colour(entry.id) for entry in document.instances}
    classes = [rerun.AnnotationInfo(id=0, label="environment", color=(24, 24, 28))]
    classes += [rerun.AnnotationInfo(id=e.id, label=_label(e), color=colours[e.id]) for e in document.instances]
    stream.reset_time()
    stream.log(root, rerun.AnnotationContext(classes), static=True)
    stream.log(f"{root}/world", rerun.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
    centres = np.array(document.camera.camera_to_world)[:, :3, 3]
    stream.log(f"{root}/world/camera_path", rerun.LineStrips3D([centres]), static=True)
    moving = [entry for entry in document.instances if len(entry.positions) > 1]
    if moving:
        strips = [np.array(entry.positions) for entry in moving]
        paths = rerun.LineStrips3D(strips, class_ids=[entry.id for entry in moving])
        stream.log(f"{root}/world/instance_paths", paths, static=True)
    if not document.instances:
        return
    times = max(len(entry.positions) for entry in document.instances)
    for time in range(times):
        _at(stream, "time", time)
        stream.log(f"{root}/world/instances", _instances(rerun, document.instances, time))


def _record_pair(rerun: Any, stream: Any, sample: Sample, outputs: Collection[str], problems: list[str]) -> None:
    """Cameras with images, depth, instances and flows of the three views of a pair."""
    root = f"/{sample.scene.name}/world"
    for role in ROLES:
        view = sample.pair.view(role)
        stream.reset_time()
        _at(stream, "pair", sample.pair.index)
        _at(stream, "time", view.time)
        K, pose = sample.camera(role)
        entity = f"{root}/{NAMES[role]}"
        height, width = sample.resolution
        stream.log(entity, rerun.Transform3D(translation=pose[:3, 3], mat3x3=pose[:3, :3]))
        stream.log(
            entity,
            rerun.Pinhole(
                image_from_camera=K, resolution=[width, height], camera_xyz=rerun.ViewCoordinates.RDF,
                image_plane_distance=FRUSTUM,
            ),
        )  # fmt: skip
        for output in _outputs_of(role, outputs):
            view_output = OUTPUTS[output].scope == "view"
            try:
                array = sample.array(output, role if view_output else None)
            except StorageError as error:
                problems.append(f"{sample.id}: {one_line(str(error))}")
                continue
            place = f"{entity}/{output}" if view_output else f"/{sample.scene.name}/flow/{output}"
            for part, archetype in _archetypes(rerun, output, array):
                stream.log(f"{place}{part}", archetype)
    stream.log(f"{root}/instances", _instances(rerun, sample.scene.document.instances, sample.pair.t2))


def _outputs_of(role: Role, outputs: Collection[str]) -> list[str]:
    """Outputs of a data set in the pixels of a view that a recording shows: 8-bit images, depth, instances, flows."""
    found = []
    for name, row in OUTPUTS.items():
        here = row.scope == "view" or (row.kind == "flow" and row.views[0] == role)
        shown = row.kind in ("depth", "label", "flow") or (row.kind == "image" and row.dtype == "uint8")
        if name in outputs and here and shown:
            found.append(name)
    return found


def _archetypes(rerun: Any, output: str, array: NDArray[Any]) -> list[tuple[str, Any]]:
    """What is logged of an array, by the end of its entity's name."""
    match OUTPUTS[output].kind:
        case "image":
            return [("", rerun.Image(array).compress(jpeg_quality=92))]
        case "depth":
            known = np.where(np.isfinite(array), array, 0.0).astype(np.float32)  # 0 is no point of the cloud
            return [("", rerun.DepthImage(known, meter=1.0))]
        case "label":
            return [("", rerun.SegmentationImage(array, opacity=0.35))]
        case "flow":
            return [("", rerun.Image(flow_to_rgb(array, flow_scale(array)))), ("/arrows", _arrows(rerun, array))]
        case kind:
            raise KeyError(f"outputs of kind {kind!r} are not recorded")


def _arrows(rerun: Any, flow: NDArray[np.float32]) -> Any:
    """Arrows on an even grid, from the centres of pixels to where their flow leads."""
    step = max(1, flow.shape[1] // ARROWS)
    rows, columns = np.mgrid[step // 2 : flow.shape[0] : step, step // 2 : flow.shape[1] : step]
    vectors = flow[rows, columns].reshape(-1, 2)
    known = np.isfinite(vectors).all(axis=-1)
    origins = np.stack([columns, rows], axis=-1).reshape(-1, 2)[known] + 0.5
    return rerun.Arrows2D(origins=origins, vectors=vectors[known], colors=INK)


def _instances(rerun: Any, instances: Sequence[InstanceEntry], time: int) -> Any:
    positions = [entry.positions[min(time, len(entry.positions) - 1)] for entry in instances]
    ids = [entry.id for entry in instances]
    labels = [_label(entry) for entry in instances]
    return rerun.Points3D(positions, radii=0.05, class_ids=ids, labels=labels, show_labels=False)


def _label(entry: InstanceEntry) -> str:
    return one_line(entry.name or f"{entry.kind} {entry.id}")


def _colour(number: int) -> tuple[int, ...]:
    return tuple(int(c) for c in instances_to_rgb(np.array([[number]], np.uint16))[0, 0])

"""Checks of files: receipts, completeness, metadata that agrees with the specification, the index."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import DatasetSubject, SampleSubject, SceneSubject, ViewSubject
from dsia_gen.dataset.documents.sample_row import read_samples
from dsia_gen.dataset.index import collect, dataset_hash, read_index, read_job
from dsia_gen.dataset.layout import RUN, SCENE, SPEC, expected_files, sample_id
from dsia_gen.dataset.receipt import mismatches
from dsia_gen.spec.outputs import OUTPUTS

_SCENE_FOLDER = re.compile(r"\d{5,}")


@check("scene")
def receipt_matches(scene: SceneSubject) -> Iterator[Finding]:
    """The files on disk are those of the receipt, neither more nor less, and unchanged."""
    for found in mismatches(scene.reader.folder, scene.receipt, hashes=scene.hashes):
        yield Finding(found.message, found.file)


@check("scene")
def receipt_complete(scene: SceneSubject) -> Iterator[Finding]:
    """The receipt lists every file that its outputs and the scene's pairs call for."""
    wanted = {SPEC, SCENE, *expected_files(scene.outputs, scene.reader.pairs())}
    listed = set(scene.receipt.files)
    for name in sorted(wanted - listed):
        yield Finding("belongs to the scene but is not in its receipt", name)
    for name in sorted(listed - wanted):
        yield Finding("is in the receipt but belongs to no output", name)
    if RUN not in scene.receipt.run_files:
        yield Finding("belongs to the scene but is not in its receipt", RUN)


@check("scene")
def spec_agrees(scene: SceneSubject) -> Iterator[Finding]:
    """spec.json is the specification of the receipt, and scene.json describes the same scene."""
    spec = scene.spec
    if isinstance(spec, str):
        yield Finding(spec, SPEC)
        return
    spec_hash = spec.hash()
    if spec_hash != scene.receipt.spec_hash:
        yield Finding("is not the specification that the receipt names", SPEC)
    document, camera = scene.reader.document, spec.camera
    poses = [camera.camera_to_world(pose) for pose in range(len(camera.poses))]
    agrees = {
        "metadata.spec_hash": document.metadata.spec_hash == spec_hash,
        "metadata.resolution": document.metadata.resolution == (camera.width, camera.height),
        "camera.K": _close(document.camera.K, camera.intrinsics()),
        "camera.camera_to_world": _close(document.camera.camera_to_world, poses),
        "instances.id": [entry.id for entry in document.instances] == [instance.id for instance in spec.instances],
        "views.key": [view.key for view in document.views] == [view.key for view in spec.views()],
        "pairs": [entry.pair for entry in document.pairs] == list(spec.pairs),
    }
    for field, same in agrees.items():
        if not same:
            yield Finding(f"{field} is not what {SPEC} says", SCENE)


def _close(found: ArrayLike, wanted: ArrayLike) -> bool:
    return np.shape(found) == np.shape(wanted) and np.allclose(found, wanted, rtol=0, atol=1e-9)


@check("view")
def view_readable(view: ViewSubject) -> Iterator[Finding]:
    """Every array of the view can be read and has the size and type of the table."""
    for output in view.scene.outputs:
        if OUTPUTS[output].scope == "view" and (view.scene.images or OUTPUTS[output].kind != "image"):
            try:
                view.scene.reader.array(output, view=view.view)
            except StorageError as error:
                yield Finding(_short(error, view.scene), view.file(output))


@check("sample")
def sample_readable(sample: SampleSubject) -> Iterator[Finding]:
    """Every array of the pair can be read and has the size and type of the table."""
    for output in sample.scene.outputs:
        if OUTPUTS[output].scope == "pair":
            error = sample.unreadable(output)
            if error is not None:
                yield Finding(_short(error, sample.scene), sample.file(output))


def _short(error: StorageError, scene: SceneSubject) -> str:
    return str(error).replace(f"{scene.reader.folder.path}/", "")


@check("dataset")
def index_agrees(data: DatasetSubject) -> Iterator[Finding]:
    """dataset.json and samples.csv list the finished scenes and pairs."""
    layout = data.layout
    try:
        document, rows = read_index(layout), read_samples(layout.samples)
    except StorageError as error:
        yield Finding(f"{error}; run the render command again to make the index")
        return
    scenes, _ = collect(layout)
    listed = {scene.name for scene in document.scenes}
    for name in sorted(listed ^ {s.name for s in scenes}):
        state = "listed but not finished" if name in listed else "not listed"
        yield Finding(f"scene {name} is {state}", "dataset.json")
    if listed == {s.name for s in scenes} and document.content_hash != dataset_hash(scenes):
        yield Finding("the content hash is not that of the scenes", "dataset.json")
    wanted = [sample_id(s.name, pair.index) for s in scenes for pair in s.scene.pairs]
    if [row.sample for row in rows] != wanted:
        message = f"lists {len(rows)} samples, and the scenes have {len(wanted)}, or in another order"
        yield Finding(message, "samples.csv")


@check("dataset")
def job_done(data: DatasetSubject) -> Iterator[Finding]:
    """Every scene of the job is there, and nothing else lies in the folder of scenes."""
    layout = data.layout
    for name in layout.scene_names():
        if not _SCENE_FOLDER.fullmatch(name):
            yield Finding("is not the folder of a scene", f"scenes/{name}")
    try:
        job = read_job(layout)
    except DsiaError as error:
        yield Finding(str(error), layout.job.name)
        return
    done = len(data.receipts)
    if job is not None and done < job.scene_count:
        yield Finding(f"{done} of {job.scene_count} scenes are done; the render command goes on", severity="warning")
    for name in layout.failed_names():
        if name not in data.receipts:
            yield Finding("the scene failed; the render command tries again", f"failed/{name}", "warning")


@check("dataset")
def scenes_differ(data: DatasetSubject) -> Iterator[Finding]:
    """No two scenes are the same."""
    same = defaultdict(list)
    for name, receipt in sorted(data.receipts.items()):
        images = tuple(sorted(e.sha256 for file, e in receipt.files.items() if file.endswith("/image.png")))
        same[images or (receipt.content_hash,)].append(name)
    for names in same.values():
        if len(names) > 1:
            yield Finding(f"the scenes {', '.join(names)} have the same images", f"scenes/{names[1]}")

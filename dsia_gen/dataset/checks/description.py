"""Checks of what a scene says of itself: spec.json, scene.json and run.json against each other and the job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.checks.agreement import disagreements
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SceneSubject
from dsia_gen.dataset.layout import RUN, SCENE, SPEC
from dsia_gen.dataset.metadata import read_run, scene_metadata
from dsia_gen.dataset.provenance import Fingerprint
from dsia_gen.sampling.seeds import scene_seed

_MEASURED = ("visibility", "bboxes")
"""Of an instance in scene.json what is counted in its maps: `instances_known` compares them."""
_MOST = 20
"""Fields of one document that are named."""


@check("scene")
def spec_agrees(scene: SceneSubject) -> Iterator[Finding]:
    """spec.json is the specification of the receipt, and every field of scene.json is what it says."""
    spec = scene.spec
    if isinstance(spec, str):
        yield Finding(spec, SPEC)
        return
    if scene.spec_hash != scene.receipt.spec_hash:
        yield Finding("is not the specification that the receipt names", SPEC)
    document = scene.reader.document
    written = scene_metadata(spec, name=scene.name, instance_maps={}, summaries={}, spec_hash=scene.spec_hash)
    wanted = written.plain()
    for entry in cast(list[dict[str, JsonValue]], wanted["instances"]):
        for key in _MEASURED:
            del entry[key]
    # `version` counts the format; the rights of an asset came later than its licence
    optional = {"version", "redistribution", "training"}
    for count, (field, problem) in enumerate(disagreements(document.plain(), wanted, optional)):
        if count == _MOST:
            yield Finding(f"more than {_MOST} fields are not what {SPEC} says", SCENE)
            return
        yield Finding(f"{field} {problem} as {SPEC} says", SCENE)


@check("scene")
def job_agrees(scene: SceneSubject) -> Iterator[Finding]:
    """The scene is the one that job.yaml asks for under its number: seed, size, quality, outputs, licences."""
    job, spec = scene.job, scene.spec
    if job is None or isinstance(spec, str) or not scene.name.isdigit():
        return
    index = int(scene.name)
    if spec.seed != scene_seed(job.seed, index):
        yield Finding(f"seed is not that of scene {index} of a job with seed {job.seed}", SPEC)
    if (spec.camera.width, spec.camera.height) != job.resolution:
        yield Finding(f"the images have {spec.camera.width}x{spec.camera.height} pixels, not those of job.yaml", SPEC)
    for name in sorted(job.quality.model_fields_set):  # a job of an earlier version does not say all
        asked, used = getattr(job.quality, name), getattr(spec.render, name)
        if asked != used:
            yield Finding(f"render.{name} is {used}, and quality.{name} of job.yaml {asked}", SPEC)
    missing = [name for name in job.output_names if name not in scene.outputs]
    if missing:
        yield Finding(f"the scene lacks {', '.join(missing)}, for which job.yaml asks")
    right = {"redistributable": "redistribution", "trainable": "training"}.get(job.licences)
    for asset in spec.assets if right else ():
        if getattr(asset, right or "") != "yes":
            yield Finding(f"{right} of asset {asset.id} is {getattr(asset, right or '')}; job.yaml asks for yes", SPEC)


@check("scene")
def run_plausible(scene: SceneSubject) -> Iterator[Finding]:
    """run.json belongs to the scene: its views, versions and times fit together."""
    try:
        run = read_run(scene.reader.folder)
    except StorageError as error:
        yield Finding(str(error), RUN)
        return
    views = {view.key for view in scene.reader.document.views}
    for field, keys in (("view_seconds", run.view_seconds), ("worker.view_seconds", run.worker.view_seconds)):
        if keys and set(keys) != views:
            yield Finding(f"{field} does not name the views of the scene", RUN)
    if (run.begun or run.ended) and run.span is None:
        yield Finding("begun and ended are not two moments in this order", RUN)
    made = run.made_by
    if made is not None:
        receipt = Fingerprint(content="", dsia_gen=scene.receipt.package_version)
        reported = Fingerprint(content="", blender=run.worker.blender)
        if not made.same_renderer(receipt) or not made.same_renderer(reported):
            yield Finding("fingerprint names other versions than the receipt or the worker", RUN)

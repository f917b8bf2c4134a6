"""Checks of files: receipts, completeness, arrays that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SampleSubject, SceneSubject, ViewSubject
from dsia_gen.dataset.layout import RUN, SCENE, SPEC, expected_files
from dsia_gen.dataset.mirror import RECEIPT
from dsia_gen.dataset.receipt import mismatches
from dsia_gen.spec.outputs import OUTPUTS


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
    if len(set(scene.outputs)) != len(scene.outputs):
        yield Finding("names an output twice", RECEIPT)
    for name in sorted(wanted - listed):
        yield Finding("belongs to the scene but is not in its receipt", name)
    for name in sorted(listed - wanted):
        yield Finding("is in the receipt but belongs to no output", name)
    if RUN not in scene.receipt.run_files:
        yield Finding("belongs to the scene but is not in its receipt", RUN)


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

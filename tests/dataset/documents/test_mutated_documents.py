"""Documents with a wrong value anywhere: each is refused in one sentence, or everything that reads it can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dsia_gen.core.document import Document, parse_document
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents import DatasetDocument, RunDocument
from dsia_gen.dataset.documents.sample_row import samples_csv
from dsia_gen.dataset.index import IndexedScene, index_document, open_scene, scene_rows
from dsia_gen.dataset.report.overview import overview
from dsia_gen.dataset.report.parts import scene_part
from dsia_gen.dataset.status import DatasetStatus, dataset_status, throughput_lines

VALUES: tuple[Any, ...] = (
    None, -1, 2**63, 10**400, 1e308, "", "1e400", "../../../escape", [], {}, [None], {"a": 1},
    "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00",
)  # fmt: skip
RUN = RunDocument.model_validate({
    "fingerprint": {"content": "x", "blender": "4.5.3 LTS", "dsia_gen": "0.2.0"}, "host": "a", "platform": "Linux",
    "begun": "2026-01-01T00:00:00+00:00", "ended": "2026-01-01T00:01:00+00:00", "seconds": {"render": 1.0},
    "view_seconds": {"t0000_p0000": 1.0}, "peak_bytes": 5, "peak_bytes_of": {"blender": 5},
    "worker": {"blender": "4.5.3", "device": {"asked": "cpu", "type": "CPU", "name": "x"}, "seconds": {"render": 1.0},
               "peak_memory_mib": 4.0, "triangles": 12},
})  # fmt: skip
LEFT_OUT = "leave out"
ROOM_FOR_LISTS = 1
"""Entries of a list that are changed: the others are of the same kind."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:ROOM_FOR_LISTS]):
            yield from places(inner, (*path, index))


def mutants(document: Document) -> Iterator[tuple[str, bytes]]:
    """The text of the document with one value replaced, left out or doubled."""
    plain = document.plain()
    for path in places(plain):
        for change in (*VALUES, LEFT_OUT):
            yield f"{'.'.join(map(str, path))} = {change!r:.30}", json.dumps(changed(plain, path, change)).encode()


def changed(value: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A copy with another value at a place; what is beside the way to it is shared."""
    if not path:
        return change
    step, *rest = path
    inner = changed(value[step], tuple(rest), change)
    if isinstance(value, dict):
        return {key: inner if key == step else old for key, old in value.items() if key != step or inner != LEFT_OUT}
    new = [inner] if inner != LEFT_OUT else []
    return [*value[:step], *new, *value[step + 1 :]]


def use(layout: DatasetLayout, scene: IndexedScene) -> None:
    """What index, report and readers make of a scene."""
    document = index_document(layout, [scene, scene])
    document.to_json()
    rows = scene_rows(scene)
    samples_csv(rows)
    overview(document, rows)
    json.dumps(scene_part(scene.scene), allow_nan=False)
    np.linalg.inv(np.array(scene.scene.camera.K))
    np.linalg.inv(np.array(scene.scene.camera.camera_to_world))
    throughput_lines(document.timings, document.timings.seconds_left(3))


@pytest.mark.slow
@pytest.mark.parametrize("which", ["run", "scene"])
def test_what_is_read_can_be_used(good: DatasetLayout, which: str) -> None:
    scene = open_scene(good, "00001")
    own: Document = RUN if which == "run" else scene.scene
    taken = 0
    for name, data in mutants(own):
        try:
            found = parse_document(type(own), data, f"{which}.json", "a document")
        except StorageError as error:
            assert len(str(error).splitlines()) <= 2 and f"{which}.json" in str(error)
            continue
        taken += 1
        try:
            changed = {"run": found} if isinstance(found, RunDocument) else {"scene": found}
            use(good, replace(scene, **changed))  # type: ignore[arg-type]
        except Exception as error:
            raise AssertionError(f"{name} was read, and then: {error!r}") from error
    assert taken > 20


@pytest.mark.slow
def test_the_index_can_be_used(good: DatasetLayout) -> None:
    document = index_document(good, [open_scene(good, "00001")])
    for name, data in mutants(document):
        try:
            found = parse_document(DatasetDocument, data, "dataset.json", "an index")
        except StorageError:
            continue
        try:
            dataset_card(found)
            overview(found, [])
        except Exception as error:
            raise AssertionError(f"{name} was read, and then: {error!r}") from error


@pytest.mark.parametrize("change", [
    {"seconds": {"render": 1e308, "build": 1e308}}, {"peak_bytes": 10**400}, {"worker": {"device": [1]}},
    {"fingerprint": []}, {"begun": 5}, {"seconds": {"render": "x"}}, {"view_seconds": None},
])  # fmt: skip
def test_status_counts_a_scene_with_a_damaged_record_as_damaged(copy: DatasetLayout, change: dict[str, Any]) -> None:
    for name in ("00000", "00001"):
        path = copy.scene(name).run
        text = json.dumps({**json.loads(path.read_bytes()), **change})
        path.write_text(text)
        receipt = json.loads(copy.scene(name).receipt.read_bytes())
        receipt["run_files"]["run.json"]["size"] = len(text)
        copy.scene(name).receipt.write_text(json.dumps(receipt))
    found = dataset_status(copy)
    assert found.damaged == ("00000", "00001") and not found.done
    assert isinstance(found, DatasetStatus) and found.to_json() and found.lines()

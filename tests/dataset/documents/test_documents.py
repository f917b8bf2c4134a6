"""Documents: the bytes that were written, old versions, unknown keys, and wrong values, which are one sentence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsia_gen.core.document import Document, parse_document
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.dataset import DatasetLayout, dataset_status, open_dataset, update_index
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents import DatasetDocument, RunDocument, SampleRow, SceneDocument
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.documents.sample_row import read_samples, samples_csv
from dsia_gen.dataset.report.overview import overview
from dsia_gen.dataset.report.parts import scene_part
from dsia_gen.dataset.validate import ValidationDocument, validate

SCENE = "00000"
WORDS = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
MANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The document with a value somewhere replaced by another, removed, or with a new key beside it."""
    changed = copy.deepcopy(document)
    place: Any = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 3)):
            place = place[key]
            continue
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del place[key]
        elif action == "add" and isinstance(place, dict):
            place[draw(WORDS)] = draw(JSON)
        else:
            place[key] = draw(JSON)
        return changed


def test_what_was_read_is_written_byte_for_byte(good: DatasetLayout) -> None:
    for name in good.scene_names():
        folder = good.scene(name)
        for model, path in ((SceneDocument, folder.scene), (RunDocument, folder.run)):
            assert parse_document(model, path.read_bytes(), path, "it").to_json() == path.read_bytes()
    data = good.index.read_bytes()
    assert parse_document(DatasetDocument, data, "index", "it").to_json() == data
    assert samples_csv(read_samples(good.samples)).encode() == good.samples.read_bytes()


def test_unknown_keys_are_kept(good: DatasetLayout) -> None:
    content = text(good.scene(SCENE).scene)
    content["metadata"]["weather"] = {"wind": [1, 2]}
    content["pairs"][0]["smell"] = "of rain"
    document = parse_document(SceneDocument, json.dumps(content).encode(), "scene.json", "it")
    assert json.loads(document.to_json()) == content


def test_a_scene_of_an_early_version_is_read(good: DatasetLayout) -> None:
    content = text(good.scene(SCENE).scene)
    del content["images"], content["version"]
    for entry in content["instances"]:
        del entry["bboxes"], entry["licence"]
    for entry in content["pairs"]:
        del entry["moved_instances"], entry["subset"]
    document = parse_document(SceneDocument, json.dumps(content).encode(), "scene.json", "it")
    assert document.pairs[0].subset is document.pairs[0].moved_instances is None
    assert document.images == {} and document.instances[0].bboxes == {}


def test_an_index_of_an_early_version_is_read() -> None:
    content = {"name": "old", "outputs": [{"name": "image"}], "counts": {"pairs": 3}, "failed": [{"scene": "00004"}]}
    document = parse_document(DatasetDocument, json.dumps(content).encode(), "dataset.json", "it")
    assert document.output_names == ("image",) and document.counts.pairs == 3
    assert "3 triplets" in dataset_card(document)
    assert json.loads(json.dumps(overview(document, [])))["failed"] == [{"scene": "00004", "message": ""}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"run\.json is not valid JSON"),
        (b"[]", r"run\.json does not hold a JSON object"),
        (b'{"seconds": {"render": "long"}}', r"run\.json is not a run: seconds\.render: .*number.*; try again"),
        (b'{"peak_bytes": 1e400}', r"run\.json is not a run: peak_bytes: "),
        (b'{"notes": NaN}', r"run\.json is not a run: .*notes holds NaN"),
    ],
)
def test_what_is_wrong_names_file_and_field(content: bytes, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        parse_document(RunDocument, content, "run.json", "a run", "try again")


@MANY
@given(data=st.data())
def test_a_damaged_scene_is_our_error_or_can_be_used(good: DatasetLayout, data: st.DataObject) -> None:
    content = data.draw(mutated(text(good.scene(SCENE).scene)))
    try:
        document = parse_document(SceneDocument, json.dumps(content).encode(), "scene.json", "it")
        json.dumps(scene_part(document), allow_nan=False)
        document.to_json()
    except DsiaError as error:
        assert "\n" not in str(error) and "scene.json" in str(error)


@pytest.fixture(scope="module")
def whole(good: DatasetLayout) -> dict[type[Document], dict[str, Any]]:
    """A sound document of each kind that is not a scene's."""
    holder = {"pid": 1, "host": "a", "machine": "b", "token": "c", "beat": 2, "started": 3, "running": ["00001"]}
    return {
        RunDocument: text(good.scene(SCENE).run) | {"fingerprint": {"content": "x", "blender": "4.5", "dsia_gen": "1"}},
        DatasetDocument: text(good.index),
        ValidationDocument: json.loads(validate(good.root, hashes=False, photometric=False).document().to_json()),
        LockDocument: holder,
    }


@pytest.mark.parametrize("model", [RunDocument, DatasetDocument, ValidationDocument, LockDocument])
@MANY
@given(data=st.data())
def test_other_damaged_documents_too(
    whole: dict[type[Document], dict[str, Any]], model: type[Document], data: st.DataObject
) -> None:
    content = data.draw(mutated(whole[model]))
    try:
        document = parse_document(model, json.dumps(content).encode(), "it.json", "it")
        document.to_json()
        if isinstance(document, DatasetDocument):
            dataset_card(document)
            json.dumps(overview(document, []), allow_nan=False)
        if isinstance(document, RunDocument):
            assert document.device and (document.span is None or len(document.span) == 2)
    except DsiaError as error:
        assert "\n" not in str(error) and "it.json" in str(error)


@pytest.mark.slow
@FEW
@given(data=st.data())
def test_commands_meet_damaged_documents_with_our_errors_only(
    copy: DatasetLayout, good: DatasetLayout, data: st.DataObject
) -> None:
    """Whatever a document of a scene holds: index, status and validation end, or say what is wrong."""
    name = data.draw(st.sampled_from(["scene.json", "run.json", "receipt.json"]))
    path = copy.scene(SCENE).path / name
    path.write_text(json.dumps(data.draw(mutated(text(good.scene(SCENE).path / name)))))
    for use in (update_index, dataset_status, lambda layout: validate(layout.root, hashes=False, photometric=False)):
        try:
            use(copy)
        except DsiaError as error:
            assert str(error)


@MANY
@given(row=st.integers(1, 4), column=st.integers(0, 26), cell=st.text(max_size=5))
def test_a_damaged_table_is_our_error_or_can_be_used(
    good: DatasetLayout, tmp_path: Path, row: int, column: int, cell: str
) -> None:
    lines = good.samples.read_text().splitlines()
    cells = lines[row].split(",")
    cells[column] = cell
    path = tmp_path / "samples.csv"
    path.write_bytes("\r\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]).encode())
    try:
        samples_csv(read_samples(path))
    except DsiaError as error:
        assert "samples.csv" in str(error)


def test_a_row_is_read_by_column(good: DatasetLayout) -> None:
    row = open_dataset(good.root).rows[0]
    assert row["t2"] == row.t2 == 1 and row.get("nothing") is None and "t1" in row
    assert row.number("camera_motion_px") == row["camera_motion_px"] and row.number("config") is None
    assert "img1" in row and "img1" not in row.portable()
    assert row.to_pair().index == row.pair
    with pytest.raises(KeyError, match="no column 'smell'"):
        row["smell"]
    assert isinstance(row, SampleRow)

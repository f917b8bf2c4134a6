"""The table of corruptions: what can be tried without rendering, above all what may make a reader wait or stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.validate import validate
from dsia_gen.spec.record import hash_of_text
from dsia_gen.spec.scene import SceneSpec
from tests.dataset.corruption import CORRUPTIONS, Target

KINDS = {corruption.name: corruption for corruption in CORRUPTIONS}
ODD_FILES = (
    "flow is a pipe", "receipt.json is a pipe", "scene.json is a dangling link", "image is a folder",
    "flow is a socket", "run.json is a folder",
)  # fmt: skip
TRIED = (
    "job.yaml is a dangling link", "ATTRIBUTION.md is a pipe", "a pipe among the scenes",
    "scene.json: licences emptied", "scene.json: a box", "dataset.json: conventions",
    "samples.csv: median_depth_m of a row",
    "DATASET_CARD.md: content hash", "job.yaml: seed", "two scenes under each other's names",
)  # fmt: skip


def test_the_table_is_long_and_names_each_kind_once() -> None:
    assert len(KINDS) == len(CORRUPTIONS) >= 250
    assert sum(bool(corruption.reason) for corruption in CORRUPTIONS) <= 10


@pytest.mark.parametrize("name", ODD_FILES)
def test_a_file_that_is_none_is_an_error_of_its_scene_alone(copy: DatasetLayout, name: str) -> None:
    KINDS[name].apply(Target.of(copy))
    report = validate(copy.root, photometric=False)
    assert report.errors
    assert {problem.scene for problem in report.errors} <= {"", "00000"}
    assert "00001_0000" in report.samples and "00001_0000" not in report.drop


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_what_is_said_of_the_data_must_be_true(copy: DatasetLayout, name: str) -> None:
    KINDS[name].apply(Target.of(copy))
    assert validate(copy.root, photometric=False, hashes=False).errors


def test_an_index_that_is_a_pipe_is_one_sentence(copy: DatasetLayout) -> None:
    KINDS["dataset.json is a pipe"].apply(Target.of(copy))
    with pytest.raises(StorageError, match=r"dataset\.json is a pipe"):
        validate(copy.root, photometric=False)


def test_a_specification_is_known_by_its_text(good: DatasetLayout) -> None:
    """Numbers are rounded when a specification is read; its hash is that of the text that was written."""
    text = Path(good.scene("00000").spec).read_bytes()
    assert hash_of_text(text) == SceneSpec.model_validate_json(text).hash()
    unrounded = text.replace(b'"lens_mm": 35.0', b'"lens_mm": 35.00000000012345')
    assert unrounded != text
    assert hash_of_text(unrounded) != hash_of_text(text)
    assert SceneSpec.model_validate_json(unrounded).hash() == hash_of_text(text)

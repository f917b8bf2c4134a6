"""A data set is of one renderer, unless the user says otherwise; records in the form of version 0.1 are read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsia_gen import __version__
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.layout import RUN, DatasetLayout
from dsia_gen.dataset.receipt import FileEntry, read_receipt
from tests.farm.jobs import complete_set, render

pytestmark = pytest.mark.slow
FOUR = [{"config": "tiny", "count": 4}]

reference = complete_set(render)


@pytest.fixture
def copy(reference: Path, tmp_path: Path) -> Path:
    shutil.copytree(reference, tmp_path / "set")
    return tmp_path / "set"


def read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def rewrite(root: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change run.json of every scene, and its receipt with it."""
    layout = DatasetLayout(root)
    for name in layout.scene_names():
        folder = layout.scene(name)
        receipt = read_receipt(folder)
        folder.run.write_text(json.dumps(change(read_json(folder.run))))
        entry = FileEntry(size=folder.run.stat().st_size, sha256=folder.digest(RUN))
        changed = receipt.model_copy(update={"run_files": {RUN: entry}})
        folder.receipt.write_text(changed.model_dump_json())


def by(**versions: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Run documents of other versions."""
    return lambda run: {**run, "fingerprint": {**run["fingerprint"], **versions}}


def as_0_1(run: dict[str, Any], **versions: object) -> dict[str, Any]:
    """A run document as version 0.1 wrote it."""
    old = {key: value for key, value in run.items() if key != "fingerprint"}
    return {**old, "recipe": run["fingerprint"]["content"], **versions}


def test_a_fingerprint_holds_both_versions(reference: Path) -> None:
    found = read_json(DatasetLayout(reference).scene("00000").run)["fingerprint"]
    assert (found["blender"], found["dsia_gen"]) == (blender_version(), __version__) and len(found["content"]) == 64


@pytest.mark.parametrize(
    ("versions", "words"), [({"blender": "4.2.3 LTS"}, "Blender 4.2.3 LTS"), ({"dsia_gen": "0.1.0"}, "dsia-gen 0.1.0")]
)
def test_a_resume_that_would_mix_renderers_is_refused(copy: Path, versions: dict[str, str], words: str) -> None:
    rewrite(copy, by(**versions))
    job = (copy / "job.yaml").read_bytes()
    with pytest.raises(StorageError, match=rf"holds scenes of .*{words}.*; choose another folder.*--allow-mixed$"):
        render(copy, scenes=FOUR)
    assert (copy / "job.yaml").read_bytes() == job and len(DatasetLayout(copy).scene_names()) == 3
    assert render(copy).skipped == ("00000", "00001", "00002"), "where nothing is left to make, nothing is mixed"


def test_a_patch_release_renders_the_same(copy: Path) -> None:
    rewrite(copy, by(dsia_gen=f"{__version__.rpartition('.')[0]}.7"))
    assert [r.name for r in render(copy, scenes=FOUR).results] == ["00003"]


def test_a_mixture_that_is_allowed_is_written_down(copy: Path, reference: Path) -> None:
    assert "several versions" not in (reference / "DATASET_CARD.md").read_text()
    rewrite(copy, by(blender="4.2.3 LTS"))
    assert [r.name for r in render(copy, scenes=FOUR, allow_mixed=True).results] == ["00003"]
    index = read_json(copy / "dataset.json")
    assert [(row["blender"], row["scenes"]) for row in index["renderers"]] == [("4.2.3 LTS", 3), (blender_version(), 1)]
    card = (copy / "DATASET_CARD.md").read_text()
    assert f"several versions: Blender 4.2.3 LTS with dsia-gen {__version__} (3 scenes)" in card


def test_what_another_version_made_is_kept_though_its_content_cannot_be_compared(copy: Path) -> None:
    rewrite(copy, by(dsia_gen="0.0.9", content="0" * 64))
    assert len(render(copy, scenes=FOUR, allow_mixed=True).skipped) == 3


def test_another_blender_is_no_excuse_for_another_content(copy: Path) -> None:
    rewrite(copy, by(blender="4.2.3 LTS", content="0" * 64))
    with pytest.raises(StorageError, match=r"configuration of 3 finished scenes .*00000 to 00002.* --remake"):
        render(copy)
    assert len(render(copy, remake=True).results) == 3, "they are all made again, so that nothing is mixed"


def test_records_in_the_form_of_version_0_1_are_continued(copy: Path) -> None:
    rewrite(copy, lambda run: as_0_1(run, dsia_gen=__version__, worker={"blender": blender_version() + " LTS"}))
    assert len(render(copy, scenes=FOUR).skipped) == 3
    rewrite(copy, lambda run: run if "fingerprint" not in run else as_0_1(run, dsia_gen=__version__))
    assert len(render(copy, scenes=FOUR).skipped) == 4


def test_unknown_versions_are_not_held_against_a_scene(copy: Path) -> None:
    rewrite(copy, lambda run: as_0_1(run, dsia_gen="", worker={}))
    assert len(render(copy, scenes=FOUR).skipped) == 3


def test_a_data_set_of_version_0_1_and_another_blender_is_refused(copy: Path) -> None:
    rewrite(copy, lambda run: as_0_1(run, dsia_gen="0.1.0", worker={"blender": "4.2.3 LTS"}))
    with pytest.raises(StorageError, match=r"Blender 4\.2\.3 LTS with dsia-gen 0\.1\.0"):
        render(copy, scenes=FOUR)

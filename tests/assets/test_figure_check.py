"""Characters of a folder are looked at, unless their import did so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.assets.figure_check import against, figure_faults
from dsia_gen.assets.importing.import_journal import ImportedFile
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.library import load_library
from dsia_gen.assets.library_check import check_library
from dsia_gen.assets.manifest import Entry, record_entries
from dsia_gen.core.io import file_hash
from dsia_gen.spec.import_request import Measured

FAKE = ImportLimits(module="tests.assets.fake_figures")
NEVER = ImportLimits(module="tests.assets.no_such_module")


def entry(name: str, **fields: Any) -> Entry:
    known = {"redistribution": "yes", "training": "yes", "source": "x", "licence": "CC0-1.0"}
    return Entry(id=f"own/{name}", kind="character", file=f"{name}.glb", **(known | fields))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = json.dumps({"asset": {"version": "2.0"}})
    for name in ("good", "fallen", "backwards"):
        (tmp_path / f"{name}.glb").write_text(document)
    digest = file_hash(tmp_path / "good.glb")
    record_entries(tmp_path, [entry(name, sha256=digest) for name in ("good", "fallen", "backwards")])
    return tmp_path


def test_files_that_no_import_measured_are_opened(folder: Path) -> None:
    found = {f.asset: f.message for f in check_library(load_library([], folder), limits=FAKE)}
    assert set(found) == {"own/fallen", "own/backwards"}
    assert "not a figure that stands" in found["own/fallen"] and str(folder) not in found["own/fallen"]
    assert "looks to +Y, but `facing` is -Y" in found["own/backwards"]


def test_what_an_import_measured_is_not_opened(folder: Path) -> None:
    digest = file_hash(folder / "good.glb")
    line = ImportedFile(digest, found=Measured(kind="character", height=1.7, facing="+X", stands=True))
    (fault,) = figure_faults(folder, [entry("good", sha256=digest)], {"good.glb": line}, NEVER)
    assert "looks to +X" in fault[1]
    assert list(figure_faults(folder, [entry("good", sha256=digest, facing="+X")], {"good.glb": line}, NEVER)) == []


def test_figures_of_a_file_are_counted() -> None:
    other = Measured(kind="character", height=1.7, facing="+Y")
    found = Measured(kind="character", height=1.7, others=(other,))
    assert list(against(entry("a", figure=2, facing="+Y"), found)) == []
    assert "no number 3" in next(against(entry("a", figure=3), found))
    assert "imported as object" in next(against(entry("a"), Measured(kind="object")))


def test_without_blender_the_rest_is_still_checked(folder: Path) -> None:
    (note,) = [f for f in check_library(load_library([], folder), limits=NEVER) if f.what == "figure"]
    assert note.level == "note" and "were not looked at" in note.message

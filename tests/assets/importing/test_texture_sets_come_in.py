"""A downloaded texture set becomes one asset with the maps that scenes show; the rest of it is accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.assets.importing.import_folder import import_folder
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.manifest import folder_entries
from tests.files import fill

pytestmark = pytest.mark.slow


def test_a_set_of_ambientcg(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_INTAKE_LOG", str(tmp_path / "log.txt"))
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    maps = ("Color", "NormalGL", "NormalDX", "Roughness", "Displacement")
    fill(tmp_path / "in", *(f"Wood068_1K-JPG_{kind}.jpg" for kind in maps), "Wood068.png", "Wood068_1K-JPG.mtlx")
    fill(tmp_path / "in", "Wood068_1K-JPG.usda", text='#usda 1.0\ndef Material "Wood068" {}\n')
    limits = ImportLimits(300.0, "tests.assets.importing.fake_import")
    report = import_folder(tmp_path / "in", tmp_path / "out", limits=limits)
    (outcome,) = report.outcomes
    assert (outcome.name, outcome.state) == ("Wood068_1K-JPG_Color.jpg", "new")
    assert outcome.found is not None
    assert outcome.found.notes == ("not shown: displacement, normal dx, picture of the set",)
    (entry,) = folder_entries(tmp_path / "out")
    assert sorted(entry.files) == ["Wood068_1K-JPG_NormalGL.jpg", "Wood068_1K-JPG_Roughness.jpg"]
    named = {*report.passed, *report.parts}
    assert {f"Wood068{end}" for end in (".png", "_1K-JPG.mtlx", "_1K-JPG.usda", "_1K-JPG_NormalDX.jpg")} <= named

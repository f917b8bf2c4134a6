"""The whole folder of real files, taken in as a user would: all but the negative ones come in, each with a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("bpy")

from dsia_gen.assets.importing.import_folder import ImportBounds, import_folder
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.library import load_library

pytestmark = [pytest.mark.blender, pytest.mark.shared]

PATIENT = ImportLimits(1800.0)
REFUSED = {
    "characters/negative/m2m_human_dance_missing_library_b50.blend": "links the library",
    "characters/negative/valid_Asian_F_1_Casual_meshopt_raw.glb": "needs the glTF extension EXT_meshopt_compression",
}
NOTED = {
    "characters/negative/valid_White_M_2_Casual_hips_scale_0.01.glb": "was 182 units tall, a unit is 0.01 m",
    "objects/negative/geometry-camera-light.glb": "4 cameras and lights removed",
    "characters/rocketbox_Female_Adult_01.fbx": "f001_head_normal.tga",
    "objects/fuel/Chair/Chair.obj": "100 units large, a unit is taken to be 0.01 m",
}


def test_every_real_file_comes_in(shared: Path, tmp_path: Path) -> None:
    report = import_folder(shared / "assets", tmp_path, bounds=ImportBounds(pixels=48), limits=PATIENT)
    assert {o.name for o in report.of("refused")} == set(REFUSED)
    outcomes = {o.name: o for o in report.outcomes}
    assert all(reason in outcomes[name].reason for name, reason in REFUSED.items())
    for name, note in NOTED.items():
        found = outcomes[name].found
        assert found is not None and note in "; ".join(found.notes), name
    library = load_library([], tmp_path)
    assert len(library.entries) > 55
    for ident, entry in library.entries.items():
        assert library.path(entry).is_file()
        with Image.open(tmp_path / "thumbnails" / f"{ident}.png") as picture:
            assert np.asarray(picture.convert("L")).std() > 3, ident
    kinds = {entry.kind for entry in library.entries.values()}
    assert kinds == {"character", "object", "motion", "hdri", "texture", "trajectory"}
    people = [e for e in library.entries.values() if e.kind == "character"]
    assert all(e.height is not None and 1.45 < e.height < 1.9 and e.facing == "-Y" for e in people)
    outdoor = {e.id.rpartition("/")[2]: "outdoor" in e.tags for e in library.entries.values() if e.kind == "hdri"}
    assert outdoor == {
        "dikhololo_night_1k": True, "forest_slope_1k": True, "potsdamer_platz_1k": True, "lebombo_1k": False,
        "studio_small_03_1k": False,
    }  # fmt: skip
    again = import_folder(shared / "assets", tmp_path, limits=PATIENT)
    assert not again.of("new") and len(again.of("refused")) == len(REFUSED)

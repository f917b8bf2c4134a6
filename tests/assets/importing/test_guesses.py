"""What is found out about files, and what entries are made of it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.assets.importing.discover import ImportRoot, discover, shown_name
from dsia_gen.assets.importing.entries import Terms, identifier, make_entries, same_name, unused
from dsia_gen.assets.importing.guess import guess_height, guess_unit, guess_up, naming_scheme
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.import_request import Measured, MeasuredClip
from tests.files import fill

RE10K = "https://example.org/v\n" + "".join(f"{t} 1 1 .5 .5 0 0 1 0 0 0 0 1 0 0 0 0 1 0\n" for t in range(3))


def test_files_are_told_apart_by_their_names_and_first_lines(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "a.GLB",
        "m/b.fbx",
        "c.bvh",
        "d.hdr",
        "e.exr",
        "f.jpg",
        "g.mtl",
        "README.md",
        ".hidden.obj",
        ".x/h.obj",
    )
    fill(tmp_path, "re10k.txt", text=RE10K)
    fill(tmp_path, "tum.txt", text="# a b\n" + "1.5 0 0 0 0 0 0 1\n" * 3)
    fill(tmp_path, "notes.txt", text="twelve words that are no numbers at all\nx y z w a b c d\n")
    fill(tmp_path, "colmap/images.txt", "colmap/cameras.txt", "lonely/images.txt")
    result = discover(ImportRoot(tmp_path))
    found, unfit = result.found, result.unfit
    assert result.passed == {
        "notes.txt": "text", "colmap/cameras.txt": "text", "lonely/images.txt": "text", "g.mtl": "material",
        "README.md": "licence or notes", ".hidden.obj": "hidden", ".x/": "hidden",
    }  # fmt: skip
    assert {f.name: f.reader for f in found} == {
        "a.GLB": "mesh", "m/b.fbx": "mesh", "c.bvh": "motion", "d.hdr": "hdri", "e.exr": "hdri", "f.jpg": "texture",
        "re10k.txt": "trajectory", "tum.txt": "trajectory", "colmap/images.txt": "trajectory",
    }  # fmt: skip
    assert unfit == []


def test_files_that_must_not_be_opened(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    fill(folder, "back\\slash.obj", "escape\x1b[2J.obj", "good.obj")
    fill(tmp_path, "secret.obj")
    (folder / "link.obj").symlink_to(tmp_path / "secret.obj")
    (folder / "folder.obj").mkdir()
    os.mkfifo(folder / "pipe.obj")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.obj")).write_text("x")
    result = discover(ImportRoot(folder))
    found, unfit = result.found, result.unfit
    assert [f.name for f in found] == ["good.obj"]
    reasons = {u.name: u.reason for u in unfit}
    assert len(reasons) == 5
    assert "link to a place outside" in reasons["link.obj"] and "not a regular file" in reasons["pipe.obj"]
    assert all(name.isprintable() for name in reasons)


def test_what_an_import_wrote_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "a.obj", "thumbnails/x/a.png", "converted/x/a.bvh")
    assert len(discover(ImportRoot(tmp_path)).found) == 3
    fill(tmp_path, "manifest.yaml")
    assert [f.name for f in discover(ImportRoot(tmp_path)).found] == ["a.obj"]


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(AssetError, match="is not a folder"):
        discover(ImportRoot(Path("/nowhere/at/all")))


def test_a_shown_name_keeps_words_and_shows_the_rest() -> None:
    assert shown_name("Möbel 1.obj") == "Möbel 1.obj"
    assert shown_name("a\x1b[2Jb\n") == "a\\x1b[2Jb\\n"
    assert shown_name("a\u202egnp.exe") == "a\\u202egnp.exe"  # reads as another suffix in a terminal


@pytest.mark.parametrize(("largest", "unit"), [(1.0, 1.0), (0.05, 1.0), (100.0, 0.01), (1200.0, 0.01), (5000, 0.001),
                                               (1e9, 1.0)])  # fmt: skip
def test_units(largest: float, unit: float) -> None:
    assert guess_unit(largest) == unit


@pytest.mark.parametrize(("measured", "height", "believed"), [
    (1.75, 1.75, True), (182.3, 1.823, True), (0.0171, 1.71, True), (1700.0, 1.7, True), (1e-5, 1.7, False),
    (5.6, 5.6 * 0.3048, True), (66.0, 66 * 0.0254, True), (0.5, 0.5, True), (2.6, 2.6, True), (2.7, 1.7, False),
    (17.0, 1.7, True), (0.3, 1.7, False),
])  # fmt: skip
def test_heights(measured: float, height: float, believed: bool) -> None:
    found = guess_height(measured)
    assert found[0] == pytest.approx(height) and found[1] is believed


def box(low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])], float)


def pyramid(axis: int) -> np.ndarray:
    """A broad base and a tip, the base away from zero."""
    points = np.full((5, 3), 5.0)
    others = [i for i in range(3) if i != axis]
    points[:4, others] = [[4, 4], [6, 4], [4, 6], [6, 6]]
    points[4, axis] = 7.0
    return points


@pytest.mark.parametrize(("name", "points", "up"), [
    ("a/chair.obj", box((-1, -1, 0), (1, 1, 2)), "Z"),
    ("a/chair.obj", box((-1, 0, -1), (1, 2, 1)), "Y"),
    ("03001627/1a2b/models/model_normalized.obj", box((-1, -1, 0), (1, 1, 2)), "Y"),
    ("123/objs/original-1.obj", box((-1, -1, 0), (1, 1, 2)), "Y"),
    ("Mug/meshes/model.obj", box((-1, 0, -1), (1, 2, 1)), "Z"),
    ("a.obj", pyramid(1), "Y"),
    ("a.obj", pyramid(2), "Z"),
    ("a.obj", box((4, 4, 4), (5, 5, 5)), "Y"),
    ("a.stl", box((4, 4, 4), (5, 5, 5)), "Z"),
])  # fmt: skip
def test_up(name: str, points: np.ndarray, up: str) -> None:
    assert guess_up(name, points)[0] == up


@pytest.mark.parametrize(("bones", "scheme"), [
    (["mixamorig:Hips", "mixamorig:Spine"], "Mixamo"), (["Bip01 Pelvis", "Bip01 L Thigh"], "Biped"),
    (["pelvis", "thigh_l"], "Unreal"), (["DEF-thigh.L"], "Rigify"), (["LHipJoint", "lfemur"], "Acclaim (CMU)"),
    (["hip", "lShldr"], "Daz or Poser"), (["Hips", "LeftUpLeg"], "HumanIK"), (["bone.001"], "own"),
])  # fmt: skip
def test_naming_schemes(bones: list[str], scheme: str) -> None:
    assert naming_scheme(bones) == scheme


@pytest.mark.parametrize(("name", "ident"), [
    ("characters/Amy.fbx", "p/Amy"), ("Mug/meshes/model.obj", "p/Mug"),
    ("YcbBanana/textured_simple_reoriented.obj", "p/YcbBanana"),
    ("03001627/1a2b/models/model_normalized.obj", "p/1a2b"), ("model.obj", "p/model"),
    ("Jörg & Söhne (1).glb", "p/J_rg_S_hne_1"),
    ("..../--help.obj", "p/help"), ("a/...obj", "p/asset"),
])  # fmt: skip
def test_ids(name: str, ident: str) -> None:
    assert identifier(name, "p") == ident


def test_ids_are_new() -> None:
    assert unused("p/a", {"p/a", "p/a-2"}) == "p/a-3"


OBJECT = Measured(
    kind="object", scale=0.01, up="Y", size=(0.5, 0.4, 0.3), height=0.3, missing=("t.png",), licence="CC-BY 4.0"
)


def entries(found: Measured, terms: Terms | None = None, taken: tuple[str, ...] = ()) -> list:
    parts, clips = {"a/chair.mtl": "1" * 64}, ["2" * 64] * len(found.clips)
    return make_entries("a/chair.obj", "mine", "0" * 64, found, parts, terms or Terms(), taken, clips)


def test_an_entry_holds_what_the_loader_needs() -> None:
    (entry,) = entries(OBJECT)
    assert (entry.id, entry.file, entry.files) == ("mine/chair", "a/chair.obj", {"a/chair.mtl": "1" * 64})
    assert (entry.scale, entry.up, entry.size, entry.missing_textures) == (0.01, "Y", 0.5, "plain")
    assert (entry.licence, entry.redistribution, entry.training) == ("CC-BY-4.0", "yes", "yes")
    assert entry.tags == ["foreground", "props", "outdoor", "indoor"]


def test_the_user_has_the_last_word_on_terms() -> None:
    terms = Terms(licence="Mixamo terms", redistribution="no", training="no", tags=("indoor",), prefix="mixamo")
    (entry,) = entries(OBJECT, terms)
    assert (entry.id, entry.licence, entry.redistribution, entry.training) == (
        "mixamo/chair",
        "Mixamo terms",
        "no",
        "no",
    )
    assert entry.tags == ["indoor"]


def of_clips(*names: str) -> tuple[MeasuredClip, ...]:
    return tuple(MeasuredClip(name=name, file=f"{k}.bvh", frames=30, fps=30) for k, name in enumerate(names))


def test_a_character_with_a_clip_is_two_assets() -> None:
    found = Measured(kind="character", height=1.7, size=(1, 1, 1.7), clips=of_clips("Take 001"))
    person, motion = entries(found, taken=("mine/chair",))
    assert (person.id, person.kind, person.height) == ("mine/chair-2", "character", 1.7)
    assert (motion.id, motion.kind, motion.file) == (
        "mine/chair-2_motion",
        "motion",
        "converted/mine/chair-2_motion.bvh",
    )


def test_each_clip_of_a_file_is_an_asset_with_its_name() -> None:
    names = ("Walk", "Run|fast", "Walk", "")
    person, *motions = entries(Measured(kind="character", height=1.7, size=(1, 1, 1.7), clips=of_clips(*names)))
    assert [m.id for m in motions] == [
        "mine/chair_Walk",
        "mine/chair_Run_fast",
        "mine/chair_Walk-2",
        "mine/chair_motion",
    ]
    assert person.id == "mine/chair" and all(m.kind == "motion" for m in motions)
    # A file that is nothing but its clips has no entry of its own.
    alone = entries(Measured(kind="motion", clips=of_clips("Walk", "Run")))
    assert [m.id for m in alone] == ["mine/chair_Walk", "mine/chair_Run"]
    assert [m.id for m in entries(Measured(kind="motion", clips=of_clips("Walk")))] == ["mine/chair"]
    assert len({m.file for m in motions}) == 4


def test_corrections_of_a_person_outlive_a_changed_file() -> None:
    (entry,) = entries(OBJECT)
    corrected = entry.model_copy(update={"licence": "own work", "training": "no", "tags": ["toy"]})
    assert same_name(entry, corrected, Terms()).licence == "own work"
    again = same_name(entry, corrected, Terms(licence="CC0"))
    assert (entry.scale, again.tags) == (0.01, ["toy"])
    assert same_name(entries(OBJECT, Terms(licence="CC0"))[0], corrected, Terms(licence="CC0")).licence == "CC0-1.0"

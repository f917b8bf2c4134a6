"""Every file of an imported folder is accounted for: taken, part of another, refused with a reason, or passed over."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.assets.importing.archives import open_archive
from dsia_gen.assets.importing.discover import ImportRoot, discover
from dsia_gen.assets.importing.entries import Terms
from dsia_gen.assets.importing.import_folder import import_folder
from dsia_gen.assets.importing.import_report import ImportReport
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import folder_entries, record_entries
from dsia_gen.core.errors import AssetError
from tests.files import fill
from tests.motion.camera_files import orbit, scannet

FAKE = "tests.assets.importing.fake_import"
OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


@pytest.fixture
def take(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ImportReport]:
    """Import `<tmp>/in` into `<tmp>/out` through the worker that stands in for Blender."""
    monkeypatch.setenv("FAKE_INTAKE_LOG", str(tmp_path / "log.txt"))
    monkeypatch.setenv("PYTHONPATH", str(checkout))

    def call(target: Path | None = tmp_path / "out", **options: object) -> ImportReport:
        (tmp_path / "log.txt").write_text("")
        return import_folder(tmp_path / "in", target, limits=ImportLimits(300.0, FAKE), **options)

    return call


def zipped(path: Path, files: dict[str, bytes], mode: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def accounted(report: ImportReport) -> set[str]:
    return {o.name for o in report.outcomes} | set(report.parts) | set(report.passed)


@pytest.mark.slow
def test_every_file_has_exactly_one_end(take, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    fill(folder, "a.obj", "a.png", "b.png", "bad.obj", "x.abc", "scene.dae", "notes.md", "LICENSE", "clip.mp4", "w.mtl")
    fill(folder, "old.7z", "strange.qqq", "table.csv", "no_suffix", "set/oak_diff.jpg", "set/oak_rough.jpg")
    zipped(folder / "crate.zip", {"crate.obj": OBJ, "read me.txt": b"x"})
    scannet(folder / "scan", orbit())
    report = take()
    inner = {"unpacked/crate.zip/crate.obj", "unpacked/crate.zip/read me.txt"}
    assert accounted(report) == files_below(folder) | inner
    ends = [*(o.name for o in report.outcomes), *report.parts, *report.passed]
    assert len(ends) == len(set(ends))
    refused = {o.name: o.reason for o in report.of("refused")}
    assert set(refused) == {"bad.obj", "x.abc", "scene.dae", "old.7z"} and all(refused.values())
    assert (
        report.parts["crate.zip"] == "unpacked/crate.zip/" and report.parts["set/oak_rough.jpg"] == "set/oak_diff.jpg"
    )
    assert report.parts["scan/pose/3.txt"] == "scan/pose/0.txt"
    assert report.passed["strange.qqq"] == "other (.qqq)" and report.passed["clip.mp4"] == "video"
    assert report.total().startswith(f"{len(ends)} files: ") and "1 video" in report.total()
    again = take()
    assert accounted(again) == accounted(report) and not again.of("new")


@pytest.mark.slow
@pytest.mark.parametrize("inside", [True, False])
def test_what_came_of_an_archive_is_an_asset(take, tmp_path: Path, inside: bool) -> None:
    zipped(tmp_path / "in" / "sub" / "crate.zip", {"Crate/crate.obj": OBJ})
    report = take(None if inside else tmp_path / "out")
    target = tmp_path / ("in" if inside else "out")
    library = load_library([], target)
    (entry,) = library.entries.values()
    assert library.path(entry).read_bytes() == OBJ and entry.file == "unpacked/sub/crate.zip/Crate/crate.obj"
    before = accounted(report)
    again = take(None if inside else tmp_path / "out")
    assert accounted(again) == before and [o.state for o in again.outcomes] == ["kept"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "mode", "reason"),
    [
        ({"../evil.obj": OBJ}, 0, "would land outside"),
        ({"/evil.obj": OBJ}, 0, "would land outside"),
        ({"C:\\evil.obj": OBJ}, 0, "would land outside"),
        ({"evil.obj": b"/etc/passwd"}, stat.S_IFLNK | 0o777, "is a link or a device"),
        ({"bomb.obj": bytes(64 * 2**20)}, 0, "may be a bomb"),
        ({"a.obj": OBJ, "A.OBJ": OBJ}, 0, "occurs twice"),
        ({"notes.txt": b"x"}, 0, "nothing that can be imported"),
    ],
)
def test_an_archive_that_is_not_safe_is_refused_whole(take, tmp_path: Path, files, mode: int, reason: str) -> None:
    zipped(tmp_path / "in" / "x.zip", files, mode)
    outside = files_below(tmp_path)
    report = take()
    (outcome,) = report.outcomes
    assert outcome.name == "x.zip" and reason in outcome.reason and not report.came
    assert {n for n in files_below(tmp_path) - outside if not n.startswith("out/")} <= {"log.txt"}
    assert not list((tmp_path / "out").rglob("*.obj"))


@pytest.mark.slow
def test_archives_that_are_nested_broken_or_encrypted_are_named(take, tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.obj": OBJ}).read_bytes()
    zipped(tmp_path / "in" / "nested.zip", {"inner.zip": inner, "b.obj": OBJ})
    (tmp_path / "in" / "broken.zip").write_bytes(inner[:-30])
    data = bytearray(zipped(tmp_path / "c.zip", {"a.obj": OBJ}).read_bytes())
    for signature in (b"PK\x03\x04", b"PK\x01\x02"):
        data[data.index(signature) + (6 if signature.endswith(b"\x04") else 8)] |= 1
    (tmp_path / "in" / "secret.zip").write_bytes(bytes(data))
    reasons = {o.name: o.reason for o in take().of("refused")}
    assert "archive inside an archive" in reasons["unpacked/nested.zip/inner.zip"]
    assert "broken" in reasons["broken.zip"] and "encrypted" in reasons["secret.zip"]


def test_a_folder_of_the_user_in_the_place_of_an_archive_stays(tmp_path: Path) -> None:
    zipped(tmp_path / "crate.zip", {"crate.obj": OBJ})
    fill(tmp_path, "unpacked/crate.zip/mine.txt", text="mine")
    with pytest.raises(AssetError, match="in the way"):
        open_archive(tmp_path / "crate.zip", "crate.zip", tmp_path)
    assert (tmp_path / "unpacked/crate.zip/mine.txt").read_text() == "mine"
    shutil.rmtree(tmp_path / "unpacked")
    assert [item.name for item in open_archive(tmp_path / "crate.zip", "crate.zip", tmp_path).found]


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_a_set_of_textures_with_its_material_is_one_texture(take, tmp_path: Path, packed: bool) -> None:
    maps = [f"Wood068_1K-JPG_{kind}.jpg" for kind in ("Color", "NormalDX", "NormalGL", "Roughness")]
    others = ["Wood068_1K-JPG.usda", "Wood068_1K-JPG.mtlx", "Wood068_1K-JPG.tres", "Wood068.png"]
    if packed:
        zipped(tmp_path / "in" / "Wood068.zip", dict.fromkeys((*maps, *others), b"def Material"))
    else:
        fill(tmp_path / "in", *maps, *others, text="def Material")
    for report in (take(), take()):
        (outcome,) = report.outcomes
        assert outcome.name.endswith("Wood068_1K-JPG_Color.jpg") and outcome.state != "refused"
        inner = {name.rpartition("/")[2]: of for name, of in report.parts.items() if of == outcome.name}
        assert set(inner) == {*maps[2:], "Wood068_1K-JPG.usda"}
        passed = {name.rpartition("/")[2]: kind for name, kind in report.passed.items()}
        unused = "image or map that is not used"
        assert passed == {
            "Wood068_1K-JPG.mtlx": "material", "Wood068_1K-JPG.tres": "material", "Wood068.png": unused,
            maps[1]: unused,
        }  # fmt: skip
    (entry,) = folder_entries(tmp_path / "out")
    assert any("NormalGL" in name for name in entry.files) and any("Roughness" in name for name in entry.files)


@pytest.mark.slow
def test_images_beside_a_refused_model_are_textures(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "bad.obj", "wood.png")
    assert {o.name: o.state for o in take().outcomes} == {"bad.obj": "refused", "wood.png": "new"}


def test_linked_folders_are_followed_once_and_not_out(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    fill(folder, "a/one.obj", ".store/two.obj")
    fill(tmp_path, "other/secret.obj")
    (folder / "b").symlink_to(folder / "a")
    (folder / "a" / "loop").symlink_to(folder)
    (folder / "hidden").symlink_to(folder / ".store")
    (folder / "out").symlink_to(tmp_path / "other")
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    result = discover(ImportRoot(folder))
    assert [f.name for f in result.found] == ["a/one.obj", "hidden/two.obj"]
    assert {u.name: u.reason.split(";")[0] for u in result.unfit} == {"out": "it is a link to a folder outside"}
    assert result.passed == {
        ".store/": "hidden", "a/loop": "link to a folder that is imported once", "gone": "other",
        "b": "link to a folder that is imported once",
    }  # fmt: skip


def test_pointers_of_git_lfs_are_named_in_every_format(tmp_path: Path) -> None:
    names = ["a.glb", "b.fbx", "c.bvh", "d.hdr", "e.png", "f.zip", "g.usdz", "h.traj"]
    fill(tmp_path, *names, text="version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 123\n")
    result = discover(ImportRoot(tmp_path))
    assert [u.name for u in result.unfit] == names and not result.found
    assert all("pointer of Git LFS" in u.reason for u in result.unfit)


def test_frames_of_a_recorded_path_are_no_textures(tmp_path: Path) -> None:
    fill(tmp_path, "wood.png", "scan/transforms.json", text='{"frames": [{"transform_matrix": []}]}')
    fill(tmp_path, *(f"scan/images/frame_{i:04d}.jpg" for i in range(12)), *(f"other/bark{i}.jpg" for i in range(3)))
    result = discover(ImportRoot(tmp_path))
    assert [f.name for f in result.found] == [
        *(f"other/bark{i}.jpg" for i in range(3)),
        "scan/transforms.json",
        "wood.png",
    ]
    assert set(result.passed.values()) == {"frame of a video"} and len(result.passed) == 12


@pytest.mark.slow
def test_many_files_in_several_processes_have_the_ids_of_one(take, tmp_path: Path) -> None:
    fill(
        tmp_path / "in", *(f"{chr(97 + i % 5)}{i}/model.obj" for i in range(40)), "bad.obj", "x/same.obj", "y/same.obj"
    )
    seen = list[tuple[int, int]]()
    report = take(progress=lambda done, total: seen.append((done, total)))
    ids = {o.name: o.ids for o in report.outcomes}
    assert (ids["x/same.obj"], ids["y/same.obj"]) == (("in/same",), ("in/same-2",))
    assert len(report.of("new")) == 42 and {total for _, total in seen} == {43} and seen[-1] == (43, 43)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert (tmp_path / "log.txt").read_text().count("start 0") > 1


@pytest.mark.slow
def test_an_interruption_keeps_what_came(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", *(f"m{i:02d}.obj" for i in range(30)))

    def stop(done: int, _total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(progress=stop)
    kept = len(folder_entries(tmp_path / "out"))
    assert kept >= 5
    report = take()
    assert len(report.of("kept")) == kept and len(report.of("new")) == 30 - kept
    assert sorted(e.id for e in folder_entries(tmp_path / "out")) == [f"in/m{i:02d}" for i in range(30)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "by_hand", "second", "licence", "training"),
    [
        (Terms(licence="Mixamo terms"), {}, Terms(licence="CC0"), "Mixamo terms", "no"),
        (Terms(licence="CC0", training="no"), {}, Terms(licence="CC-BY-4.0"), "CC-BY-4.0", "no"),
        (Terms(), {"licence": "CC-BY-NC-4.0"}, Terms(licence="CC0"), "CC-BY-NC-4.0", "unknown"),
        (Terms(), {"training": "no"}, Terms(licence="CC0", training="yes"), "CC0-1.0", "no"),
        (Terms(), {"licence": "mine"}, Terms(licence="CC-BY 4.0"), "CC-BY-4.0", "yes"),
        (Terms(licence="CC0"), {}, Terms(licence="Mixamo"), "Mixamo", "no"),
        (Terms(licence="CC0"), {}, Terms(), "CC0-1.0", "yes"),
    ],
)
@pytest.mark.parametrize("changed", [False, True])
def test_a_second_import_never_loosens_what_was_stated(
    take, tmp_path: Path, changed: bool, first, by_hand, second, licence: str, training: str
) -> None:
    fill(tmp_path / "in", "a.obj")
    take(terms=first)
    (entry,) = folder_entries(tmp_path / "out")
    record_entries(tmp_path / "out", [entry.model_copy(update=by_hand)])
    if changed:
        fill(tmp_path / "in", "a.obj", text="v 1 1 1\n")
    report = take(terms=second)
    (entry,) = folder_entries(tmp_path / "out")
    assert (entry.licence, entry.training) == (licence, training)
    assert bool(report.notes) == (second.licence not in (None, "Mixamo") and training != "yes")


@pytest.mark.slow
def test_an_import_without_a_licence_says_what_that_means(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj", "b.obj")
    (note,) = take().notes
    assert "no licence is stated for 2 of 2 assets" in note and "--licence" in note
    assert take(terms=Terms(licence="CC0")).notes == []

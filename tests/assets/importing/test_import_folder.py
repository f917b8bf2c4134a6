"""Taking in a folder: what is opened, what is kept, what a bad file costs, and that nothing leaves the target."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from dsia_gen.assets.importing.entries import Terms
from dsia_gen.assets.importing.import_folder import ImportOverrides, ImportReport, import_folder
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import Entry, folder_entries, record_entries
from dsia_gen.core import supervise
from dsia_gen.core.errors import AssetError, WorkerError
from tests.files import fill

pytestmark = pytest.mark.slow

FAKE = "tests.assets.importing.fake_import"


@pytest.fixture
def take(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """Import `<tmp>/in` into `<tmp>/out`; the files opened are in `take.opened()` since the last call."""
    log = tmp_path / "log.txt"
    monkeypatch.setenv("FAKE_INTAKE_LOG", str(log))
    monkeypatch.setenv("PYTHONPATH", str(checkout))

    def call(*, seconds: float = 300.0, target: Path | None = tmp_path / "out", **options: object) -> ImportReport:
        log.write_text("")
        return import_folder(tmp_path / "in", target, limits=ImportLimits(seconds, FAKE), **options)

    call.log = lambda: log.read_text().splitlines()
    call.opened = lambda: [line.removeprefix("open ") for line in call.log() if line.startswith("open ")]
    return call


def states(report: ImportReport) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in report.outcomes}


def test_a_file_that_crashes_or_hangs_costs_itself_alone(take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", "a.obj", "bad.obj", "crashes.obj", "d.obj", "hangs.obj", "z.obj")
    ticks = count(1)

    def monotonic() -> float:
        """The clock of the limits: it ticks while a file hangs, and stands still for those that do not."""
        hanging = take.log()[-1:] == ["open hangs.obj"]
        hands.now = min(1000.0 + next(ticks), 1050.0) if hanging else hands.now
        return hands.now

    hands = SimpleNamespace(now=1000.0, monotonic=monotonic)
    monkeypatch.setattr(supervise, "time", hands)
    report = take(seconds=4.0)
    assert states(report) == {
        "a.obj": "new", "bad.obj": "refused", "crashes.obj": "refused", "d.obj": "new", "hangs.obj": "refused",
        "z.obj": "new",
    }  # fmt: skip
    reasons = {o.name: o.reason for o in report.of("refused")}
    assert "SIGSEGV" in reasons["crashes.obj"] and "within 4 s" in reasons["hangs.obj"]
    assert reasons["bad.obj"].startswith("bad.obj is") and reasons["bad.obj"].isprintable()
    assert take.log().count("start 0") == 1 and len([x for x in take.log() if x.startswith("start")]) == 3
    assert take.opened() == ["a.obj", "bad.obj", "crashes.obj", "d.obj", "hangs.obj", "z.obj"]


def test_again_only_what_is_new_or_changed(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj", "b.obj", "bad.obj")
    take()
    assert states(take()) == {"a.obj": "kept", "b.obj": "kept", "bad.obj": "refused"} and take.log() == []
    fill(tmp_path / "in", "c.obj")
    fill(tmp_path / "in", "b.obj", text="v 1 1 1\n")
    assert states(take()) == {"a.obj": "kept", "b.obj": "new", "bad.obj": "refused", "c.obj": "new"}
    assert take.opened() == ["b.obj", "c.obj"]
    take(again=True)
    assert len(take.opened()) == 4
    take(overrides=ImportOverrides(up="Z"))
    assert len(take.opened()) == 4
    take()
    assert take.opened() == []
    take(seconds=301.0)
    assert take.opened() == ["bad.obj"]


def test_a_changed_part_is_a_change(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj", "t.png")
    take()
    fill(tmp_path / "in", "t.png", text="another")
    take()
    assert take.opened() == ["a.obj"]


def test_the_result_is_an_asset_folder(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "chair/a.obj", "chair/textures/t.png", "wood.jpg")
    take(terms=Terms(licence="CC0", source="a friend"))
    out = tmp_path / "out"
    library = load_library([], out)
    assert sorted(library.entries) == ["in/a", "in/wood"]
    chair = library.entries["in/a"]
    assert library.path(chair) == out / "chair/a.obj" and (out / "chair/textures/t.png").is_file()
    assert (chair.licence, chair.source, list(chair.files)) == ("CC0-1.0", "a friend", ["chair/textures/t.png"])
    assert (out / "thumbnails/in/a.png").is_file()


def test_maps_of_a_surface_are_one_texture_and_a_lone_one_is_refused(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "oak_diff_2k.jpg", "oak_nor_gl_2k.jpg", "oak_rough_2k.png", "oak_ao_2k.jpg", "ash_nor_gl.png")
    report = take()
    assert states(report) == {"oak_diff_2k.jpg": "new", "ash_nor_gl.png": "refused"}
    assert "without the image" in report.of("refused")[0].reason
    (oak,) = folder_entries(tmp_path / "out")
    assert list(oak.files) == ["oak_nor_gl_2k.jpg", "oak_rough_2k.png"]
    assert all(len(sha256) == 64 and (tmp_path / "out" / name).is_file() for name, sha256 in oak.files.items())
    assert states(take())["oak_diff_2k.jpg"] == "kept" and take.opened() == []


def test_in_place_nothing_is_copied(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj")
    take(target=None)
    names = {p.name for p in (tmp_path / "in").iterdir() if not p.name.startswith(".")}
    assert names == {"a.obj", "manifest.yaml", "import.json", "thumbnails"}
    assert states(take(target=None)) == {"a.obj": "kept"}


def test_what_is_listed_already_is_not_imported_again(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "gso/mug.obj", "gso/mug.mtl", "new.obj")
    entry = Entry(id="gso/mug", kind="object", file="gso/mug.obj", source="fetched", licence="CC-BY-4.0", size=0.1)
    record_entries(tmp_path / "in", [entry])
    assert states(take(target=None)) == {"gso/mug.obj": "kept", "new.obj": "new"} and take.opened() == ["new.obj"]
    assert [e.id for e in folder_entries(tmp_path / "in")] == ["gso/mug", "in/new"]


def test_what_a_person_corrects_is_kept_until_they_say_otherwise(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj")
    take()
    (entry,) = folder_entries(tmp_path / "out")
    record_entries(tmp_path / "out", [entry.model_copy(update={"licence": "mine", "scale": 0.5})])
    take()
    assert folder_entries(tmp_path / "out")[0].scale == 0.5
    fill(tmp_path / "in", "a.obj", text="v 1 2 3\n")
    take()
    assert (folder_entries(tmp_path / "out")[0].licence, folder_entries(tmp_path / "out")[0].scale) == ("mine", 1.0)
    take(terms=Terms(licence="CC-BY 4.0"))
    assert take.opened() == [] and folder_entries(tmp_path / "out")[0].licence == "CC-BY-4.0"


@pytest.mark.parametrize(
    "name",
    ["-rf.obj", "a b'\"$(touch x);.obj", "..hidden..obj", "<b>.obj", "ünïcode 雪.obj", "~.obj", "%2e%2e%2fx.obj"],
)
def test_names_with_odd_characters_stay_in_the_target(take, tmp_path: Path, name: str) -> None:
    fill(tmp_path / "in" / "x", name)
    before = set(tmp_path.rglob("*"))
    report = take()
    if name.startswith("."):
        assert report.outcomes == []
        return
    assert [o.state for o in report.outcomes] == ["new"]
    (entry,) = folder_entries(tmp_path / "out")
    assert (tmp_path / "out" / str(entry.file)).is_file() and load_library([], tmp_path / "out").path(entry)
    assert {p for p in tmp_path.rglob("*") if tmp_path / "out" not in [p, *p.parents]} - before <= {
        tmp_path / "log.txt"
    }


def test_a_link_in_the_target_is_not_written_through(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "x/a.obj")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AssetError, match="leads out of"):
        take()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_target_may_not_lie_inside_what_is_imported(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "a.obj")
    with pytest.raises(AssetError, match="lies inside"):
        take(target=tmp_path / "in" / "out")


def test_a_process_that_does_not_get_to_a_file_is_no_fault_of_the_file(take, tmp_path: Path) -> None:
    fill(tmp_path / "in", "early.obj")
    with pytest.raises(WorkerError, match="exit code 3"):
        take()

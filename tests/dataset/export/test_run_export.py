"""Running an export: again, after a cut, after the data set has changed, in parallel, and what goes wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dsia_gen.core.errors import ConfigError, StorageError, UnknownNameError
from dsia_gen.dataset import Dataset, DatasetLayout, open_dataset
from dsia_gen.dataset.export import FORMATS, ExportOptions, export
from dsia_gen.dataset.export.run_export import write_part
from tests.dataset.export.conftest import add_scenes
from tests.dataset.synthetic import make_spec, write_scene

Stamps = dict[str, tuple[int, int]]


def stamps(root: Path) -> Stamps:
    """Size and time of every file."""
    return {
        p.relative_to(root).as_posix(): (p.stat().st_size, p.stat().st_mtime_ns) for p in root.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "photographic"])  # it has its own tests
def test_a_second_export_changes_nothing(odd: Dataset, tmp_path: Path, form: str) -> None:
    first = export(odd.layout.root, tmp_path / "out", form)
    before = stamps(tmp_path / "out")
    second = export(odd.layout.root, tmp_path / "out", form)
    assert stamps(tmp_path / "out") == before
    assert first.changed and not second.changed and "nothing to do" in "\n".join(second.lines())
    assert (second.files, second.bytes, second.samples) == (first.files, first.bytes, first.samples)


def test_what_was_cut_off_goes_on(odd: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dsia_gen.dataset.export.run_export as run

    calls = []

    def breaks(form, task, source, root):
        calls.append(task.name)
        if len(calls) == 3:
            (root / "data" / "DSIA").mkdir(parents=True, exist_ok=True)
            raise KeyboardInterrupt
        return write_part(form, task, source, root)

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(run, "write_part", breaks)
        with pytest.raises(KeyboardInterrupt):
            export(odd.layout.root, out, "dmaligner")
    assert not (out / "export.json").exists(), "what is not finished has no receipt"
    before = {name: stamp for name, stamp in stamps(out).items() if name.endswith(".png")}
    (out / ".export" / "77.0.tmp").write_bytes(b"killed here")
    with (out / ".export" / "journal.jsonl").open("a") as stream:
        stream.write('{"part": "tr')  # a line that was being written
    report = export(odd.layout.root, out, "dmaligner")
    assert report.kept == 2 and before.items() <= stamps(out).items() and before
    assert (out / "export.json").is_file() and not (out / ".export").exists()
    assert not list(out.rglob("*.tmp"))


def test_what_is_damaged_is_made_again(odd: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(odd.layout.root, out, "sintel")
    victim = next(out.rglob("*.flo"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-7])
    report = export(odd.layout.root, out, "sintel")
    assert report.made == 1 and victim.read_bytes() == whole
    (out / "README.md").unlink()
    assert export(odd.layout.root, out, "sintel").changed and (out / "README.md").is_file()


def test_a_data_set_that_grew_keeps_what_is_there_and_its_splits(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path / "data")
    layout.root.mkdir()
    add_scenes(layout, range(2))
    options = ExportOptions(ratios=(0.5, 0.25, 0.25))
    export(layout.root, tmp_path / "out", "dmaligner", options)
    before = {name: stamp for name, stamp in stamps(tmp_path / "out").items() if name.endswith(".png")}
    add_scenes(layout, range(2, 4))
    report = export(layout.root, tmp_path / "out", "dmaligner", options)
    assert report.kept == 2 and report.made == 2
    assert before.items() <= stamps(tmp_path / "out").items()


def test_fewer_samples_leave_no_files_behind(odd: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(odd.layout.root, out, "dmaligner")
    (out / "mine.txt").write_text("not of the export")
    drop = tmp_path / "drop.txt"
    drop.write_text("00000_0001\n")
    report = export(odd.layout.root, out, "dmaligner", where="scene in ('00000', '00001')", drop=drop)
    names = [path.name for path in (out / "data" / "DSIA").glob("*/*")]
    assert sorted(names) == ["00000_1_0001", "00000_1_0003", "00001_1_0001"] and report.left_out == len(odd) - 3
    assert (out / "mine.txt").is_file()


def test_what_validation_says_to_drop_is_left_out(odd: Dataset, tmp_path: Path) -> None:
    root = Path(shutil.copytree(odd.layout.root, tmp_path / "data"))
    findings = {"problems": [], "drop": ["00002_0000"], "content_hash": odd.info.content_hash}
    (root / "validation.json").write_text(json.dumps(findings))
    assert export(root, tmp_path / "a", "dmaligner").left_out == 1
    assert export(root, tmp_path / "b", "dmaligner", keep_bad=True).left_out == 0
    (root / "validation.json").write_text(json.dumps({**findings, "content_hash": "of another state"}))
    assert export(root, tmp_path / "c", "dmaligner").left_out == 0


@pytest.mark.slow
def test_two_processes_write_what_one_does(odd: Dataset, tmp_path: Path) -> None:
    seen = []
    export(odd.layout.root, tmp_path / "one", "kitti")
    export(odd.layout.root, tmp_path / "two", "kitti", workers=2, progress=lambda *at: seen.append(at))
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()
    assert seen[-1] == (len(odd), len(odd)) and len(seen) == 5


def test_an_output_that_is_missing_is_named(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path / "data")
    layout.root.mkdir()
    from dsia_gen.config.job import JobConfig, SceneGroup
    from dsia_gen.dataset import update_index, write_job

    write_job(layout, JobConfig(name="few", scenes=[SceneGroup(config="rectangles", count=1)], resolution=(48, 27)))
    write_scene(layout, "00000", make_spec(pairs=1, width=48, height=27), ("image", "flow_1_to_2"))
    update_index(layout)
    with pytest.raises(StorageError, match=r"sintel needs occlusion_1_to_2, depth, .*add .* to `outputs:`"):
        export(layout.root, tmp_path / "out", "sintel")
    with pytest.raises(StorageError, match="needs depth"):
        export(layout.root, tmp_path / "out", "webdataset", ExportOptions(outputs=("image", "depth")))
    assert not (tmp_path / "out").exists()
    assert export(layout.root, tmp_path / "out", "webdataset").changed


def test_folders_of_others_are_refused(odd: Dataset, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds no export"):
        export(odd.layout.root, tmp_path, "kitti")
    export(odd.layout.root, tmp_path / "out", "kitti")
    with pytest.raises(StorageError, match="an export to kitti"):
        export(odd.layout.root, tmp_path / "out", "sintel")
    with pytest.raises(StorageError, match="another folder"):
        (tmp_path / "out" / "export.json").write_text("{}")
        export(odd.layout.root, tmp_path / "out", "kitti")


def test_options_that_do_not_fit(odd: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"known: dmaligner.*did you mean 'kitti'"):
        export(odd.layout.root, tmp_path / "out", "kiti")
    with pytest.raises(ConfigError, match="fixed set of outputs"):
        export(odd.layout.root, tmp_path / "out", "kitti", ExportOptions(outputs=("image",)))
    with pytest.raises(ConfigError, match="did you mean 'depth'"):
        export(odd.layout.root, tmp_path / "out", "webdataset", ExportOptions(outputs=("dept",)))
    with pytest.raises(ConfigError, match="--raw is for webdataset"):
        export(odd.layout.root, tmp_path / "out", "kitti", ExportOptions(raw=True))


def test_a_split_without_scenes_is_told(odd: Dataset, tmp_path: Path) -> None:
    only = export(odd.layout.root, tmp_path / "a", "kitti", ExportOptions(ratios=(1, 0, 0)))
    assert only.empty == () and len(only.lines()) == 1
    few = export(odd.layout.root, tmp_path / "b", "kitti", ExportOptions(ratios=(1, 1, 1)), where="scene == '00001'")
    assert len(few.empty) == 2 and "no scene fell into" in "\n".join(few.lines())


def test_the_receipt_says_what_and_from_where(odd: Dataset, tmp_path: Path) -> None:
    export(odd.layout.root, tmp_path / "out", "kitti")
    receipt = json.loads((tmp_path / "out" / "export.json").read_text())
    files = {**receipt["files"], **{k: v for part in receipt["parts"].values() for k, v in part["files"].items()}}
    on_disk = {name: size for name, (size, _) in stamps(tmp_path / "out").items() if name != "export.json"}
    assert files == on_disk
    assert receipt["content_hash"] == open_dataset(odd.layout.root).info.content_hash

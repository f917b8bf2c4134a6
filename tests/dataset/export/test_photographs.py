"""The photographic export: pictures, what was drawn for them, and ground truth that stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dsia_gen.cli.main import app
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset import Dataset, DatasetLayout, open_dataset
from dsia_gen.dataset.export import ExportOptions, export
from tests.dataset.synthetic import write_dataset


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    return write_dataset(tmp_path_factory.mktemp("photographs") / "data", scenes=1)


def run(data: DatasetLayout, out: Path, *words: str) -> str:
    command = ["dataset", "export", str(data.root), "-f", "photographic", "-o", str(out), *words]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_bracketing_video(good: DatasetLayout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(good, out, "--set", "stops=[-1.5,1.5]", "--set", "jpeg=[90,95]", "--set", "shutter=[0.2,0.5]")
    split = next(path for path in out.iterdir() if path.name in ("train", "val", "test"))
    folders = sorted(split.iterdir())
    assert [folder.name for folder in folders] == list(open_dataset(good.root).ids)
    turns = []
    for folder in folders:
        record = json.loads((folder / "photograph.json").read_text())
        assert set(record["pictures"]) == {"I1.jpg", "I2.jpg", "Igt.png"} == {p.name for p in folder.glob("I*")}
        assert record["pictures"]["Igt.png"]["shot"] == 0 < record["pictures"]["I1.jpg"]["shot"]
        turns.append((record["pictures"]["I1.jpg"]["stops"], record["pictures"]["I2.jpg"]["stops"]))
        for name in ("flow_gt_to_2.exr", "occlusion_gt_to_2.png", "dynamic_union.png"):
            pair = good.root / "scenes/00000/pairs" / folder.name.rpartition("_")[2]
            assert (folder / name).read_bytes() == (pair / name).read_bytes()
    assert turns[:2] == [(-1.5, 1.5), (1.5, -1.5)]
    assert "nothing to do" in run(
        good, out, "--set", "stops=[-1.5,1.5]", "--set", "jpeg=[90,95]", "--set", "shutter=[0.2,0.5]"
    )


def test_other_settings_replace_the_pictures(good: DatasetLayout, tmp_path: Path) -> None:
    (tmp_path / "photo.yaml").write_text("stops: [0]\nalternate: false\n")
    run(good, tmp_path / "out")
    run(good, tmp_path / "out", "--settings", str(tmp_path / "photo.yaml"))
    names = {path.name for path in (tmp_path / "out").rglob("I*.png")}
    assert names == {"I1_ev+0.0.png", "I2_ev+0.0.png", "Igt_ev+0.0.png"}


def test_mistakes_are_named(good: DatasetLayout, odd: Dataset, tmp_path: Path) -> None:
    runner = CliRunner()
    command = ["dataset", "export", str(good.root), "-o", str(tmp_path / "o")]
    wrong = runner.invoke(app, [*command, "-f", "photographic", "--set", "stop=[1]"])
    assert wrong.exit_code != 0 and "did you mean 'stops'" in str(wrong.exception or wrong.output)
    other = runner.invoke(app, [*command, "-f", "kitti", "--set", "stops=[1]"])
    assert other.exit_code != 0 and "kitti has no settings of its own" in str(other.exception or other.output)
    with pytest.raises(StorageError, match=r"need linear, which .* add linear to `outputs:`"):
        export(odd.layout.root, tmp_path / "p", "photographic")
    with pytest.raises(ConfigError, match="leave --size out"):
        export(good.root, tmp_path / "q", "photographic", ExportOptions(size=(64, 36)))

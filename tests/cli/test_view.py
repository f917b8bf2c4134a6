"""`dsia-gen dataset view` as a user calls it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dsia_gen.dataset import DatasetLayout
from tests.dataset.synthetic import write_dataset


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    return write_dataset(tmp_path_factory.mktemp("view") / "rectangles", outputs=("image", "depth", "flow_gt_to_2"))


def test_without_the_extra_the_command_is_told(
    dsia, layout: DatasetLayout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    code, _, err = dsia("dataset", "view", layout.root, "--save", tmp_path / "a.rrd")
    assert code != 0
    assert "pip install 'dsia-gen[view]'" in err


def test_a_file_is_written(dsia, layout: DatasetLayout, tmp_path: Path) -> None:
    pytest.importorskip("rerun", reason="needs the [view] extra")
    code, out, err = dsia("dataset", "view", layout.root, "00001", "--save", tmp_path / "a.rrd")
    assert code == 0, err
    assert "1 of 4 pairs of 1 scene written to" in out
    assert (tmp_path / "a.rrd").stat().st_size > 1000


@pytest.mark.parametrize(
    ("file", "said"), [("no/a.rrd", "there is no folder"), ("a.txt", "does not end with .rrd"), (".", "is a folder")]
)
def test_a_file_that_cannot_be_written_is_refused_first(
    dsia, layout: DatasetLayout, tmp_path: Path, file: str, said: str
) -> None:
    code, _, err = dsia("dataset", "view", layout.root, "--save", tmp_path / file)
    assert code != 0
    assert "--save" in err and said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_without_a_screen_the_file_is_offered(
    dsia, layout: DatasetLayout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("rerun", reason="needs the [view] extra")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    code, out, err = dsia("dataset", "view", layout.root)
    assert code != 0 and not out
    assert "no screen" in err and "--save FILE.rrd" in err


@pytest.mark.slow
def test_a_name_that_is_not_there_is_told(dsia, layout: DatasetLayout, tmp_path: Path) -> None:
    pytest.importorskip("rerun", reason="needs the [view] extra")
    code, _, err = dsia("dataset", "view", layout.root, "00009", "--save", tmp_path / "a.rrd")
    assert code != 0
    assert "no scene or pair '00009'" in err
    assert list(tmp_path.iterdir()) == []

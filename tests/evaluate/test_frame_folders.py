"""Folders of Sintel and DAVIS, made here in their own layouts, and Table 3 with a distance that needs no weights."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from dsia_gen.align.methods import UnavailableError
from dsia_gen.core.errors import AlignError
from dsia_gen.evaluate import perceptual
from dsia_gen.evaluate.evaluation_report import write_evaluation
from dsia_gen.evaluate.frame_folders import davis_pairs, sintel_pairs
from dsia_gen.evaluate.run_evaluation import Request
from tests.evaluate.conftest import no_bar

pytestmark = pytest.mark.torch


def frames(folder: Path, names: list[str], seed: int = 0) -> None:
    folder.mkdir(parents=True)
    for k, name in enumerate(names):
        picture = np.random.default_rng([seed, k]).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        iio.imwrite(folder / name, picture)


@pytest.fixture
def sintel(tmp_path: Path) -> Path:
    root = tmp_path / "MPI-Sintel-complete"
    for render in ("clean", "final"):
        for sequence, count in (("alley_1", 3), ("market_2", 2)):
            frames(root / "training" / render / sequence, [f"frame_{k + 1:04d}.png" for k in range(count)])
    return root


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    root = tmp_path / "DAVIS"
    for sequence in ("bear", "camel", "unused"):
        frames(root / "JPEGImages" / "480p" / sequence, [f"{k:05d}.jpg" for k in range(3)])
    lists = root / "ImageSets" / "2017"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("bear\ncamel\n")
    return root


def test_sintel_is_read_by_sequence(sintel: Path) -> None:
    pairs = sintel_pairs(sintel, "clean")
    assert [(p.group, p.first.stem, p.second.stem) for p in pairs] == [
        ("alley_1", "frame_0001", "frame_0002"), ("alley_1", "frame_0002", "frame_0003"),
        ("market_2", "frame_0001", "frame_0002"),
    ]  # fmt: skip
    assert sintel_pairs(sintel / "training", "final")[0].id == "sintel_final_alley_1_frame_0001"
    first, second = pairs[0].images()
    assert first.shape == second.shape == (24, 32, 3)
    assert pairs[0].data_key != pairs[2].data_key or pairs[0].id != pairs[2].id


def test_davis_is_read_by_its_list(davis: Path) -> None:
    assert [p.group for p in davis_pairs(davis)] == ["bear", "bear", "camel", "camel"]
    (davis / "ImageSets" / "2017" / "val.txt").unlink()
    assert {p.group for p in davis_pairs(davis)} == {"bear", "camel", "unused"}
    old = davis / "ImageSets" / "2016"
    old.mkdir()
    (old / "val.txt").write_text("/JPEGImages/480p/camel/00000.jpg /Annotations/480p/camel/00000.png\n")
    assert {p.group for p in davis_pairs(davis)} == {"camel"}


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="training/clean"):
        sintel_pairs(tmp_path, "clean")
    with pytest.raises(AlignError, match="JPEGImages/480p"):
        davis_pairs(tmp_path)
    (tmp_path / "JPEGImages" / "480p" / "bear").mkdir(parents=True)
    with pytest.raises(AlignError, match="no two frames"):
        davis_pairs(tmp_path)


def test_without_weights_every_column_says_so(sintel: Path, davis: Path, tmp_path: Path) -> None:
    written = write_evaluation(
        Request(("identity", "oracle_flow"), sintel=sintel, davis=davis), tmp_path / "report", no_bar
    )
    columns = written.summary.results.perceptual
    assert [(c.source, c.measure) for c in columns] == [
        (s, m) for s in ("sintel_clean", "sintel_final", "davis") for m in ("lpips", "lpips_vgg", "dreamsim")
    ]
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    for column in columns:
        if column.reason:
            assert column.reason in text
    assert "- `oracle_flow`: frames without ground truth has no flow_gt_to_2" in text or "oracle_flow" in text


def test_a_distance_that_is_there_is_measured(sintel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opening(device: str, weights: str | None) -> perceptual.Distance:
        return lambda a, b: float(np.abs(a.astype(float) - b).mean() / 255)

    def absent(device: str, weights: str | None) -> perceptual.Distance:
        raise UnavailableError("not here")

    monkeypatch.setitem(perceptual.PERCEPTUAL, "lpips", ("LPIPS", opening))
    for name in ("lpips_vgg", "dreamsim"):
        monkeypatch.setitem(perceptual.PERCEPTUAL, name, (name, absent))
    written = write_evaluation(Request(("identity", "reference"), sintel=sintel), tmp_path / "report", no_bar)
    found = {(c.source, c.measure): c for c in written.summary.results.perceptual}
    clean = found["sintel_clean", "lpips"]
    assert clean.means["reference"].mean == 0
    expected = np.mean(
        [np.abs(a.astype(float) - b).mean() / 255 for a, b in (p.images() for p in sintel_pairs(sintel, "clean"))]
    )
    assert clean.means["identity"].mean == pytest.approx(expected)
    assert found["sintel_clean", "dreamsim"].reason == "not here"
    assert "| `reference` | 0.000 | n/a | n/a |" in (tmp_path / "report" / "report.md").read_text(encoding="utf-8")

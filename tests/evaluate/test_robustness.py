"""Corruptions of images, and the table of what they cost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dsia_gen.cli.main import app
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.evaluate.corruptions import CORRUPTIONS, CorruptedSample, checked_corruptions, corrupted
from dsia_gen.evaluate.evaluation_report import write_evaluation
from dsia_gen.evaluate.flow_sets import kitti_flow_pairs
from dsia_gen.evaluate.robustness import AVERAGE, CLEAN
from dsia_gen.evaluate.run_evaluation import Request
from tests.evaluate.conftest import no_bar
from tests.evaluate.flow_folders import make_kitti, texture

pytestmark = pytest.mark.torch
pytest.importorskip("cv2")


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [(48, 64), (5, 7), (1, 1)])
def test_a_corruption_keeps_size_and_grows(name: str, size: tuple[int, int]) -> None:
    image = texture(0, *size)
    errors = []
    for severity in range(1, 6):
        changed = corrupted(image, name, severity, np.random.default_rng(0))
        assert changed.shape == image.shape and changed.dtype == np.uint8
        assert np.array_equal(changed, corrupted(image, name, severity, np.random.default_rng(0)))
        errors.append(np.abs(changed.astype(float) - image).mean())
    if size == (48, 64):
        assert errors == sorted(errors) and errors[0] > 0


def test_noise_has_the_published_strength() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    rng = np.random.default_rng(0)
    level = 128 / 255
    assert corrupted(grey, "gaussian_noise", 1, rng).std() / 255 == pytest.approx(0.08, rel=0.02)
    assert corrupted(grey, "shot_noise", 1, rng).std() / 255 == pytest.approx(np.sqrt(level / 60), rel=0.02)
    lost = corrupted(grey, "impulse_noise", 5, rng)
    assert (lost == 0).mean() == pytest.approx(0.135, abs=0.005) == (lost == 255).mean()
    assert np.array_equal(corrupted(grey, "defocus_blur", 5, rng), grey)
    assert np.array_equal(corrupted(grey, "contrast", 5, rng), grey)


def test_contrast_shrinks_deviations_and_keeps_the_mean() -> None:
    image = texture(1)
    flat = corrupted(image, "contrast", 2, np.random.default_rng(0))
    assert flat.std(axis=(0, 1)) == pytest.approx(0.3 * image.std(axis=(0, 1)), rel=0.01)
    assert np.abs(flat.mean(axis=(0, 1)) - image.mean(axis=(0, 1))).max() < 0.5


def test_blur_is_symmetric_and_keeps_the_sum() -> None:
    spot = np.zeros((61, 61, 3), np.uint8)
    spot[30, 30] = 255
    # levels of a spread spot are below one half of a step, so the spot is a square of white
    spot[24:37, 24:37] = 255
    blurred = corrupted(spot, "defocus_blur", 3, np.random.default_rng(0)).astype(float)
    assert np.array_equal(blurred, blurred[::-1]) and np.array_equal(blurred, blurred[:, ::-1])
    assert blurred.sum() == pytest.approx(spot.sum(), rel=0.01)


def test_the_noise_of_a_sample_is_its_own(tmp_path: Path) -> None:
    first, second = kitti_flow_pairs(make_kitti(tmp_path))
    samples = [CorruptedSample(pair, "gaussian_noise", 3, seed) for pair in (first, second) for seed in (0, 1)]
    assert len({sample.data_key for sample in samples}) == 4
    image1, image2 = samples[0].pairs()[0]
    assert np.array_equal(image1, first.images()[0]), "the first image stays"
    assert np.array_equal(image2, samples[0].pairs()[0][1]) and not np.array_equal(image2, samples[1].pairs()[0][1])


@pytest.mark.slow
def test_the_table_has_clean_and_corrupted_errors(layout: DatasetLayout, tmp_path: Path) -> None:
    report = tmp_path / "report"
    arguments = [
        "evaluate", str(layout.root), "-o", str(report), "--methods", "identity,dis,oracle_flow",
        "--corruptions", "contrast,gaussian_noise", "--severity", "5",
    ]  # fmt: skip
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    (table,) = json.loads((report / "report.json").read_text(encoding="utf-8"))["robustness"]
    (row,) = table["rows"]
    assert row["name"] == "dis" and row["pairs"] == table["pairs"] == 4 and table["severity"] == 5
    errors = {name: mean["mean"] for name, mean in row["errors"].items()}
    assert set(errors) == {CLEAN, "contrast", "gaussian_noise", AVERAGE}
    assert errors[AVERAGE] == pytest.approx((errors["contrast"] + errors["gaussian_noise"]) / 2)
    assert errors[CLEAN] < errors["gaussian_noise"]
    text = (report / "report.md").read_text(encoding="utf-8")
    assert "## Robustness on " in text and "gaussian noise" in text and "Robustness" in result.output


def test_sets_and_processes(tmp_path: Path) -> None:
    kitti = make_kitti(tmp_path / "kitti")
    request = Request(("dis",), kitti=kitti, corruptions=("contrast",), severity=1)
    one = write_evaluation(request, tmp_path / "1", no_bar).summary.results
    (table,) = one.robustness
    assert table.source == "kitti" and table.rows[0].errors[CLEAN].mean < 1
    again = write_evaluation(request, tmp_path / "1", no_bar).summary.results
    assert again.robustness == one.robustness


def test_a_corruption_that_is_not_known_is_named() -> None:
    assert checked_corruptions(("all",)) == tuple(CORRUPTIONS) and checked_corruptions(()) == ()
    with pytest.raises(AlignError, match="gaussian_noise"):
        checked_corruptions(("gausian_noise",))

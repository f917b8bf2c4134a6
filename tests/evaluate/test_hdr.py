"""Exposures, merging and PSNR-mu against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.dataset.photography import NOISELESS, photograph
from dsia_gen.evaluate.evaluation_report import WrittenReport
from dsia_gen.evaluate.hdr import MU, HdrSample, HdrSettings, merge, psnr_mu, single_exposure
from dsia_gen.evaluate.run_evaluation import Request, evaluate
from tests.evaluate.conftest import no_bar

pytestmark = pytest.mark.torch


def light() -> np.ndarray:
    """Four decades of light."""
    return np.geomspace(1e-3, 10, 24 * 32 * 3).reshape(24, 32, 3).astype(np.float32)


def test_two_exposures_of_one_view_give_the_light_back() -> None:
    first, second = photograph(light(), -1.0), photograph(light(), -5.0)
    merged = merge(first, second)
    bright = light() > 0.01
    assert np.abs(merged / light() - 1)[bright].max() < 0.05
    assert psnr_mu(merged, light()) > 40


def test_a_clipped_pixel_says_nothing() -> None:
    flat = np.full((4, 4, 3), 8.0, dtype=np.float32)
    first, second = photograph(flat, 0.0), photograph(flat, -4.0)
    assert first.saturated.all() and not second.saturated.any()
    assert np.allclose(merge(first, second), 8.0, rtol=0.02)


def test_where_all_is_clipped_the_shorter_exposure_is_the_bound() -> None:
    flat = np.full((4, 4, 3), 100.0, dtype=np.float32)
    assert np.allclose(merge(photograph(flat, 0.0), photograph(flat, -3.0)), 8.0)
    assert np.allclose(merge(photograph(flat, -3.0), photograph(flat, 0.0)), 8.0)


def test_psnr_mu_of_a_constant_error() -> None:
    truth = np.full((8, 8, 3), 1.0)
    value = 0.5
    expected = 20 * math.log10(1 / (1 - math.log1p(MU * value) / math.log1p(MU)))
    assert psnr_mu(truth * value, truth) == pytest.approx(expected, abs=1e-5)
    assert psnr_mu(truth, truth) == math.inf
    assert math.isnan(psnr_mu(truth, truth, np.zeros((8, 8), dtype=bool)))


def test_a_better_alignment_gives_a_better_merge(written: WrittenReport) -> None:
    hdr = written.summary.results.hdr
    assert hdr is not None and hdr.single is not None and not hdr.reason
    static = {name: means["background"].mean for name, means in hdr.means.items()}
    assert static["oracle_flow"] > static["identity"] + 3
    assert static["oracle_flow"] == pytest.approx(static["oracle_flow_1_to_2"], abs=0.2)
    assert hdr.means["oracle_flow"]["saturated"].mean > hdr.means["reference"]["saturated"].mean + 3


def test_the_exposures_are_those_asked_for(written: WrittenReport) -> None:
    sample = written.summary.results.samples[0]
    bracket = HdrSample(**vars(sample), settings=HdrSettings(reference_stops=1.0, apart=-2.0, noise=NOISELESS))
    first, second = bracket.shots()
    assert second.stops == pytest.approx(first.stops - 2)
    shown1, shown2 = bracket.images()
    assert np.array_equal(shown2, second.image)
    assert abs(float(shown1.mean()) - float(shown2.mean())) < 25, "a method sees both at one brightness"
    assert single_exposure(bracket) == single_exposure(bracket)


def test_without_scene_linear_images_it_says_so(written: WrittenReport, tmp_path) -> None:
    from tests.dataset.synthetic import write_dataset

    made = write_dataset(tmp_path / "data", scenes=1, outputs=("image",))
    found = evaluate(Request(("identity", "oracle_flow"), made.root, hdr=HdrSettings()), tmp_path / "report", no_bar)
    assert found.hdr is not None and "render with outputs: [default, linear]" in found.hdr.reason
    reasons = {entry.name: entry.reason for entry in found.entries}
    assert "has no flow_gt_to_2" in reasons["oracle_flow"]
    assert found.records["identity"]["00000_0000"].values.keys() == {"share/all", "psnr/all", "ssim/all"}

"""Exposures, merging and PSNR-mu against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dsia_gen.dataset.photography import NOISELESS, metered_stops, photograph
from dsia_gen.evaluate.evaluation_report import WrittenReport, write_evaluation
from dsia_gen.evaluate.hdr import MU, HdrSample, HdrSettings, hdr_samples, merge, psnr_mu, single_exposure
from dsia_gen.evaluate.run_evaluation import Request, evaluate
from dsia_gen.spec.views import Pair
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
    ((shown1, shown2),) = bracket.pairs()
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
    assert found.records["identity"]["00000_0000"].values.keys() >= {
        "share/all",
        "psnr/all",
        "psnr_gain/all",
        "ssim/all",
    }
    assert not any(key.endswith("/foreground") for key in found.records["identity"]["00000_0000"].values)


def test_three_frames_have_alternating_exposures(written: WrittenReport) -> None:
    samples = written.summary.results.samples
    settings = HdrSettings(reference_stops=0.0, apart=2.0, noise=NOISELESS, frames=3)
    brackets = hdr_samples(samples, settings)
    assert [bracket.id for bracket in brackets] == ["00000_0001", "00000_0002"], "the first pair has no frame before"
    assert [bracket.phase for bracket in brackets] == [0, 1]
    earlier = {sample.id: sample for sample in samples}
    for bracket, stops in zip(brackets, ([-2, 0, 2], [0, 2, -2]), strict=True):
        first, after, before = bracket.shots()
        base = metered_stops(bracket.light("1"), settings.metered)
        assert [shot.stops - base for shot in (first, after, before)] == pytest.approx(stops)
        sample = earlier[f"00000_000{int(bracket.id[-1]) - 1}"]
        light = np.asarray(sample.source.array("linear", "1"))
        assert np.array_equal(before.image, photograph(light, before.stops).image)
        pairs = bracket.pairs()
        assert [np.array_equal(pair[1], shot.image) for pair, shot in zip(pairs, (after, before), strict=True)] == [
            True,
            True,
        ]
        exact = bracket.truths(["flow_1_to_2"])
        assert np.array_equal(exact[1]["flow_1_to_2"], sample.source.array("flow_2_to_1"), equal_nan=True)
        assert bracket.truths(["flow_gt_to_2"])[1] == {}, "the data set has no Igt of that time"


def test_a_pair_in_the_other_direction_is_the_frame_before(written: WrittenReport) -> None:
    """Where a data set has pairs in both directions, the frame before comes with all its ground truth."""
    chain = written.summary.results.samples[:2]
    pair = chain[1].source.pair
    back = Pair(index=9, t1=pair.t1, p1=pair.p1, t2=0, p2=0)
    turned = replace(chain[0], source=SimpleNamespace(pair=back, scene=chain[0].source.scene))  # type: ignore[arg-type]
    (bracket,) = hdr_samples([*chain, turned], HdrSettings(frames=3))
    assert bracket.before is not None and not bracket.before.backward and bracket.before.sample is turned


@pytest.mark.slow
def test_three_frames_are_aligned_and_merged(request_all: Request, tmp_path: Path) -> None:
    names = ("identity", "oracle_flow", "oracle_flow_1_to_2")
    settings = HdrSettings(0.0, 2.0, frames=3)
    written = write_evaluation(replace(request_all, methods=names, hdr=settings), tmp_path / "report", no_bar)
    hdr = written.summary.results.hdr
    assert hdr is not None and hdr.brackets == 2
    static = {name: means["background"].mean for name, means in hdr.means.items()}
    assert static["oracle_flow_1_to_2"] > static["identity"] + 3
    assert math.isnan(static["oracle_flow"]), "an exact flow that is not there is not made up"
    text = (tmp_path / "report" / "report.md").read_text()
    assert "2 samples. The frames before, at and after I1 have three exposures in turn, 2 stops" in text


def test_a_merge_of_three_equals_that_of_its_parts() -> None:
    shots = [photograph(light(), stops) for stops in (-1.0, -3.0, -5.0)]
    merged = merge(*shots)
    assert np.abs(merged / light() - 1)[light() > 0.01].max() < 0.05
    turned = merge(shots[2], shots[0], shots[1])
    assert np.allclose(merged, turned), "the order of frames does not matter"

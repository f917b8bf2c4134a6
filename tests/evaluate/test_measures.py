"""PSNR, SSIM and end-point errors against skimage and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.align.methods import Aligned
from dsia_gen.evaluate.measures import (
    BORDER,
    channel_gains,
    flow_errors,
    measure,
    psnr,
    ssim,
    ssim_map,
    uncertainty_measures,
)
from dsia_gen.evaluate.regions import CHANGED, changed_pixels

pytestmark = pytest.mark.torch
metrics = pytest.importorskip("skimage.metrics")


def pictures(seed: int = 0, noise: float = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = np.kron(rng.integers(0, 256, (9, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    b = np.clip(a + rng.normal(0, noise, a.shape), 0, 255).astype(np.uint8)
    return a, b


def skimage_map(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    _, full = metrics.structural_similarity(
        a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True
    )
    return full.mean(axis=-1)


def test_equal_images_are_infinitely_good() -> None:
    a, _ = pictures()
    row = measure(Aligned(a), a, {"all": None})
    assert row.pop("psnr_gain/all") > 200
    assert row == {"share/all": 1.0, "psnr/all": math.inf, "ssim/all": pytest.approx(1.0, abs=1e-6)}


@pytest.mark.parametrize("noise", [1, 20, 90])
def test_both_agree_with_skimage(noise: float) -> None:
    a, b = pictures(noise=noise)
    assert psnr(b, a) == pytest.approx(metrics.peak_signal_noise_ratio(a, b, data_range=255), abs=1e-5)
    inner = skimage_map(a, b)[BORDER:-BORDER, BORDER:-BORDER]
    assert np.abs(ssim_map(b, a)[BORDER:-BORDER, BORDER:-BORDER] - inner).max() < 1e-3
    assert ssim(b, a) == pytest.approx(inner.mean(), abs=1e-5)


def test_masks_choose_the_pixels() -> None:
    a, b = pictures()
    mask = np.zeros(a.shape[:2], dtype=bool)
    mask[20:40, 30:70] = True
    expected = 10 * math.log10(255**2 / np.mean((a[mask].astype(float) - b[mask]) ** 2))
    assert psnr(b, a, mask) == pytest.approx(expected, abs=1e-5)
    assert ssim(b, a, mask) == pytest.approx(skimage_map(a, b)[mask].mean(), abs=1e-5)


def test_a_region_without_a_pixel_has_no_value() -> None:
    a, b = pictures()
    row = measure(Aligned(b), a, {"foreground": np.zeros(a.shape[:2], dtype=bool)})
    assert row == {"share/foreground": 0.0}


def test_confidence_makes_a_region_of_the_method_itself() -> None:
    a, b = pictures()
    confidence = np.zeros(a.shape[:2], dtype=np.float32)
    confidence[:30] = 1
    row = measure(Aligned(b, confidence=confidence), a, {"all": None})
    assert row["psnr/own"] == psnr(b, a, confidence > 0.5)
    assert row["share/own"] == pytest.approx(30 / 72)


def test_flow_errors_are_distances_where_flow_is_known_and_seen() -> None:
    flow = np.zeros((4, 5, 2), dtype=np.float32)
    exact = np.broadcast_to(np.array([3, 4], dtype=np.float32), flow.shape).copy()
    exact[0], reasons = np.nan, np.zeros((4, 5), dtype=np.uint8)
    exact[1], reasons[1] = 100, 3
    truth = {"flow_gt_to_2": exact, "occlusion_gt_to_2": reasons}
    row = flow_errors(flow, truth)
    assert row["epe/gt_to_2"] == pytest.approx(5)
    assert row["epe_known/gt_to_2"] == pytest.approx((2 * 5 + 100 * math.sqrt(2)) / 3)
    assert not any("1_to_2" in name or "moving" in name for name in row)
    assert flow_errors(None, truth) == {}


def test_outliers_of_a_flow_are_shares_of_pixels() -> None:
    """Errors of 0.5, 2, 4 and 4 px; the last on a flow of 200 px, of which it is 2%."""
    exact = np.zeros((1, 4, 2), dtype=np.float32)
    exact[0, 3, 0] = 200
    flow = exact + np.array([[[0, 0.5], [0, 2], [0, 4], [0, 4]]], dtype=np.float32)
    dynamic = np.array([[True, False, False, True]])
    row = flow_errors(flow, {"flow_1_to_2": exact, "dynamic_1": dynamic, "dynamic_gt": ~dynamic})
    shares = {"epe": 2.625, "fl": 0.25, "pixels": 4, "pck1": 0.25, "pck3": 0.5, "pck5": 1.0}
    over = [f"{name}{suffix}" for name in shares for suffix in ("", "_known")]  # no pixel is hidden: both are the same
    expected = {name: shares[name.removesuffix("_known")] for name in over}
    expected |= {"epe_moving": 2.25, "epe_static": 3, "1px": 0.75, "3px": 0.5}
    assert row == {f"{name}/1_to_2": value for name, value in expected.items()}


def test_an_uncertainty_is_judged_by_how_it_ranks_errors() -> None:
    rng = np.random.default_rng(0)
    errors = rng.gamma(2.0, 1.0, 4000)
    exact = uncertainty_measures(errors**2, errors)
    assert exact["spearman"] == pytest.approx(1) and exact["ause"] == pytest.approx(0)
    blind = uncertainty_measures(rng.random(4000), errors)
    assert abs(blind["spearman"]) < 0.05 and blind["ause"] > 0.2
    wrong = uncertainty_measures(-errors, errors)
    assert wrong["spearman"] == pytest.approx(-1) and wrong["ause"] > blind["ause"]
    assert math.isnan(uncertainty_measures(np.ones(10), errors[:10])["spearman"])
    flow = np.zeros((4, 5, 2), np.float32)
    truth = {"flow_1_to_2": rng.normal(0, 2, (4, 5, 2)).astype(np.float32)}
    row = flow_errors(flow, truth, np.linalg.norm(truth["flow_1_to_2"], axis=-1))
    assert row["spearman/1_to_2"] == pytest.approx(1) and row["ause/1_to_2"] == pytest.approx(0)
    assert "spearman/1_to_2" not in flow_errors(flow, truth, np.ones((4, 5), np.float32))


def test_a_gain_a_channel_undoes_light_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    target = rng.integers(0, 100, (40, 40, 3)).astype(np.uint8) * 2
    darker = (target * np.array([0.5, 1.0, 0.5])).astype(np.uint8)
    row = measure(Aligned(darker), target, {"all": None})
    assert row["psnr/all"] < 20 and row["psnr_gain/all"] > 200
    assert channel_gains(darker, target) == pytest.approx([2, 1, 2])
    assert channel_gains(np.zeros_like(target), target) == pytest.approx([1, 1, 1])
    moved = measure(Aligned(np.roll(target, 1, axis=1)), target, {"all": None})
    assert moved["psnr_gain/all"] < moved["psnr/all"] + 3
    assert measure(Aligned(target), target, {"all": None})["psnr_gain/all"] > 200


@pytest.mark.parametrize("gain", [(1.0, 1.0, 1.0), (0.5, 0.8, 1.2)])
def test_changed_pixels_are_those_that_light_does_not_explain(gain: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    first = rng.integers(20, 120, (48, 64, 3)).astype(np.uint8)
    target = np.rint(first * np.array(gain)).astype(np.uint8)
    moved = np.zeros(first.shape[:2], dtype=bool)
    moved[10:20, 30:50] = True
    target[moved, 1] = np.where(target[moved, 1] > 80, 20, 200)
    found = changed_pixels(first, target)
    assert np.array_equal(found, moved)
    row = measure(Aligned(first), target, {"all": None, "changed": found})
    assert row["share/changed"] == pytest.approx(moved.mean())
    assert row["psnr/changed"] == psnr(first, target, moved)


def test_the_threshold_of_a_changed_pixel_is_met_from_above() -> None:
    """Of equal light a pixel is changed from one level above the threshold; a clipped one is not for being clipped."""
    first = np.full((30, 30, 3), 100, np.uint8)
    target = first.copy()
    target[0, 0, 2], target[0, 1, 2] = 100 + int(CHANGED), 101 + int(CHANGED)
    assert np.argwhere(changed_pixels(first, target)).tolist() == [[0, 1]]
    bright = first.copy()
    bright[5] = 200
    lit = np.minimum(bright.astype(int) * 2, 255).astype(np.uint8)
    assert not changed_pixels(bright, lit).any()
    assert changed_pixels(np.zeros_like(first), first).all(), "nothing to take a gain from"

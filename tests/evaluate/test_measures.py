"""PSNR, SSIM and end-point errors against skimage and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.align.methods import Aligned
from dsia_gen.evaluate.measures import BORDER, flow_errors, measure, psnr, ssim, ssim_map

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
    assert flow_errors(flow, truth) == {"epe/gt_to_2": pytest.approx(5)}
    assert flow_errors(None, truth) == {}

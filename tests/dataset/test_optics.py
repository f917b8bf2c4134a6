"""Lens and shutter against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.dataset.optics import motion_blur, vignetting, white_balance

K = np.array([[100.0, 0, 50], [0, 100, 30], [0, 0, 1]])


def test_vignetting_is_the_fourth_power_of_the_cosine() -> None:
    gain = vignetting((60, 100), K)
    ray = np.array([(99.5 - 50) / 100, (0.5 - 30) / 100, 1])
    assert gain[0, 99] == pytest.approx((1 / np.linalg.norm(ray)) ** 4, rel=1e-6)
    assert gain.max() == pytest.approx(1, abs=1e-3)
    assert (vignetting((60, 100), K, strength=0) == 1).all()
    assert (vignetting((60, 100), K, strength=2) <= gain).all()


def test_warmth_moves_light_from_blue_to_red() -> None:
    grey = np.full((2, 2, 3), 0.5, np.float32)
    assert white_balance(grey, 2.0)[0, 0] == pytest.approx([1.0, 0.5, 0.25])
    assert white_balance(grey, 0.0, 1.0)[0, 0] == pytest.approx([0.5, 1.0, 0.5])
    assert np.array_equal(white_balance(grey, 0.0), grey)


def test_blur_of_a_wave_is_its_mean_over_the_way() -> None:
    """The mean of sin over a window of width w is sin scaled by sinc(w / wavelength)."""
    wavelength, way = 32.0, 8.0
    x = np.arange(256) + 0.5
    wave = (
        np.repeat(np.sin(2 * math.pi * x / wavelength)[None, :, None], 3, axis=2).repeat(4, axis=0).astype(np.float32)
    )
    flow = np.zeros((4, 256, 2), np.float32)
    flow[..., 0] = 2 * way
    blurred = motion_blur(wave, flow, shutter=0.5, taps=65)
    expected = wave * np.sinc(way / wavelength)
    assert np.abs(blurred - expected)[:, 16:-16].max() < 0.01


def test_stillness_and_missing_flow_leave_the_picture() -> None:
    picture = np.random.default_rng(0).random((8, 9, 3), dtype=np.float32)
    flow = np.full((8, 9, 2), np.nan, np.float32)
    assert np.array_equal(motion_blur(picture, flow, 1.0), picture)
    flow[:, :4] = 0
    assert np.array_equal(motion_blur(picture, flow, 1.0), picture)
    flow[4:, 5:] = 3.0
    blurred = motion_blur(picture, flow, 1.0)
    assert np.abs(blurred[:4] - picture[:4]).max() < 1e-6
    assert np.abs(blurred[4:, 5:] - picture[4:, 5:]).max() > 0.01


def test_blur_keeps_the_light() -> None:
    flow = np.random.default_rng(1).normal(size=(20, 30, 2)).astype(np.float32) * 5
    assert np.abs(motion_blur(np.full((20, 30, 3), 0.7, np.float32), flow, 0.5) - 0.7).max() < 1e-5

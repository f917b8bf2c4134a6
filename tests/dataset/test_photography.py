"""The camera in numpy, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.dataset.photography import (
    NOISELESS,
    SensorNoise,
    add_noise,
    bracket,
    decode_srgb,
    encode_srgb,
    expose,
    luminance,
    metered_stops,
    photograph,
    quantise,
    radiance,
)


def ramp(height: int = 8, width: int = 64, top: float = 1.0) -> np.ndarray:
    return np.linspace(0, top, height * width * 3, dtype=np.float32).reshape(height, width, 3)


def test_a_stop_doubles_the_light() -> None:
    assert np.allclose(expose(ramp(), 1), 2 * ramp())
    assert np.allclose(expose(ramp(), -3), ramp() / 8)


@pytest.mark.parametrize(("linear", "srgb"), [(0, 0), (0.0031308, 0.04045), (0.214041, 0.5), (1, 1)])
def test_srgb_has_the_values_of_the_standard(linear: float, srgb: float) -> None:
    assert encode_srgb(np.array([linear])) == pytest.approx(srgb, abs=2e-5)
    assert decode_srgb(np.array([srgb])) == pytest.approx(linear, abs=2e-5)


@given(st.floats(-4, 4), st.sampled_from([8, 12, 16]))
def test_a_photograph_can_be_undone_up_to_rounding(stops: float, bits: int) -> None:
    linear = ramp(top=0.9) / 2**stops
    back = radiance(photograph(linear, stops, bits=bits).image, stops, bits)
    # one level of sRGB is at most 2.27 levels of light (slope 2.4 / 1.055 at white)
    assert np.abs(back - linear).max() * 2**stops <= 0.5 * 2.3 / (2**bits - 1) + 1e-5


def test_saturation_is_where_light_exceeds_the_sensor() -> None:
    linear = ramp(top=2.0)
    shot = photograph(linear)
    assert np.array_equal(shot.saturated, (linear >= 1).any(axis=-1))
    assert (shot.image[linear >= 1] == 255).all()


def test_noise_has_the_variance_of_the_model_and_belongs_to_the_seed() -> None:
    noise, level = SensorNoise(0.01, 0.02), 0.3
    flat = np.full((200, 200, 3), level, dtype=np.float32)
    draws = add_noise(flat, noise, 5)
    assert draws.var() == pytest.approx(0.01 * level + 0.02**2, rel=0.02)
    assert draws.mean() == pytest.approx(level, abs=1e-3)
    assert np.array_equal(draws, add_noise(flat, noise, 5))
    assert not np.array_equal(draws, add_noise(flat, noise, 6))
    assert np.array_equal(add_noise(flat, NOISELESS, 5), flat)


def test_frames_of_a_bracket_have_noise_of_their_own() -> None:
    a, b = bracket(np.full((16, 16, 3), 0.2), (0.0, 0.0), SensorNoise(), seed=1)
    assert not np.array_equal(a.image, b.image)


def test_metering_puts_the_highlights_at_the_level() -> None:
    linear = np.full((10, 10, 3), 0.01)
    stops = metered_stops(linear, level=0.5)
    assert expose(linear, stops).max() == pytest.approx(0.5)
    assert metered_stops(np.zeros((4, 4, 3))) == 0


def test_luminance_of_grey_is_grey() -> None:
    assert np.allclose(luminance(np.full((2, 2, 3), 0.7)), 0.7)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="bits"):
        quantise(ramp(), 0)
    with pytest.raises(ValueError, match="negative"):
        SensorNoise(-1)
    with pytest.raises(ValueError, match="finite"):
        photograph(np.full((2, 2, 3), np.nan))

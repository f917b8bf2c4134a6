"""Irradiance of HDRIs and suns against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.light import Environment, Lamp
from dsia_gen.spec.motion import ColourTrack, Still, Track
from dsia_gen.spec.skylight import Skylight, integrate_skylight, sun_gain, sun_irradiance


def test_uniform_sky_gives_pi_times_its_radiance() -> None:
    light = integrate_skylight(np.full((64, 128, 3), 2.0, dtype=np.float32), clamp=10)
    assert np.allclose(light.irradiance, 2 * np.pi, rtol=1e-3)


def test_ground_and_horizon_give_nothing_and_the_clamp_holds() -> None:
    sky = np.zeros((64, 128, 3), dtype=np.float32)
    sky[:32] = 5.0
    sky[48, 10] = 1e6
    free, cut = integrate_skylight(sky, clamp=1e9), integrate_skylight(sky, clamp=2.0)
    latitude = (48.5 / 64 - 0.5) * np.pi
    texel = 1e6 * np.sin(latitude) * np.cos(latitude) * (2 * np.pi / 128) * (np.pi / 64)
    assert np.allclose(free.irradiance, texel, rtol=1e-5)
    assert np.allclose(cut.irradiance, texel * cut.ceiling / 1e6, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_dark_or_broken_maps_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="light"):
        integrate_skylight(np.full((8, 16, 3), value, dtype=np.float32), clamp=10)


def sun(degrees: float, power: float = 3.0) -> Lamp:
    """A sun `degrees` from the zenith."""
    half = np.radians(degrees) / 2
    turn = (float(np.cos(half)), float(np.sin(half)), 0.0, 0.0)
    return Lamp(
        kind="sun", motion=Still(position=(0.0, 0.0, 0.0), rotation=turn), power=Track(values=(power,)),
        colour=ColourTrack(values=((1.0, 0.5, 0.25),)),
    )  # fmt: skip


@pytest.mark.parametrize(("degrees", "share"), [(0.0, 1.0), (60.0, 0.5), (90.0, 0.0), (120.0, 0.0)])
def test_the_ground_gets_the_cosine_of_the_sun(degrees: float, share: float) -> None:
    np.testing.assert_allclose(sun_irradiance(sun(degrees), 0), share * 3.0 * np.array([1.0, 0.5, 0.25]), atol=1e-9)


def test_suns_add_to_the_light_of_the_sky() -> None:
    sky = AssetFile(root="user", path="sky.exr", sha256="")
    environment = Environment(hdri=sky, asset="sky", irradiance=Track(values=(2.0, 4.0)))
    light = Skylight(ceiling=1.0, irradiance=np.full(3, 5.0))
    lamps = (sun(0.0), sun(60.0))
    expected = 1.0 + 4.5 * np.array([1.0, 0.5, 0.25]) / np.array([[2.0], [4.0]])
    np.testing.assert_allclose(sun_gain(environment, light, lamps), expected)
    np.testing.assert_allclose(sun_gain(environment, light, ()), np.ones((2, 3)))

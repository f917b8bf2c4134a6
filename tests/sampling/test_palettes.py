"""Palettes: valid colours, drawn again alike, and far enough apart in lightness to be seen as a pattern."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.sampling.palettes import PALETTES, draw_colours, lightness

NAMES = sorted(PALETTES)
EXPECTED = "vivid muted earth wood stone metal dark light foliage skin hair cloth red gold fruit icing wall paint"


def test_the_palettes_that_slots_may_name_exist() -> None:
    assert set(EXPECTED.split()) == set(PALETTES)


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_in_range_and_different(name: str) -> None:
    colours = PALETTES[name]
    assert 8 <= len(colours) <= 24
    assert len(set(colours)) == len(colours)
    assert all(0.0 <= channel <= 1.0 for colour in colours for channel in colour)


def test_lightness_of_white_and_black() -> None:
    assert lightness((1.0, 1.0, 1.0)) == pytest.approx(100.0)
    assert lightness((0.0, 0.0, 0.0)) == pytest.approx(0.0)
    assert lightness((0.1842, 0.1842, 0.1842)) == pytest.approx(50.0, abs=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_drawing_repeats_with_the_seed_and_gives_different_colours(name: str) -> None:
    first = [draw_colours(np.random.default_rng(seed), name, 4) for seed in range(30)]
    again = [draw_colours(np.random.default_rng(seed), name, 4) for seed in range(30)]
    assert first == again
    assert len(set(first)) > 20
    assert all(len(set(drawn)) == 4 for drawn in first)


@pytest.mark.parametrize("name", ["vivid", "muted", "earth", "wood", "stone", "metal", "foliage", "cloth"])
def test_two_colours_differ_in_lightness(name: str) -> None:
    for seed in range(200):
        a, b = draw_colours(np.random.default_rng(seed), name, 2)
        assert abs(lightness(a) - lightness(b)) > 12.0


def test_unknown_palette_and_too_many_colours_are_named() -> None:
    with pytest.raises(ValueError, match="vivid"):
        draw_colours(np.random.default_rng(0), "vivd", 2)
    with pytest.raises(ValueError, match="99"):
        draw_colours(np.random.default_rng(0), "vivid", 99)

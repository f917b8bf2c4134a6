"""The convention of a map of normals is read from surfaces whose slopes are known."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.normal_maps import green_is_down


def normal_map(seed: int, down: bool, noise: float = 0.0) -> np.ndarray:
    """A map of normals of smooth random relief, row 0 at the top; with `down` green points down the picture."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:64, 0:96] * (2 * np.pi / 32)
    height = sum(
        rng.normal() * np.sin(rng.integers(1, 4) * columns + rng.integers(1, 4) * rows + rng.uniform(0, 6))
        for _ in range(6)
    )
    down_rows, along = np.gradient(height)
    up = -down_rows
    normal = np.stack([-along, -up * (-1.0 if down else 1.0), np.ones_like(along)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.round((normal * 0.5 + 0.5 + rng.normal(0, noise, normal.shape)).clip(0, 1) * 255) / 255


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_convention_is_that_of_the_surface(seed: int, noise: float) -> None:
    assert not green_is_down(normal_map(seed, False, noise))
    assert green_is_down(normal_map(seed, True, noise))


def test_a_flat_map_counts_as_opengl() -> None:
    assert not green_is_down(np.broadcast_to([0.5, 0.5, 1.0], (8, 8, 3)))
    assert not green_is_down(np.full((2, 2, 3), 0.5))

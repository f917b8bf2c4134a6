"""Planes come back as they were packed, and lose no more than their steps."""

from __future__ import annotations

import base64
import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.dataset.report.planes import (
    DEPTH_LEVELS,
    FLOW_STEPS,
    FLOW_ZERO,
    GRID_WIDTH,
    depth_plane,
    flow_planes,
    on_grid,
    pack,
)
from dsia_gen.dataset.web_images import grid_shape, webp

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def unpack(text: str, shape: tuple[int, int]) -> NDArray[np.uint16]:
    """What a page does: two running sums modulo 65536."""
    data = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).astype(np.int64)
    high, low = data.reshape(2, *shape)
    return (np.cumsum(np.cumsum(high * 256 + low, axis=0), axis=1) % 65536).astype(np.uint16)


@given(SHAPES.flatmap(lambda shape: arrays(np.uint16, shape)))
def test_a_plane_comes_back(plane: NDArray[np.uint16]) -> None:
    assert np.array_equal(unpack(pack(plane), plane.shape), plane)


def test_a_smooth_plane_is_small() -> None:
    y, x = np.mgrid[:100, :100]
    assert len(pack((40 * x + 25 * y).astype(np.uint16))) < 200


def test_masks_pack_as_zero_and_one() -> None:
    mask = np.eye(4, dtype=bool)
    assert np.array_equal(unpack(pack(mask), (4, 4)), mask.astype(np.uint16))


def test_flow_keeps_its_steps_and_names_what_is_unknown() -> None:
    flow = np.array([[[1.5, -2.25], [np.nan, 1.0], [1e6, -1e6]]], np.float32)
    u, v = (plane.astype(int) for plane in flow_planes(flow))
    assert (u[0, 0] - FLOW_ZERO) / FLOW_STEPS == 1.5
    assert (v[0, 0] - FLOW_ZERO) / FLOW_STEPS == -2.25
    assert (u[0, 1], v[0, 1]) == (0, 0)
    assert (u[0, 2], v[0, 2]) == (65535, 1), "beyond the range, at its ends, and not taken for unknown"


def test_depth_is_within_half_a_step() -> None:
    depth = np.geomspace(0.5, 300, 64, dtype=np.float32).reshape(8, 8)
    depth[3, 3] = np.inf
    levels, near, far = depth_plane(depth)
    back = near * (far / near) ** ((levels.astype(float) - 1) / (DEPTH_LEVELS - 1))
    known = np.isfinite(depth)
    half = np.log(300 / 0.5) / (DEPTH_LEVELS - 1) / 2
    assert np.abs(np.log(back[known] / depth[known])).max() <= half * 1.001
    assert levels[3, 3] == 0


def test_a_depth_of_background_alone_has_no_levels() -> None:
    levels, near, far = depth_plane(np.full((2, 3), np.inf, np.float32))
    assert not levels.any()
    assert near == far == 1.0


@pytest.mark.parametrize(("shape", "grid"), [((54, 96), (54, 96)), ((540, 960), (270, 480)), ((1, 5000, 3), (1, 480))])
def test_the_grid_keeps_proportions(shape: tuple[int, ...], grid: tuple[int, int]) -> None:
    assert grid_shape(shape, GRID_WIDTH) == grid


def test_the_grid_takes_pixels_and_averages_none() -> None:
    image = np.arange(4 * 960).reshape(4, 960)
    small = on_grid(image)
    assert small.shape == (2, 480)
    assert np.array_equal(small, image[1::2, 1::2])


def test_pictures_are_shrunk_and_never_blown_up() -> None:
    sizes = [Image.open(io.BytesIO(webp(np.zeros((30, width, 3), np.uint8)))).size for width in (60, 1920)]
    assert sizes == [(60, 30), (960, 15)]

"""Values between pixels, against a plane, for which bilinear interpolation is exact."""

from __future__ import annotations

import numpy as np

from dsia_gen.core.image_metrics import backward_warp, bilinear


def test_a_plane_is_interpolated_exactly_and_goes_on_beyond_the_border() -> None:
    row, column = np.mgrid[0:20, 0:30].astype(float)
    plane = np.stack([2 * column + 3 * row, column - row], axis=-1)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 29, 50), rng.uniform(0, 19, 50)
    np.testing.assert_allclose(bilinear(plane, x, y), np.stack([2 * x + 3 * y, x - y], axis=-1), atol=1e-9)
    outside = bilinear(plane, np.array([-5.0, 40.0]), np.array([-1.0, 25.0]))
    np.testing.assert_array_equal(outside, plane[[0, -1], [0, -1]])


def test_a_warp_by_whole_pixels_moves_the_image() -> None:
    image = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    flow = np.tile(np.array([3.0, -2.0], dtype=np.float32), (20, 30, 1))
    np.testing.assert_array_equal(backward_warp(image, flow)[2:, :-3], image[:-2, 3:])

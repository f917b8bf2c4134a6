"""Coarse matching: known homographies come back at any size, planes are told apart, and nothing is made of nothing."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from dsia_gen.align.matching.coarse import chosen_flow  # noqa: E402
from dsia_gen.align.matching.features.extractor import cell_places, working_sides  # noqa: E402
from dsia_gen.align.matching.robust_homography import four_point_homographies, homography_flow, magsac, project, ransac  # noqa: E402
from tests.align.matching.fake_features import matcher, places, seen_under, world_image  # noqa: E402

pytestmark = pytest.mark.torch
HEIGHT, WIDTH = 128, 192
TURN = np.array([[0.98, -0.12, 14.0], [0.1, 1.02, -6.0], [2e-4, -1e-4, 1.0]])
NEARER = np.array([[1.45, 0.05, -40.0], [-0.04, 1.4, -22.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize("matrix", [np.eye(3), TURN, NEARER, np.linalg.inv(NEARER)])
def test_a_known_homography_comes_back_whatever_the_scale(matrix: np.ndarray) -> None:
    first, second = world_image(places(HEIGHT, WIDTH)), seen_under(matrix, HEIGHT, WIDTH)
    coarse = matcher()
    (found,) = coarse.homographies(coarse.matches(first, second), (HEIGHT, WIDTH), 1)
    exact = project(matrix, places(HEIGHT, WIDTH))
    inside = ((exact > 0) & (exact < np.array([WIDTH, HEIGHT]) - 1)).all(axis=-1)
    apart = np.linalg.norm(project(found, places(HEIGHT, WIDTH)) - exact, axis=-1)
    assert apart[inside].mean() < 0.4


def test_images_of_different_sizes_are_matched_in_their_own_pixels() -> None:
    first = world_image(places(HEIGHT, WIDTH))
    double = world_image((places(2 * HEIGHT, 2 * WIDTH) + 0.5) / 2 - 0.5)
    coarse = matcher()
    (found,) = coarse.homographies(coarse.matches(first, double), double.shape[:2], 1)
    apart = project(found, places(HEIGHT, WIDTH)) - (2 * places(HEIGHT, WIDTH) + 0.5)
    assert np.abs(apart).mean() < 0.4


def test_two_planes_are_two_homographies_and_each_pixel_takes_its_own() -> None:
    left, right = np.eye(3), np.array([[1.0, 0, 24], [0, 1, 12], [0, 0, 1]])
    first = world_image(places(HEIGHT, WIDTH))
    second = seen_under(left, HEIGHT, WIDTH)
    second[:, 110:] = 0  # what the second plane uncovers shows nothing of I1
    other = seen_under(right, HEIGHT, WIDTH)
    border = 110
    shown = project(np.linalg.inv(right), places(HEIGHT, WIDTH))[..., 0] >= border
    second[shown] = other[shown]
    coarse = matcher()
    found = coarse.matches(first, second)
    matrices = coarse.homographies(found, (HEIGHT, WIDTH), 5)
    assert len(matrices) == 2, "two planes, and nothing is left"
    exact = np.where(
        (np.arange(WIDTH) < border)[None, :, None],
        homography_flow(left, HEIGHT, WIDTH),
        homography_flow(right, HEIGHT, WIDTH),
    )
    parts = [(slice(16, -16), slice(4, 80)), (slice(16, -28), slice(126, -32))]
    several = np.linalg.norm(chosen_flow(matrices, found, (HEIGHT, WIDTH), (HEIGHT, WIDTH)) - exact, axis=-1)
    single = np.linalg.norm(chosen_flow(matrices[:1], found, (HEIGHT, WIDTH), (HEIGHT, WIDTH)) - exact, axis=-1)
    assert all(several[part].mean() < 1 for part in parts)
    assert max(single[part].mean() for part in parts) > 5


def test_an_image_of_one_colour_matches_nothing() -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    coarse = matcher()
    found = coarse.matches(grey, world_image(places(HEIGHT, WIDTH)))
    assert len(found.points1) == 0 and coarse.homographies(found, (HEIGHT, WIDTH), 3) == []


def test_both_robust_fits_find_what_half_of_the_matches_say() -> None:
    rng = np.random.default_rng(0)
    a = rng.uniform([0, 0], [WIDTH, HEIGHT], (400, 2))
    b = project(TURN, a)
    b[200:] = rng.uniform([0, 0], [WIDTH, HEIGHT], (200, 2))
    by_magsac, _ = magsac(a, b, 2.0)
    by_ransac, inliers = ransac(a, b, 0.02, np.random.default_rng(1), 1000, (HEIGHT, WIDTH))
    assert by_magsac is not None and by_ransac is not None and inliers[:200].mean() > 0.95
    grid = places(HEIGHT, WIDTH)
    assert np.linalg.norm(project(by_magsac, grid) - project(by_ransac, grid), axis=-1).mean() < 0.5
    again, _ = ransac(a, b, 0.02, np.random.default_rng(1), 1000, (HEIGHT, WIDTH))
    assert np.array_equal(by_ransac, again), "the same draws, the same answer"


def test_points_that_fit_nothing_are_answered_with_nothing() -> None:
    line = np.stack([np.arange(20.0), np.arange(20.0)], axis=1)
    assert ransac(line, line, 0.05, np.random.default_rng(0), 100)[0] is None
    assert ransac(line[:5], line[:5], 0.05, np.random.default_rng(0), 100)[0] is None
    assert magsac(line[:5], line[:5], 1.0)[0] is None


def test_four_points_decide_a_homography() -> None:
    corners = np.array([[[0.0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]])
    assert np.allclose(four_point_homographies(corners, project(TURN, corners))[0], TURN / TURN[2, 2])


def test_sides_of_strips_stay_bounded_and_cells_lie_in_the_middle_of_their_blocks() -> None:
    assert working_sides((112, 192), 432, 16) == (432, 736)
    assert max(working_sides((1, 5000), 432, 16)) <= 4 * 432 + 16
    assert working_sides((1, 1), 432, 16) == (432, 432)
    assert cell_places((2, 3), (16, 48)).tolist()[:2] == [[7.5, 3.5], [23.5, 3.5]]

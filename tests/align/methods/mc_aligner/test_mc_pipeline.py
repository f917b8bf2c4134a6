"""Large motion, other light, unusual input and large images: what surrounds the network."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from dsia_gen.align import align_photos as tiles
from dsia_gen.align.methods.mc_aligner.first_homography import first_homography, scaling
from dsia_gen.align.methods.mc_aligner.mc_network import build_mc_network
from dsia_gen.align.methods.mc_aligner.mc_pipeline import SMALLEST, McPipeline, reduced_image, working_size
from dsia_gen.core.image_metrics import psnr
from tests.align.methods.mc_aligner.make import mc_config

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def pipeline() -> McPipeline:
    return McPipeline(mc_config(), build_mc_network(mc_config().model, 0))


def scene(height: int = 180, width: int = 240, seed: int = 0) -> Any:
    """(H, W, 3) uint8 of blobs of all sizes and some boxes, so that there are corners."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 110, np.float32)
    for scale in (4, 12, 40):
        small = rng.normal(0, 30, (height // scale + 2, width // scale + 2, 3)).astype(np.float32)
        image += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        x, y, w, h = rng.integers(0, width), rng.integers(0, height), rng.integers(4, 30), rng.integers(4, 30)
        image[y : y + h, x : x + w] = rng.uniform(20, 230, 3)
    return np.clip(image, 0, 255).astype(np.uint8)


def seen(image: Any, degrees: float, scale: float, shift: float = 0.0) -> tuple[Any, Any]:
    """The image turned and scaled about its middle, and the homography from it to what is seen."""
    height, width = image.shape[:2]
    matrix = np.vstack([cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale), [0, 0, 1]])
    matrix[0, 2] += shift
    return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), matrix


@pytest.mark.parametrize(
    ("degrees", "scale", "shift"),
    [(0, 1, 0), (4, 1.02, 3), (15, 1.1, 0), (30, 1, 0), (-30, 1.2, 10), (0, 2, 0), (0, 0.5, 0), (90, 1, 0), (0, 1, 90)],
)
def test_a_large_motion_is_found(degrees: float, scale: float, shift: float) -> None:
    image = scene()
    other, matrix = seen(image, degrees, scale, shift)
    size = (90, 120)
    small = reduced_image(image, size), reduced_image(other, size)
    fit, again = (first_homography(small, (image, other)) for _ in range(2))
    to_small = scaling(image.shape[:2], size)
    exact = to_small @ matrix @ np.linalg.inv(to_small)
    corners = np.array([[40, 30, 1], [80, 30, 1], [80, 60, 1], [40, 60, 1]]).T
    there, found = exact @ corners, fit.matrix @ corners
    assert np.linalg.norm(there[:2] / there[2] - found[:2] / found[2], axis=0).max() < 1.0
    assert fit.agreement > 0.5 and np.array_equal(fit.matrix, again.matrix)


@pytest.mark.slow
@pytest.mark.parametrize(("degrees", "scale"), [(30, 1.0), (0, 2.0), (-35, 1.3)])
def test_a_large_motion_is_aligned_at_full_size(pipeline: McPipeline, degrees: float, scale: float) -> None:
    image = scene(360, 480)
    other, matrix = seen(image, degrees, scale)
    answer = pipeline(image, other)
    inside = cv2.warpPerspective(np.ones(image.shape[:2], np.uint8), np.linalg.inv(matrix), (480, 360)) > 0
    assert answer.note == "" and answer.flow is not None
    assert psnr(answer.image, image, inside) > psnr(other, image, inside) + 5


def test_equal_images_come_back_and_nearly_equal_ones_nearly(pipeline: McPipeline) -> None:
    image = scene()
    answer = pipeline(image, image.copy())
    assert np.array_equal(answer.image, image) and answer.note == "the two images are equal"
    assert answer.flow is not None and not answer.flow.any()
    noisy = np.clip(image + np.random.default_rng(0).integers(-1, 2, image.shape), 0, 255).astype(np.uint8)
    assert psnr(pipeline(image, noisy).image, image) > 45
    deep = image.astype(np.uint16) * 257
    assert np.array_equal(pipeline(deep, deep).image, deep)


def test_different_scenes_are_told(pipeline: McPipeline) -> None:
    for second in (scene(seed=1), np.random.default_rng(0).integers(0, 256, (180, 240, 3), dtype=np.uint8)):
        answer = pipeline(scene(), second)
        assert "they may show different scenes" in answer.note and np.array_equal(answer.image, scene())
        assert answer.confidence is not None and answer.confidence.max() == 0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_images_of_one_colour_are_told(pipeline: McPipeline, level: int) -> None:
    flat = np.full((180, 240, 3), level, np.uint8)
    for pair, number in (((scene(), flat), 2), ((flat, scene()), 1)):
        answer = pipeline(*pair)
        assert f"image {number} has one colour" in answer.note and np.array_equal(answer.image, pair[0])


@pytest.mark.parametrize("gain", [0.3, 0.5, 1.6])
def test_the_answer_has_the_light_of_the_second_image(pipeline: McPipeline, gain: float) -> None:
    image = np.clip(scene(), 20, 150)
    other, _ = seen(image, 2, 1.0, 3)
    darker = np.clip(other * gain, 0, 255).astype(np.uint8)
    answer = pipeline(image, darker)
    wanted = np.clip(image * gain, 0, 255)
    inner = (slice(20, -20), slice(20, -20))
    assert psnr(answer.image[inner], wanted[inner]) > 24


@pytest.mark.parametrize("shift", [60, -60])
def test_what_the_second_image_does_not_show_is_taken_from_the_first(pipeline: McPipeline, shift: int) -> None:
    wide = scene(180, 300)
    image, other = wide[:, :240], wide[:, 60:]
    if shift < 0:
        image, other = other, image
    answer = pipeline(np.ascontiguousarray(image), np.ascontiguousarray(other))
    unseen = slice(0, 56) if shift > 0 else slice(-56, None)
    apart = np.abs(answer.image.astype(int) - image)
    assert answer.note == "" and np.percentile(apart[:, unseen], 95) <= 6


def test_tiles_change_nothing(pipeline: McPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    image = scene(200, 300)
    other, _ = seen(image, 10, 1.1)
    whole = pipeline(image, other)
    monkeypatch.setattr(tiles, "TILE", 64)
    parts = pipeline(image, other)
    assert np.abs(whole.image.astype(int) - parts.image).max() <= 1


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 10_000), (10_000, 1), (40, 10_000), (10_000, 10_000), (270, 480), (16384, 2)]
)
def test_motion_is_estimated_at_a_bounded_size(size: tuple[int, int]) -> None:
    height, width = working_size(size, 222.0)
    assert 1 <= height <= size[0] and 1 <= width <= size[1]
    assert height * width <= 600_000
    assert min(height, width) >= min(SMALLEST, *size)
    if max(size) < 20 * min(size):
        assert height / width == pytest.approx(size[0] / size[1], rel=0.05)


def test_a_long_image_is_answered(pipeline: McPipeline) -> None:
    image = scene(48, 3000)
    answer = pipeline(image, np.roll(image, 3, axis=1))
    assert answer.image.shape == image.shape and answer.note == ""
    assert answer.flow is not None and abs(float(np.median(answer.flow[..., 0])) - 3) < 1

"""Squares around masks: a fit begins there, and its answer is still one about the images."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.spacejam.joint_alignment import map_points  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_features import JointMaps  # noqa: E402
from dsia_gen.align.methods.spacejam.mask_framing import framed_by_mask  # noqa: E402
from dsia_gen.align.methods.spacejam.set_image import SetImage  # noqa: E402

pytestmark = pytest.mark.torch
BOX = (11, 30, 51, 50)
"""Of the mask of the image below: x_min, y_min, x_max, y_max."""


def photo() -> SetImage:
    image = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    mask = np.zeros((60, 90), dtype=bool)
    mask[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    return SetImage("a", image, mask)


def test_the_middle_of_the_box_is_the_middle_of_the_square_and_pixels_are_the_same() -> None:
    item = photo()
    framed, start = framed_by_mask(item)
    assert framed.image.shape == (50, 50, 3)  # 1.25 of the longer side
    middle, corner = map_points(item.frame.to_pixels @ start, np.array([[0.0, 0.0], [-0.8, 0.0]]))
    assert np.allclose(middle, [(BOX[0] + BOX[2] - 1) / 2, (BOX[1] + BOX[3] - 1) / 2])
    assert np.allclose(corner[0], BOX[0] - 0.5)
    x, y = map_points(item.frame.to_pixels @ start, np.array([[2 * 30 + 1, 2 * 12 + 1]]) / 50 - 1)[0]
    assert np.array_equal(framed.image[12, 30], item.image[round(y), round(x)])
    assert framed.mask is not None
    assert framed.mask.sum() == 40 * 20


def test_beyond_the_image_there_is_no_mask() -> None:
    image = photo()
    mask = np.zeros((60, 90), dtype=bool)
    mask[:, 80:] = True
    framed, _ = framed_by_mask(SetImage("b", image.image, mask))
    assert framed.mask is not None
    assert framed.mask.sum() == mask.sum() < framed.mask.size


@pytest.mark.parametrize("mask", [None, np.zeros((60, 90), dtype=bool)])
def test_without_a_mask_an_image_stays(mask: np.ndarray | None) -> None:
    item = SetImage("c", photo().image, mask)
    framed, start = framed_by_mask(item)
    assert framed is item
    assert np.array_equal(start, np.eye(3))


def test_transforms_of_maps_and_of_images_are_each_others_inverse() -> None:
    starts = np.stack([framed_by_mask(photo())[1], np.diag([0.5, 0.5, 1.0])])
    maps = JointMaps(torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4, dtype=torch.bool), (), starts)
    fitted = np.random.default_rng(0).normal(size=(2, 3, 3))
    assert np.allclose(maps.of_maps(maps.of_images(fitted)), fitted)
    assert np.allclose(maps.of_images(np.tile(np.eye(3), (2, 1, 1))), starts)

"""Place, size and roll of masked objects: a fit begins there, and its answer is still one about the images."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.spacejam.joint_alignment import map_points  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_features import JointMaps  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_network import warped  # noqa: E402
from dsia_gen.align.methods.spacejam.mask_framing import framed_by_masks  # noqa: E402
from dsia_gen.align.methods.spacejam.roll_start import rolls, rotation  # noqa: E402
from dsia_gen.align.methods.spacejam.set_image import SetImage  # noqa: E402

pytestmark = pytest.mark.torch


def photo(box: tuple[int, int, int, int] = (11, 30, 51, 50)) -> SetImage:
    """Noise, 60 rows and 90 columns; the mask is a box x_min, y_min, x_max, y_max."""
    image = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    mask = np.zeros((60, 90), dtype=bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return SetImage("a", image, mask)


def test_masks_are_in_the_middle_in_one_size_and_pixels_are_the_same() -> None:
    items = [photo(), photo((60, 4, 80, 14))]  # the second is half as large
    framed, starts = framed_by_masks(items)
    sides = [item.image.shape[0] for item in framed]
    assert sides[0] == pytest.approx(2 * sides[1], abs=2)
    for item, there, start in zip(items, framed, starts, strict=True):
        assert item.mask is not None
        assert there.mask is not None
        assert there.mask.sum() == item.mask.sum()
        middle = np.argwhere(there.mask).mean(axis=0) + 0.5
        assert np.allclose(middle, len(there.mask) / 2, atol=1)
        row, column = np.argwhere(there.mask)[7]
        place = (2 * np.array([[column, row]]) + 1) / len(there.mask) - 1
        x, y = map_points(item.frame.to_pixels @ start, place)[0]
        assert np.array_equal(there.image[row, column], item.image[round(y), round(x)])


@pytest.mark.parametrize("mask", [None, np.zeros((60, 90), dtype=bool)])
def test_where_a_mask_is_missing_all_images_stay(mask: np.ndarray | None) -> None:
    items = [photo(), SetImage("c", photo().image, mask)]
    framed, starts = framed_by_masks(items)
    assert framed == items
    assert np.array_equal(starts, np.tile(np.eye(3), (2, 1, 1)))


def test_rolls_are_found_to_half_a_step() -> None:
    places = (2 * torch.arange(32) + 1) / 32 - 1
    y, x = torch.meshgrid(places, places, indexing="ij")
    inside = (x**2 + y**2 < 0.8).float()
    blobs = ((0.4, 0.1), (-0.2, 0.4), (0, -0.5))
    shape = torch.stack([torch.exp(-9 * ((x - a) ** 2 + (y - b) ** 2)) for a, b in blobs])
    true = np.radians([0.0, 31.0, -22.0, 14.0])
    turned = torch.from_numpy(np.stack([rotation(-angle) for angle in true]))
    found = rolls(warped((shape * inside).expand(4, -1, -1, -1), turned))
    angles = np.arctan2(found[:, 1, 0], found[:, 0, 0])
    error = np.degrees((angles - angles.mean()) - (true - true.mean()))
    assert np.abs(error).max() <= 5.5
    assert abs(np.degrees(angles.mean())) < 3


def test_transforms_of_maps_and_of_images_are_each_others_inverse() -> None:
    starts = framed_by_masks([photo(), photo((60, 4, 80, 14))])[1]
    maps = JointMaps(torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4, dtype=torch.bool), (), starts)
    fitted = np.random.default_rng(0).normal(size=(2, 3, 3))
    assert np.allclose(maps.of_maps(maps.of_images(fitted)), fitted)
    assert np.allclose(maps.of_images(np.tile(np.eye(3), (2, 1, 1))), starts)

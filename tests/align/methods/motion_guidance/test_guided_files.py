"""Motions and masks of users: what they mean at each pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.align.methods.motion_guidance.guided_files import flow_of_homography, read_mask
from dsia_gen.align.photo_files import write_photo
from dsia_gen.core.errors import AlignError

pytestmark = pytest.mark.torch


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.sampled_from([1.0, -1.0, 7.0]))
def test_the_flow_of_a_homography_is_finite_or_unknown(a: float, b: float, scale: float) -> None:
    matrix = scale * np.array([[1, 0, 5], [0, 1, -2], [a, b, 1]])
    flow = flow_of_homography(matrix, (12, 16))
    known = np.isfinite(flow).all(axis=-1)
    assert known[6, 8] or abs(matrix[2] @ [7.5, 5.5, 1]) < 0.4 * abs(scale)
    if a == b == 0:
        assert known.all() and np.allclose(flow, [5, -2])


def test_a_mask_is_what_is_bright_and_has_the_size_of_the_image(tmp_path: Path) -> None:
    where = np.zeros((4, 6), bool)
    where[1:3, 2:5] = True
    levels = where.astype(np.uint8) * 255
    colour, deep = levels[..., None].repeat(3, 2), levels.astype(np.uint16) * 257
    for name, image in {"grey.png": levels, "colour.png": colour, "deep.png": deep}.items():
        write_photo(tmp_path / name, image)
        assert np.array_equal(read_mask(tmp_path / name, (4, 6), "mask"), where)
    with pytest.raises(AlignError, match="6x4 and 9x8"):
        read_mask(tmp_path / "grey.png", (8, 9), "mask")

"""Triplets that are made of photographs have the answer that they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("skimage")
pytest.importorskip("cv2")

from bench.photographs import make
from dsia_gen.align.images import read_image
from dsia_gen.align.methods import ImagePair, MethodOptions, open_method
from dsia_gen.core.image_metrics import psnr

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_the_answer_is_the_second_photograph_from_the_first_pose(tmp_path: Path) -> None:
    make(tmp_path, None)
    homography = open_method("homography", MethodOptions())
    for name, least in {"coffee": 26.0, "coffee_dark": 26.0, "cat": 26.0}.items():
        first, second, wanted = (read_image(tmp_path / name / f"{role}.png") for role in ("I1", "I2", "Igt"))
        inner = np.zeros(first.shape[:2], bool)
        inner[60:-60, 60:-60] = True
        answer = homography.align(ImagePair(first, second)).image
        assert psnr(answer, wanted, inner) > least > psnr(second, wanted, inner)
        assert psnr(first, wanted, inner) < least

"""Moving pictures of a sample: three frames that are its images, in each format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from dsia_gen.core.errors import UnknownNameError
from dsia_gen.dataset import DatasetLayout, open_dataset
from dsia_gen.dataset.animation import CAPTION, STEPS, animate
from tests.dataset.synthetic import write_dataset


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".GIF"])
def test_the_frames_are_the_images_of_the_sample(good: DatasetLayout, tmp_path: Path, suffix: str) -> None:
    data = open_dataset(good.root)
    sample = animate(data, tmp_path / f"moving{suffix}", data.ids[-1], seconds=0.5)
    assert sample.id == data.ids[-1]
    height, width = sample.resolution
    with Image.open(tmp_path / f"moving{suffix}") as picture:
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == len(STEPS) == 3
    for (role, *_), frame in zip(STEPS, frames, strict=True):
        shown = frame[CAPTION:, :width]
        assert shown.shape[:2] == (height, width)
        # A GIF has 256 colours, the others all.
        assert np.abs(shown - sample.image(role)).mean() < (10 if suffix.lower() == ".gif" else 0.01)


def test_a_data_set_without_flow_is_shown_without(tmp_path: Path) -> None:
    data = open_dataset(write_dataset(tmp_path / "data", scenes=1, outputs=("image",)).root)
    animate(data, tmp_path / "moving.png")
    with Image.open(tmp_path / "moving.png") as picture:
        assert picture.size == (data[0].resolution[1], data[0].resolution[0] + CAPTION)


def test_wrong_names_are_answered_and_leave_nothing(good: DatasetLayout, tmp_path: Path) -> None:
    data = open_dataset(good.root)
    with pytest.raises(UnknownNameError, match=r"written as \.gif, \.png, \.webp"):
        animate(data, tmp_path / "moving.mp4")
    wrong = data.ids[0] + "x"
    with pytest.raises(UnknownNameError, match=f"did you mean '{data.ids[0]}'"):
        animate(data, tmp_path / "moving.gif", wrong)
    assert not [*tmp_path.iterdir()]

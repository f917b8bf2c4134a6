"""Clips: rows, resampling."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.motion.clip import CanonicalClip, resample


def test_resample_refuses_nothing_it_can_do() -> None:
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1, 1))
    clip = CanonicalClip(("Hips",), np.array([[0.0, 0.0, 1.0]]), turns, np.zeros((3, 3)), 10.0)
    assert len(resample(clip, 10.0)) == 3
    assert len(resample(clip, 30.0, frames=1, start=0.2)) == 1


def test_a_clip_that_is_too_short_is_named() -> None:
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1, 1))
    clip = CanonicalClip(("Hips",), np.array([[0.0, 0.0, 1.0]]), turns, np.zeros((3, 3)), 10.0, name="hop")
    with pytest.raises(AssetError, match=r"hop lasts 0\.20 s"):
        resample(clip, 10.0, frames=5)


def test_rows_keep_what_belongs_to_a_frame_together() -> None:
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1, 1)) * np.array([1.0, -1.0, 1.0])[:, None, None]
    hips, contact = np.arange(9.0).reshape(3, 3), np.array([[True, False], [False, False], [True, True]])
    clip = CanonicalClip(("Hips",), np.array([[0.0, 0.0, 1.0]]), turns, hips, 10.0, foot_contact=contact)
    part = clip.rows(np.array([2, 1, 1]))
    assert part.hips.tolist() == hips[[2, 1, 1]].tolist()
    assert part.foot_contact is not None and part.foot_contact.tolist() == contact[[2, 1, 1]].tolist()
    assert np.all(np.sum(part.rotations[1:] * part.rotations[:-1], axis=-1) > 0), "neighbours in one hemisphere"

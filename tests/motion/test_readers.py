"""Motion readers: chosen by suffix, checked whatever they return, and open to other packages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.registry import Registry
from dsia_gen.motion.bvh import read_bvh
from dsia_gen.motion.readers import MotionReader, read_motion
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.text_files import finite_numbers, read_bytes, read_lines
from tests.motion.small_bvh import write_bvh

GOOD = SkeletalMotion(
    names=("Hips", "Spine"),
    parents=(-1, 0),
    offsets=np.array([[0.0, 0, 0], [0, 1, 0]]),
    ends=np.zeros((2, 3)),
    channels=(("Xposition",), ("Zrotation",)),
    frame_time=0.1,
    values=np.array([[0.0, 0.0], [2.0, 90.0]]),
)


def _readers(reader: Callable[[Path], object]) -> Registry[MotionReader]:
    readers: Registry[MotionReader] = Registry("test_readers", "motion format")
    readers.register("mine", reader)  # type: ignore[arg-type]
    return readers


def test_a_package_s_reader_is_used_for_its_suffix(tmp_path: Path) -> None:
    assert read_motion(tmp_path / "a.MINE", _readers(lambda path: GOOD)) is GOOD
    with pytest.raises(AssetError, match=r"known: \.mine\)"):
        read_motion(tmp_path / "a.bvh", _readers(lambda path: GOOD))


def test_a_suffix_chooses_the_reader_whatever_its_case(tmp_path: Path) -> None:
    path = write_bvh(tmp_path / "a.bvh", [((0.0, 90.0, 0.0), {})] * 2)
    upper = path.rename(tmp_path / "b.BVH")
    assert read_motion(upper).names == read_bvh(upper).names


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"names": (), "parents": (), "channels": ()}, "no joints"),
        ({"parents": (-1,)}, "not of 2 joints"),
        ({"offsets": np.zeros((2, 2))}, "not of 2 joints"),
        ({"parents": (1, -1)}, "comes before its parent"),
        ({"channels": (("Xposition",), ("Wrotation",))}, "unknown channel 'Wrotation'"),
        ({"values": np.zeros((2, 3))}, r"not \(frames, 2\)"),
        ({"values": np.full((2, 2), np.nan)}, "not finite"),
        ({"frame_time": 0.0}, "a frame lasts 0.0 s"),
    ],
)
def test_what_a_reader_returns_is_checked(tmp_path: Path, change: dict[str, object], words: str) -> None:
    assert GOOD.problem() == ""
    with pytest.raises(AssetError, match=words):
        read_motion(tmp_path / "a.mine", _readers(lambda path: replace(GOOD, **change)))


def test_a_reader_that_returns_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"a\.mine gives .*a ndarray was returned"):
        read_motion(tmp_path / "a.mine", _readers(lambda path: np.zeros(3)))


def test_poses_follow_channels_and_parents() -> None:
    positions, rotations = GOOD.world_poses()
    np.testing.assert_allclose(positions[1], [[2, 0, 0], [2, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(rotations[1, 1] @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(GOOD.rest_positions(), [[0, 0, 0], [0, 1, 0]])
    assert GOOD.duration == pytest.approx(0.1)


def test_files_are_read_within_their_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo \xff\n")
    assert read_lines(path, 100, "cut it") == ["one", "two \ufffd"]
    with pytest.raises(AssetError, match=r"a\.txt is larger than 0 MiB; cut it"):
        read_bytes(path, 5, "cut it")
    with pytest.raises(AssetError, match=r"missing cannot be read .*check the path"):
        read_bytes(tmp_path / "missing", 5, "cut it")


@pytest.mark.parametrize(
    ("word", "reason"), [("x", "number was expected"), ("inf", "not finite"), ("nan", "not finite")]
)
def test_numbers_are_finite(word: str, reason: str) -> None:
    assert finite_numbers(["1", "-2.5e3"]) == [1.0, -2500.0]
    with pytest.raises(ValueError, match=reason):
        finite_numbers(["1", word])

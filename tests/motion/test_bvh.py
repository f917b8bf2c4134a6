"""The BVH reader: hierarchy and poses against closed forms, and a sentence for every kind of broken file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.motion import bvh as reader
from dsia_gen.motion.bvh import read_bvh
from tests.motion.small_bvh import bvh_text, write_bvh

STILL = [((0.0, 90.0, 0.0), {})] * 3


def test_the_hierarchy_is_read(tmp_path: Path) -> None:
    file = read_bvh(write_bvh(tmp_path / "a.bvh", STILL, frame_time=0.025))
    assert file.names[0] == "Hips" and file.parents[0] == -1
    assert file.names[file.parents[file.names.index("LeftFoot")]] == "LeftLeg"
    assert file.values.shape == (3, 6 + 3 * 21)
    assert file.duration == pytest.approx(0.05)
    np.testing.assert_allclose(file.rest_positions()[file.names.index("LeftFoot")], [9, -85, 0])
    np.testing.assert_allclose(file.ends[file.names.index("Head")], [0, 0, 5])


def test_rotations_apply_in_the_order_of_the_channels(tmp_path: Path) -> None:
    frames = [((1.0, 90.0, 2.0), {"LeftArm": (90.0, 0.0, 0.0), "LeftForeArm": (0.0, 0.0, 90.0)})]
    file = read_bvh(write_bvh(tmp_path / "a.bvh", frames))
    positions, rotations = file.world_poses()
    arm, fore, hand = (file.names.index(n) for n in ("LeftArm", "LeftForeArm", "LeftHand"))
    np.testing.assert_allclose(positions[0, fore] - positions[0, arm], [0, 28, 0], atol=1e-9)
    # Z by 90 then X by 90 in the turned axes: the local Y axis ends up along world Z.
    np.testing.assert_allclose(rotations[0, fore] @ [0, 1, 0], [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(positions[0, hand] - positions[0, fore], [0, 24, 0], atol=1e-9)
    np.testing.assert_allclose(positions[0, 0], [1, 90, 2])


def test_brackets_may_share_a_line_and_the_case_of_words_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    text = bvh_text(STILL)
    path.write_text(re.sub(r"\n\s*\{", " {", text).replace("Xposition", "XPOSITION"), encoding="utf-8")
    (tmp_path / "b.bvh").write_text(text, encoding="utf-8")
    one, two = read_bvh(path), read_bvh(tmp_path / "b.bvh")
    assert one.names == two.names and one.channels == two.channels
    np.testing.assert_array_equal(one.values, two.values)


def broken(change: tuple[str, str], what: str):
    return pytest.param(change, what, id=what)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        broken(("OFFSET 0.000000 10.000000 0.000000", "OFFSET 0 ten 0"), "a number was expected"),
        broken(("OFFSET 0.000000 10.000000 0.000000", "OFFSET 0 1"), "OFFSET needs three numbers"),
        broken(("Zrotation Yrotation Xrotation", "Zrotation Yrotation Wrotation"), "unknown channel 'Wrotation'"),
        broken(("CHANNELS 3 Zrotation", "CHANNELS 4 Zrotation"), "CHANNELS needs a count"),
        broken(("Frames: 3", "Frames: -3"), "Frames must be a whole number"),
        broken(("Frames: 3", "Frames: 4"), "3 frames of values, but Frames says 4"),
        broken(("Frame Time: 0.04166667", "Frame Time: 0"), "frame time of 0.0"),
        broken(("Frame Time: 0.04166667", ""), "unexpected word"),
        broken(("MOTION", "MOTION\n}"), "a closing bracket without an opening one"),
        broken(("0.000000 90.000000 0.000000", "0.000000 nan 0.000000"), "a number is not finite"),
        broken(("0.000000 90.000000 0.000000", "90.000000 0.000000"), "values, but the joints have 69 channels"),
    ],
)
def test_broken_files_name_the_file_and_the_line(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    text = bvh_text(STILL)
    assert change[0] in text
    path = tmp_path / "broken.bvh"
    path.write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    with pytest.raises(AssetError, match=r"broken\.bvh, line \d+: .*" + re.escape(what)):
        read_bvh(path)


def test_files_that_are_no_bvh(tmp_path: Path) -> None:
    (tmp_path / "empty.bvh").write_text("", encoding="utf-8")
    (tmp_path / "binary.bvh").write_bytes(bytes(range(256)) * 8)
    for name in ("empty.bvh", "binary.bvh", "absent.bvh"):
        with pytest.raises(AssetError, match=name):
            read_bvh(tmp_path / name)


def test_files_that_would_fill_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_bvh(tmp_path / "a.bvh", STILL)
    monkeypatch.setattr(reader, "MAX_JOINTS", 10)
    with pytest.raises(AssetError, match="more than 10 joints"):
        read_bvh(path)
    monkeypatch.setattr(reader, "MAX_BYTES", 100)
    with pytest.raises(AssetError, match="larger"):
        read_bvh(path)


@pytest.mark.shared
def test_real_files_are_read(shared: Path) -> None:
    files = sorted((shared / "assets" / "motions").glob("*.bvh"))
    assert files
    for path in files:
        file = read_bvh(path)
        assert len(file.values) > 100 and 0.005 < file.frame_time < 0.05, path.name

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
        broken(("    }\n  }\n}\nMOTION", "    }\n  }\nMOTION"), "1 opening brackets are not closed"),
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


def dialect(name: str, *changes: tuple[str, str]):
    return pytest.param(changes, id=name)


@pytest.mark.parametrize(
    "changes",
    [
        dialect("byte order mark", (r"\AHIERARCHY", "\ufeffHIERARCHY")),
        dialect("no blank after the colon", (r"Frames: ", "Frames:"), (r"Frame Time: ", "Frame Time:")),
        dialect("blanks before the colon", (r"Frames:", "Frames :"), (r"Frame Time:", "FRAME TIME :")),
        dialect("motion and frames in a line", (r"MOTION\n", "MOTION ")),
        dialect("numbers without blanks between", (r" -", "-")),
        dialect("no blank after a keyword", (r"OFFSET (?=[-\d])", "OFFSET"), (r"CHANNELS (?=\d)", "CHANNELS")),
        dialect("brackets without blanks", (r"\s*\{\s*", "{"), (r"\s*\}", "}")),
        dialect("offset and channels in a line", (r"\n\s*CHANNELS", " CHANNELS")),
        dialect("EndSite", (r"End Site", "EndSite")),
        dialect("End site {", (r"End Site\s*\{", "End site {")),
        dialect("tabs and carriage returns", (r" +", "\t"), (r"\n", "\r\n")),
        dialect("carriage returns alone", (r"\n", "\r")),
        dialect("empty lines", (r"\n", "\n\n  \n")),
        dialect("commas", (r"(?<=\d) (?=[-\d])", ", ")),
        dialect("commas without blanks", (r"(?<=\d\d) (?=[-\d])", ",")),
        dialect("decimal commas", (r"(?<=\d)\.(?=\d)", ",")),
        dialect("names of channels", (r"Zrotation", "Z_rotation"), (r"Xposition", "XPOSITION")),
        dialect("comments", (r"MOTION", "# exported\nMOTION")),
        dialect("wrapped rows", (r"(?m)^((?:-?[\d.]+ ){30})", "\\1\n")),
        dialect("blanks at the ends of lines", (r"\n", "   \n")),
    ],
)
def test_dialects_are_the_same_file(tmp_path: Path, changes: tuple[tuple[str, str], ...]) -> None:
    turns = {"LeftArm": (-30.5, 4.25, -100.0), "Hips": (0.0, -12.0, 3.0)}
    text = bvh_text([((0.0, 90.0, -2.0 * t), turns) for t in range(4)])
    (tmp_path / "plain.bvh").write_text(text, encoding="utf-8")
    changed = text
    for pattern, other in changes:
        changed = re.sub(pattern, other, changed)
    assert changed != text
    (tmp_path / "dialect.bvh").write_bytes(changed.encode())
    plain, read = read_bvh(tmp_path / "plain.bvh"), read_bvh(tmp_path / "dialect.bvh")
    assert (read.names, read.parents, read.channels, read.notes) == (plain.names, plain.parents, plain.channels, ())
    for field in ("offsets", "ends", "values", "frame_time"):
        np.testing.assert_allclose(getattr(read, field), getattr(plain, field), err_msg=field)


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    path.write_bytes(bvh_text(STILL).encode("utf-16"))
    assert len(read_bvh(path).values) == 3


@pytest.mark.parametrize(
    ("change", "frames", "note"),
    [
        ((r"Frames: 3", "Frames: 4"), 3, "states 4 frames and has 3"),
        ((r"Frames: 3", "Frames: 2"), 3, "states 2 frames and has 3"),
        ((r"Frames: 3\n", ""), 3, None),
        ((r"( [-\d.]+){7}\n\Z", ""), 2, "cut off after 62 of 69 values"),
    ],
)
def test_what_is_there_is_read_and_told(tmp_path: Path, change: tuple[str, str], frames: int, note: str | None) -> None:
    path = tmp_path / "a.bvh"
    path.write_text(re.sub(*change, bvh_text(STILL)), encoding="utf-8")
    motion = read_bvh(path)
    assert len(motion.values) == frames
    assert not motion.notes if note is None else note in motion.notes[0], motion.notes


def test_channels_of_scale_are_passed_over_and_told(tmp_path: Path) -> None:
    path, text = tmp_path / "a.bvh", bvh_text(STILL)
    rotations = "CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation"
    text = text.replace(rotations, f"CHANNELS 9 {rotations[11:]} Xscale Yscale Zscale", 1)
    head, rows = text.split("Frame Time: 0.04166667\n")
    rows = "\n".join(" ".join([*r.split()[:6], "1", "1", "1", *r.split()[6:]]) for r in rows.splitlines())
    path.write_text(f"{head}Frame Time: 0.04166667\n{rows}\n", encoding="utf-8")
    motion = read_bvh(path)
    (tmp_path / "b.bvh").write_text(bvh_text(STILL), encoding="utf-8")
    np.testing.assert_array_equal(motion.values, read_bvh(tmp_path / "b.bvh").values)
    assert "scale" in motion.notes[0]


def test_one_frame_is_a_pose(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    path.write_text(bvh_text(STILL[:1]).replace("Frame Time: 0.04166667", "Frame Time: 0"), encoding="utf-8")
    assert read_bvh(path).is_pose()
    assert read_bvh(write_bvh(tmp_path / "b.bvh", STILL)).is_pose(), "three frames of one pose"
    assert not read_bvh(write_bvh(tmp_path / "c.bvh", [((0, 90.0 + t, 0), {}) for t in range(3)])).is_pose()


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

"""ASF/AMC: closed forms of a small skeleton, errors that name the line, and a real file against its conversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import about
from dsia_gen.motion.asf import read_amc
from dsia_gen.motion.humanoid import load_clip
from dsia_gen.motion.readers import read_motion

ASF = """:version 1.10
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name upper   # a comment
     direction 0 -2 0
     length 3
     axis 0 0 90 XYZ
    dof rx rz
    limits (-160.0 20.0)
           (-70.0 70.0)
  end
  begin
     id 2
     name lower
     direction 0 -1 0
     length 4
     axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root upper
    upper lower
  end
"""
AMC = ":FULLY-SPECIFIED\n:DEGREES\n1\nroot 1 2 3 0 0 0\nupper 0 0\n2\nroot 0 0 0 0 90 0\nupper 30 20\n"


def files(folder: Path, amc: str = AMC, asf: str = ASF) -> Path:
    (folder / "07.asf").write_text(asf)
    (folder / "07_01.amc").write_text(amc)
    return folder / "07_01.amc"


def test_bones_hang_from_each_other_and_turn_in_their_own_axes(tmp_path: Path) -> None:
    bvh = read_motion(files(tmp_path))
    assert bvh.names == ("root", "upper", "lower") and bvh.parents == (-1, 0, 1)
    np.testing.assert_allclose(bvh.rest_positions(), [[0, 0, 0], [0, 0, 0], [0, -3, 0]], atol=1e-12)
    positions, rotations = bvh.world_poses()
    np.testing.assert_allclose(positions[0], [[1, 2, 3], [1, 2, 3], [1, -1, 3]], atol=1e-9)
    frame = about("z", 90.0)
    turn = about("y", 90.0) @ frame @ about("z", 20.0) @ about("x", 30.0) @ frame.T
    np.testing.assert_allclose(rotations[1, 1], turn, atol=1e-9)
    np.testing.assert_allclose(rotations[1, 2], turn, atol=1e-9)
    np.testing.assert_allclose(positions[1, 2], turn @ [0, -3, 0], atol=1e-9)
    assert bvh.frame_time == pytest.approx(1 / 120)


@pytest.mark.parametrize(
    ("amc", "message"),
    [
        (AMC.replace("upper 30 20", "upper 30"), r"line 8: 'upper' is not a bone of the skeleton with 1 angles"),
        (AMC.replace("upper 30 20", "tail 30"), r"line 8: 'tail' is not a bone"),
        (AMC.replace("30 20", "30 x"), r"line 8: a number was expected"),
        (AMC.replace("30 20", "30 nan"), r"line 8: a number is not finite"),
        (AMC.replace("upper 30 20\n", ""), r"upper is missing in some frames"),
        (":DEGREES\n", r"no frames"),
    ],
)
def test_a_broken_motion_names_its_line(tmp_path: Path, amc: str, message: str) -> None:
    with pytest.raises(AssetError, match=message):
        read_amc(files(tmp_path, amc))


def test_a_broken_or_missing_skeleton_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="names 'tail', which is not a bone"):
        read_amc(files(tmp_path, asf=ASF.replace("upper lower", "upper tail")))
    with pytest.raises(AssetError, match="no order with TX"):
        read_amc(files(tmp_path, asf=ASF.replace("order TX TY TZ", "order RX")))
    (tmp_path / "07.asf").unlink()
    with pytest.raises(AssetError, match=r"no skeleton beside it; put 07\.asf"):
        read_amc(tmp_path / "07_01.amc")


def test_other_suffixes_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="assets import"):
        read_motion(tmp_path / "a.fbx")
    with pytest.raises(AssetError, match=r"known: \.amc, \.bvh"):
        read_motion(tmp_path / "a.c3d")


@pytest.mark.shared
def test_a_capture_and_its_conversion_are_one_motion(shared: Path) -> None:
    folder = shared / "assets" / "motions"
    a, b = load_clip(folder / "asfamc" / "02_01.amc", 30), load_clip(folder / "cmuconv_02_01_walk.bvh", 30)
    assert a.joints == b.joints and len(a) == len(b)
    np.testing.assert_allclose(a.hips, b.hips, atol=1e-3)
    assert np.abs(np.sum(a.rotations * b.rotations, axis=-1)).min() > np.cos(np.radians(0.25))

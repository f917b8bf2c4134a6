"""Motions of users: one flow in every format is one flow; what is none is a sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")


from dsia_gen.align.flow_files import FLOW_SUFFIXES, read_flow, read_homography
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.array_files import write_array
from dsia_gen.dataset.export.encode import flo, kitti_flow
from dsia_gen.spec.outputs import OUTPUTS

pytestmark = pytest.mark.torch


def some_flow() -> Any:
    """(5, 7, 2) in sixty-fourths of a pixel, as KITTI keeps it, and one that is unknown."""
    flow = np.random.default_rng(0).integers(-2000, 2000, (5, 7, 2)).astype(np.float32) / 64
    flow[1, 2] = np.nan
    return flow


def write_flow(path: Path, flow: Any) -> None:
    """A flow in the format that the name ends in."""
    if path.suffix == ".exr":
        write_array(OUTPUTS["flow_2_to_gt"], path, flow)
    elif path.suffix == ".flo":
        path.write_bytes(flo(flow))
    elif path.suffix == ".npz":
        np.savez(path, flow=flow, other=np.zeros(3))
    elif path.suffix == ".npy":
        np.save(path, flow.astype(np.float64))
    else:
        path.write_bytes(kitti_flow(flow, np.isfinite(flow).all(axis=-1)))


@pytest.mark.parametrize("suffix", FLOW_SUFFIXES)
def test_one_flow_in_every_format_is_one_flow(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"flow{suffix}"
    write_flow(path, some_flow())
    found = read_flow(path)
    assert found.dtype == np.float32 and np.array_equal(found, some_flow(), equal_nan=True)


@pytest.mark.parametrize("suffix", FLOW_SUFFIXES)
@pytest.mark.parametrize("part", [0.0, 0.5, 0.95])
def test_a_damaged_file_is_a_sentence(suffix: str, part: float, tmp_path: Path) -> None:
    path = tmp_path / f"flow{suffix}"
    write_flow(path, some_flow())
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(AlignError, match=f"flow{suffix}"):
        read_flow(path)


@pytest.mark.parametrize(("name", "content"), [
    ("a.flo", struct.pack("<fii", 202021.25, -4, 4)), ("a.flo", struct.pack("<fii", 202021.25, 2**30, 2**30)),
    ("a.flo", b"PIEH" + b"\0" * 7), ("a.npy", b"\x93NUMPY"), ("a.exr", b"no EXR"), ("a.png", b"no PNG"),
    ("a.txt", b"1 2"), ("missing.flo", None),
])  # fmt: skip
def test_what_is_no_flow_is_a_sentence(name: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AlignError, match=name):
        read_flow(path)


@pytest.mark.parametrize("array", [
    np.zeros((4, 5)), np.zeros((4, 5, 3)), np.zeros((0, 5, 2)), np.zeros((4, 5, 2), complex), np.zeros((4, 5, 2), "U3"),
    np.array([{"a": 1}], dtype=object),
])  # fmt: skip
def test_arrays_that_are_no_flow_are_refused_and_no_code_of_them_is_run(array: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(AlignError, match=r"a\.npy"):
        read_flow(path)


def test_numbers_that_are_no_pixels_are_unknown(tmp_path: Path) -> None:
    flow = np.zeros((2, 3, 2))
    flow[0, 0, 0], flow[0, 1, 1], flow[0, 2, 0], flow[1, 0] = 1e300, np.inf, 2e9, 7
    np.save(tmp_path / "a.npy", flow)
    found = read_flow(tmp_path / "a.npy")
    assert np.isnan(found[0]).all() and found[1].tolist() == [[7, 7], [0, 0], [0, 0]]


MATRIX = [[1.0, 0.1, 4.0], [0.0, 1.1, -3.0], [0.001, 0.0, 1.0]]


def test_a_homography_in_every_way_is_one(tmp_path: Path) -> None:
    flat = [value for row in MATRIX for value in row]
    (tmp_path / "a.txt").write_text("\n".join(" ".join(map(str, row)) for row in MATRIX))
    (tmp_path / "a.csv").write_text(", ".join(map(str, flat)))
    (tmp_path / "a.json").write_text(json.dumps(MATRIX))
    np.save(tmp_path / "a.npy", np.array(MATRIX))
    given_as = [*(str(path) for path in tmp_path.iterdir()), ",".join(map(str, flat)), " ".join(map(str, flat))]
    for text in given_as:
        assert np.array_equal(read_homography(text), np.array(MATRIX)), text


@pytest.mark.parametrize("text", [
    "1,2,3", "a.txt", "1,0,0,0,1,0,0,0,nan", "1,0,0,0,1,0,0,0,x", "1,1,1,1,1,1,1,1,1", "0,0,0,0,0,0,0,0,0", "",
])  # fmt: skip
def test_what_is_no_homography_is_a_sentence(text: str) -> None:
    with pytest.raises(AlignError):
        read_homography(text)

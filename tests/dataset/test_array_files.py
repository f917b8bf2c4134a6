"""Arrays to files and back: the same array, the same bytes, and a named error for everything else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.array_files import (
    array_dtype,
    array_shape,
    checked,
    is_mask,
    read_array,
    read_planes,
    write_array,
)
from dsia_gen.spec.outputs import OUTPUTS, Output

ALL = pytest.mark.parametrize("output", OUTPUTS.values(), ids=lambda o: o.name)
SIZES = st.tuples(st.integers(1, 24), st.integers(1, 40))


def example(output: Output, shape: tuple[int, int] = (9, 13), seed: int = 0) -> np.ndarray:
    """Random values over the whole range of an output, invalid ones included."""
    rng = np.random.default_rng(seed)
    wanted, dtype = array_shape(output, shape), array_dtype(output)
    if dtype.kind == "b":
        return rng.random(wanted) < 0.5
    if dtype.kind == "u":
        return rng.integers(0, np.iinfo(dtype).max, wanted, dtype=dtype, endpoint=True)
    values = (rng.normal(size=wanted) * 100).astype(dtype)
    values[0, 0], values[-1, -1] = np.inf, np.nan
    return values


def arrays(dtype: np.dtype, shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    """Any bits at all, so that subnormal numbers, infinities and NaN occur."""
    if dtype.kind != "f":
        return hnp.arrays(dtype, shape)
    return hnp.arrays(np.dtype(f"u{dtype.itemsize}"), shape).map(lambda bits: bits.view(dtype))


@ALL
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(output: Output, data: st.DataObject) -> None:
    shape = array_shape(output, data.draw(SIZES))
    array = data.draw(arrays(array_dtype(output), shape))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{output.suffix}"
        write_array(output, path, array)
        again = read_array(output, path, shape[:2])  # type: ignore[arg-type]
    assert again.dtype == array.dtype
    assert np.array_equal(
        again.view(np.uint8) if array.dtype == bool else again, array, equal_nan=array.dtype.kind == "f"
    )


@ALL
def test_bits_of_invalid_values_survive(output: Output, tmp_path: Path) -> None:
    array = example(output)
    path = tmp_path / f"a{output.suffix}"
    write_array(output, path, array)
    assert read_array(output, path).tobytes() == array.tobytes()


@ALL
def test_same_array_same_bytes(output: Output, tmp_path: Path) -> None:
    array = example(output)
    write_array(output, tmp_path / "a", array)
    write_array(output, tmp_path / "b", np.asfortranarray(array))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_headers_hold_no_date_and_no_host(tmp_path: Path) -> None:
    write_array(OUTPUTS["depth"], tmp_path / "a.exr", np.ones((4, 4), np.float32))
    header = OpenEXR.File(str(tmp_path / "a.exr"), header_only=True).header()
    assert not {"capDate", "owner", "comments", "utcOffset"} & set(header)
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    write_array(OUTPUTS["image"], tmp_path / "a.png", np.ones((4, 4, 3), np.uint8))
    assert Image.open(tmp_path / "a.png").info == {}


def test_exr_channels_carry_the_names_of_the_table(tmp_path: Path) -> None:
    flow = np.arange(4 * 5 * 2, dtype=np.float32).reshape(4, 5, 2)
    write_array(OUTPUTS["flow_1_to_2"], tmp_path / "f.exr", flow)
    channels = OpenEXR.File(str(tmp_path / "f.exr"), separate_channels=True).channels()
    assert np.array_equal(channels["u"].pixels, flow[..., 0])
    assert np.array_equal(channels["v"].pixels, flow[..., 1])


def test_planes_are_the_channels(tmp_path: Path) -> None:
    flow = np.arange(4 * 5 * 2, dtype=np.float32).reshape(4, 5, 2)
    write_array(OUTPUTS["flow_1_to_2"], tmp_path / "f.exr", flow)
    u, v = read_planes(OUTPUTS["flow_1_to_2"], tmp_path / "f.exr", (4, 5))
    assert np.array_equal(u, flow[..., 0]) and np.array_equal(v, flow[..., 1])
    assert u.flags.c_contiguous and v.flags.c_contiguous
    with pytest.raises(StorageError, match="must have shape"):
        read_planes(OUTPUTS["flow_1_to_2"], tmp_path / "f.exr", (5, 4))


def test_a_still_scene_is_small_and_noise_grows_little(tmp_path: Path) -> None:
    output = OUTPUTS["flow_1_to_gt"]
    write_array(output, tmp_path / "still.exr", np.zeros((100, 100, 2), np.float32))
    write_array(output, tmp_path / "noise.exr", np.random.default_rng(0).normal(size=(100, 100, 2)).astype(np.float32))
    assert (tmp_path / "still.exr").stat().st_size < 4000
    assert (tmp_path / "noise.exr").stat().st_size < 80_000 * 1.05


def test_masks_are_0_and_255_on_disk(tmp_path: Path) -> None:
    mask = np.array([[True, False], [False, True]])
    write_array(OUTPUTS["dynamic_1"], tmp_path / "m.png", mask)
    assert np.array(Image.open(tmp_path / "m.png")).tolist() == [[255, 0], [0, 255]]


def test_masks_may_be_given_as_bytes(tmp_path: Path) -> None:
    output = OUTPUTS["dynamic_1"]
    assert checked(output, np.array([[0, 255]], np.uint8)).tolist() == [[False, True]]
    with pytest.raises(ValueError, match="dynamic_1 is a mask and must hold only 0 and 255"):
        checked(output, np.array([[0, 1]], np.uint8))


@ALL
def test_wrong_arrays_are_refused_by_name(output: Output, tmp_path: Path) -> None:
    array = example(output)
    with pytest.raises(ValueError, match=f"{output.name} must be"):
        write_array(output, tmp_path / "a", np.zeros(array.shape, np.int32))
    with pytest.raises(ValueError, match=f"{output.name} must have shape"):
        write_array(output, tmp_path / "a", array[None])
    with pytest.raises(ValueError, match=f"{output.name} must have shape"):
        write_array(output, tmp_path / "a", array, (9, 14))
    with pytest.raises(ValueError, match=f"{output.name} must have shape"):
        write_array(output, tmp_path / "a", array[:0])
    assert not (tmp_path / "a").exists()


@ALL
def test_a_cut_file_is_an_error_that_names_it(output: Output, tmp_path: Path) -> None:
    path = tmp_path / f"a{output.suffix}"
    write_array(output, path, example(output))
    data = path.read_bytes()
    for size in {*range(0, len(data), max(1, len(data) // 25)), len(data) - 1}:
        path.write_bytes(data[:size])
        with pytest.raises(StorageError, match=path.name):
            read_array(output, path)


@ALL
def test_a_missing_file_is_an_error_that_names_it(output: Output, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        read_array(output, tmp_path / "nowhere")
    with pytest.raises(StorageError, match="cannot read"):
        read_array(output, tmp_path)


def test_another_kind_of_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_array(OUTPUTS["depth"], path, np.ones((4, 4), np.float32))
    with pytest.raises(StorageError, match="not a PNG"):
        read_array(OUTPUTS["image"], path)
    with pytest.raises(StorageError, match="holds the channels Z, not u, v"):
        read_array(OUTPUTS["flow_1_to_2"], path)
    write_array(OUTPUTS["image"], path, np.ones((4, 4, 3), np.uint8))
    with pytest.raises(StorageError, match="not an EXR"):
        read_array(OUTPUTS["depth"], path)
    with pytest.raises(StorageError, match="instances must be uint16"):
        read_array(OUTPUTS["instances"], path)
    with pytest.raises(StorageError, match=r"must have shape \(5, 4, 3\)"):
        read_array(OUTPUTS["image"], path, (5, 4))


def test_a_palette_image_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).quantize(4).save(tmp_path / "p.png")
    with pytest.raises(StorageError, match="image must have shape"):
        read_array(OUTPUTS["image"], tmp_path / "p.png")


def test_masks_are_those_of_the_table() -> None:
    masks = {name for name, output in OUTPUTS.items() if is_mask(output)}
    assert masks == {"unreliable", "dynamic_1", "dynamic_gt", "dynamic_union", "light_change"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataWindow", (np.array([3, 2], np.int32), np.array([10, 7], np.int32))),
        ("displayWindow", (np.array([0, 0], np.int32), np.array([15, 11], np.int32))),
        ("pixelAspectRatio", 2.0),
    ],
)
def test_an_exr_that_is_not_the_whole_image_is_refused(tmp_path: Path, field: str, value: object) -> None:
    """Its pixels would be shown at another place than where readers find them."""
    path = tmp_path / "depth.exr"
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, field: value}
    with OpenEXR.File(header, {"Z": np.ones((6, 8), np.float32)}) as file:
        file.write(str(path))
    with pytest.raises(StorageError, match=r"depth\.exr has (the|pixels).*; render the scene again"):
        read_array(OUTPUTS["depth"], path)

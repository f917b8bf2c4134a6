"""The same environment in every kind of EXR and Radiance file gives the same radiance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from dsia_gen.assets.hdri_file import hdri_size, is_plain, read_hdri
from dsia_gen.core.errors import AssetError

HEIGHT, WIDTH = 16, 32


def truth() -> np.ndarray:
    """(16, 32, 3) a gradient that tells its corners apart, with runs for run lengths."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([1 + x / WIDTH, 1 + y / HEIGHT, np.where(y < HEIGHT / 2, 4.0, 0.5)], -1).astype(np.float32)


def exr(path: Path, channels: dict[str, np.ndarray], **header: object) -> Path:
    head = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}
    OpenEXR.File(head, {name: np.ascontiguousarray(values) for name, values in channels.items()}).write(str(path))
    return path


def layers(image: np.ndarray, *names: str) -> dict[str, np.ndarray]:
    return {f"{name}.{c}": image[..., i] * (10.0**-k) for k, name in enumerate(names) for i, c in enumerate("RGB")}


def whole_numbers() -> dict[str, np.ndarray]:
    return {c: (truth()[..., i] * 3200).astype(np.uint32) for i, c in enumerate("RGB")}


def window(low: tuple[int, int], high: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(low, np.int32), np.array(high, np.int32)


def parts(path: Path, *names: str) -> Path:
    head = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    depth = np.ascontiguousarray(truth()[..., 0])
    made = [OpenEXR.Part(dict(head), {"RGB": truth()} if name == "rgba" else {"Z": depth}, name) for name in names]
    OpenEXR.File(made).write(str(path))
    return path


@pytest.mark.parametrize(
    ("name", "write", "note"),
    [
        ("plain", lambda p: exr(p, {"RGB": truth()}), ""),
        ("half", lambda p: exr(p, {"RGB": truth().astype(np.float16)}), ""),
        ("alpha", lambda p: exr(p, {"RGBA": np.dstack([truth(), np.ones((HEIGHT, WIDTH), np.float32)])}), ""),
        ("beauty", lambda p: exr(p, layers(truth(), "beauty", "diffuse")), "layer beauty of 2 taken"),
        ("combined", lambda p: exr(p, layers(truth(), "V.Combined", "V.Normal", "A.Depth")), "layer V.Combined of 3"),
        ("parts", lambda p: parts(p, "rgba", "depth"), ""),
        ("parts, depth first", lambda p: parts(p, "depth", "rgba"), ""),
        ("whole numbers", lambda p: exr(p, whole_numbers()), "whole numbers"),
        ("offset window", lambda p: exr(p, {"RGB": truth()}, dataWindow=window((5, 7), (36, 22)),
                                        displayWindow=window((5, 7), (36, 22))), ""),
        ("overscan", lambda p: exr(p, {"RGB": np.pad(truth(), ((2, 2), (3, 3), (0, 0)))},
                                   dataWindow=window((-3, -2), (34, 17)), displayWindow=window((0, 0), (31, 15))),
         "38 x 20 pixels placed in a window of 32 x 16"),
    ],
)  # fmt: skip
def test_every_exr_is_the_same_picture(tmp_path: Path, name: str, write, note: str) -> None:
    path = write(tmp_path / "sky.exr")
    read = read_hdri(path)
    scale = 3200 if name == "whole numbers" else 1
    np.testing.assert_allclose(read.pixels / scale, truth(), atol=1e-3)
    assert note in "; ".join(read.notes) and bool(note) == bool(read.notes)
    assert hdri_size(path) == (WIDTH, HEIGHT)
    assert is_plain(path) == (name in ("plain", "half", "alpha", "offset window"))


def test_a_data_window_inside_lies_where_it_belongs(tmp_path: Path) -> None:
    inner = {"dataWindow": window((4, 2), (27, 13)), "displayWindow": window((0, 0), (31, 15))}
    read = read_hdri(exr(tmp_path / "a.exr", {"RGB": truth()[2:14, 4:28]}, **inner)).pixels
    np.testing.assert_array_equal(read[2:14, 4:28], truth()[2:14, 4:28])
    assert read.shape == (HEIGHT, WIDTH, 3) and read[0].max() == read[:, 0].max() == 0


def test_luminance_with_chroma_has_its_colours(tmp_path: Path) -> None:
    image = np.repeat(np.repeat(truth()[::2, ::2], 2, 0), 2, 1)
    luma = image @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    read = read_hdri(exr(tmp_path / "y.exr", {"Y": luma})).pixels
    np.testing.assert_allclose(read, np.repeat(luma[..., None], 3, 2), rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_not_a_number_is_mended_and_told(tmp_path: Path, value: float) -> None:
    image = truth()
    image[3, 4, 1] = value
    read = read_hdri(exr(tmp_path / "a.exr", {"RGB": image}))
    assert read.notes == ("1 pixel that is not a number mended",)
    if np.isposinf(value):
        assert read.pixels[3, 4, 1] == truth().max()
    else:
        assert np.abs(read.pixels[3, 4] - truth()[3, 4]).max() < 0.1
    untouched = np.ones((HEIGHT, WIDTH), bool)
    untouched[3, 4] = False
    np.testing.assert_array_equal(read.pixels[untouched], truth()[untouched])


def test_a_picture_that_is_mostly_not_numbers_is_refused(tmp_path: Path) -> None:
    image = truth()
    image[:4] = np.nan
    with pytest.raises(AssetError, match="25% of its pixels are not numbers"):
        read_hdri(exr(tmp_path / "a.exr", {"RGB": image}))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_off_exr_is_not_read_as_black(tmp_path: Path, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(0).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    path = exr(tmp_path / "a.exr", layers(noise, "beauty", "diffuse"))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AssetError, match=r"a\.exr"):
        read_hdri(path)
    packed = exr(path, layers(truth(), "beauty", "diffuse")).read_bytes()
    path.write_bytes(packed[:-60] + bytes(60))
    with pytest.raises(AssetError, match=r"a\.exr is cut off or damaged"):
        read_hdri(path)
    assert capfd.readouterr() == ("", "")


def test_an_exr_without_a_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"no layer with R, G and B or Y \(it has Z\)"):
        read_hdri(exr(tmp_path / "a.exr", {"Z": truth()[..., 0]}))


# --- Radiance -----------------------------------------------------------------------------------------------------


def rgbe(image: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(image.max(-1))
    scaled = (image * (mantissa * 256 / image.max(-1))[..., None]).astype(np.uint8)
    return np.dstack([scaled, (exponent + 128).astype(np.uint8)])


def flat(pixels: np.ndarray) -> bytes:
    return pixels.tobytes()


def old_runs(pixels: np.ndarray) -> bytes:
    out = b""
    for row in pixels:
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and (row[x + run] == row[x]).all():
                run += 1
            out += row[x].tobytes() + (bytes([1, 1, 1, run - 1]) if run > 1 else b"")
            x += run
    return out


def new_runs(pixels: np.ndarray) -> bytes:
    out = b""
    for row in pixels:
        out += bytes([2, 2, len(row) >> 8, len(row) & 255])
        for plane in row.T:
            x = 0
            while x < len(plane):
                run = 1
                while x + run < len(plane) and run < 127 and plane[x + run] == plane[x]:
                    run += 1
                out += bytes([128 + run, plane[x]]) if run > 1 else bytes([1, plane[x]])
                x += run
    return out


@pytest.mark.parametrize("pack", [flat, old_runs, new_runs], ids=lambda p: p.__name__)
@pytest.mark.parametrize(
    ("order", "turn"),
    [
        ("-Y {h} +X {w}", lambda p: p),
        ("+Y {h} +X {w}", lambda p: p[::-1]),
        ("-Y {h} -X {w}", lambda p: p[:, ::-1]),
        ("+X {w} -Y {h}", lambda p: p.transpose(1, 0, 2)),
        ("+X {w} +Y {h}", lambda p: p[::-1].transpose(1, 0, 2)),
    ],
)
@pytest.mark.parametrize("head", ["#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n", "#?RGBE\r\n# made\r\n\r\n"])
def test_every_radiance_file_is_the_same_picture(tmp_path: Path, head: str, order: str, turn, pack) -> None:
    path = tmp_path / "sky.hdr"
    line = order.format(h=HEIGHT, w=WIDTH) + ("\r\n" if "\r" in head else "\n")
    path.write_bytes((head + line).encode() + pack(np.ascontiguousarray(turn(rgbe(truth())))))
    assert hdri_size(path) == (WIDTH, HEIGHT)
    np.testing.assert_allclose(read_hdri(path).pixels, truth(), atol=4 / 128)
    assert is_plain(path) == (order.startswith("-Y {h} +X") and "FORMAT" in head)


@pytest.mark.parametrize("pack", [flat, old_runs, new_runs], ids=lambda p: p.__name__)
def test_a_cut_off_radiance_file_is_named(tmp_path: Path, pack) -> None:
    path = tmp_path / "sky.hdr"
    data = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n+Y {HEIGHT} +X {WIDTH}\n".encode() + pack(rgbe(truth()))
    path.write_bytes(data[:-40])
    with pytest.raises(AssetError, match=r"sky\.hdr is cut off"):
        read_hdri(path)


@pytest.mark.parametrize("name", ["a.hdr", "a.exr"])
@pytest.mark.parametrize(
    "data", [b"", b"#?RADIANCE\n\n", b"GIF89a", bytes(300), b"#?R\n\n-Y 0 +X 4\n", b"\x76\x2f\x31\x01"]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AssetError, match=name):
        read_hdri(tmp_path / name)

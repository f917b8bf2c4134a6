"""Reader of Radiance's pictures (.hdr) in all orders of pixels, with run lengths of the new or the old kind or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AssetError

_HEAD = 2**16
_ORDER = re.compile(rb"([-+])([XY]) +(\d+) +([-+])([XY]) +(\d+)[ \t]*")
_XYZ_TO_RGB = np.array([[2.5653, -1.1668, -0.3984], [-1.0221, 1.9783, 0.0438], [0.0747, -0.2519, 1.1772]])
"""To Radiance's primaries of equal energy white (Ward, src/common/color.h)."""


@dataclass(frozen=True)
class RadianceHeader:
    """What stands before the pixels. `order` is the line of resolution: signs and axes, the slow one first."""

    order: tuple[str, str]
    counts: tuple[int, int]
    xyz: bool
    start: int
    plain: bool
    """Whether Blender reads it: rows from the top, pixels from the left, the lines that it looks for."""

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.counts[1] if self.order[0][1] == "Y" else self.counts[0]

    @property
    def height(self) -> int:
        """Rows."""
        return self.counts[0] if self.order[0][1] == "Y" else self.counts[1]


def radiance_header(path: Path) -> RadianceHeader:
    """The header of a picture. AssetError when there is none."""
    broken = f"{path} cannot be read as an image (no Radiance header); get it again"
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); make it readable") from error
    lines, at = list[bytes](), 0
    while b"\n" in head[at:]:
        end = head.index(b"\n", at)
        line, at = head[at:end].rstrip(b"\r"), end + 1
        lines.append(line)
        match = _ORDER.fullmatch(line)
        if match and b"" in lines:
            break
    else:
        raise AssetError(broken)
    order = (match[1] + match[2]).decode(), (match[4] + match[5]).decode()
    counts = int(match[3]), int(match[6])
    if not head.startswith(b"#") or order[0][1] == order[1][1] or 0 in counts:
        raise AssetError(broken)
    formats = [line.partition(b"=")[2].strip() for line in lines if line.startswith(b"FORMAT=")]
    xyz = b"32-bit_rle_xyze" in formats
    usual = head.startswith(b"#?") and b"\r" not in head[:at] and formats == [b"32-bit_rle_rgbe"]
    return RadianceHeader(order, counts, xyz, at, usual and order == ("-Y", "+X"))


def read_radiance(path: Path) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """(H, W, 3) radiance, the top in row 0, and notes. AssetError where it is cut off.

    Ward, "Real pixels", Graphics Gems II (1991); the old run lengths repeat a pixel by 1 1 1 n.
    """
    header = radiance_header(path)
    lines, length = header.counts
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)[header.start :]
    try:
        packed = _unpacked(data, lines, length)
    except (IndexError, ValueError) as error:
        raise AssetError(f"{path} is cut off: it has fewer pixels than its header says; get it again") from error
    exponent = packed[..., 3].astype(np.int32)
    # As Blender reads them: a value is mantissa / 256 * 2 ** (exponent - 128).
    scale = np.where(exponent > 0, np.ldexp(1.0, exponent - (128 + 8)), 0.0)
    pixels = packed[..., :3] * scale[..., None]
    if header.xyz:
        pixels = np.maximum(pixels @ _XYZ_TO_RGB.T, 0.0)
    notes: tuple[str, ...] = ("CIE XYZ turned into RGB",) if header.xyz else ()
    slow, fast = header.order
    if slow[1] == "X":
        pixels, slow, fast = pixels.transpose(1, 0, 2), fast, slow
    if slow == "+Y":
        pixels = pixels[::-1]
    if fast == "-X":
        pixels = pixels[:, ::-1]
    if header.order != ("-Y", "+X"):
        notes = (*notes, f"pixels in the order {' '.join(header.order)}")
    return np.ascontiguousarray(pixels, dtype=np.float32), notes


def _unpacked(data: NDArray[np.uint8], lines: int, length: int) -> NDArray[np.uint8]:
    """(lines, length, 4) bytes; each line says itself how it is packed."""
    out, at = np.empty((lines, length, 4), dtype=np.uint8), 0
    for line in out:
        new = 8 <= length < 2**15 and data[at] == 2 == data[at + 1] and data[at + 2] < 128
        if new and int(data[at + 2]) << 8 | int(data[at + 3]) != length:
            raise ValueError("a line of another length")
        at = _new_line(data, at + 4, line) if new else _old_line(data, at, line)
    return out


def _new_line(data: NDArray[np.uint8], at: int, line: NDArray[np.uint8]) -> int:
    """Fill a line from four planes of run lengths; where the next one begins."""
    for channel in range(4):
        x, count = 0, len(line)
        while x < count:
            run = int(data[at])
            if run > 128:
                line[x : x + run - 128, channel] = data[at + 1]
                x, at = x + run - 128, at + 2
            else:
                values = data[at + 1 : at + 1 + run]
                if run == 0 or len(values) < run or x + run > count:
                    raise ValueError("a broken run")
                line[x : x + run, channel] = values
                x, at = x + run, at + 1 + run
    return at


def _old_line(data: NDArray[np.uint8], at: int, line: NDArray[np.uint8]) -> int:
    """Fill a line from pixels, of which 1 1 1 n repeats the one before; where the next one begins."""
    count = len(line)
    whole = data[at : at + 4 * count].reshape(-1, 4) if len(data) >= at + 4 * count else None
    if whole is not None and not np.any(np.all(whole[:, :3] == 1, axis=1)):
        line[:] = whole
        return at + 4 * count
    x = shift = 0
    while x < count:
        pixel = data[at : at + 4]
        if len(pixel) < 4:
            raise ValueError("cut off")
        at += 4
        if np.all(pixel[:3] == 1):
            run = int(pixel[3]) << shift
            if x == 0 and run:
                raise ValueError("a run without a pixel")
            line[x : x + run] = line[x - 1]
            x, shift = x + run, shift + 8
        else:
            line[x], x, shift = pixel, x + 1, 0
    return at

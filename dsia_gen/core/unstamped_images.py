"""Image files without stamps: Cycles writes its render times into them, whatever the scene's settings say."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import OpenEXR

IMAGE_CHUNKS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


def strip_png(path: Path) -> None:
    """Keep only the chunks of a PNG that make its image, so that equal images are equal bytes."""
    data = path.read_bytes()
    kept, position = [data[:8]], 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        chunk = data[position : position + length + 12]
        if chunk[4:8] in IMAGE_CHUNKS:
            kept.append(chunk)
        position += length + 12
    path.write_bytes(b"".join(kept))


def strip_exr(path: Path) -> None:
    """Rewrite an RGB EXR with the fewest header fields, ZIP compressed, its pixels unchanged."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(path))

"""Image files without stamps: equal images are equal bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dsia_gen.core.unstamped_images import strip_exr, strip_png

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_a_png_loses_its_texts_and_keeps_its_pixels(tmp_path: Path) -> None:
    paths = []
    for stamp in ("1.5 s", "a longer 2.25 s"):
        texts = PngInfo()
        texts.add_text("RenderTime", stamp)
        paths.append(tmp_path / f"{len(paths)}.png")
        Image.fromarray(PIXELS).save(paths[-1], pnginfo=texts)
        strip_png(paths[-1])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert np.array_equal(np.asarray(Image.open(paths[0])), PIXELS) and not Image.open(paths[0]).info


def test_an_exr_loses_its_texts_and_keeps_its_pixels(tmp_path: Path) -> None:
    linear = (PIXELS / 7).astype(np.float16)
    paths = []
    for stamp in ("1.5 s", "a longer 2.25 s"):
        paths.append(tmp_path / f"{len(paths)}.exr")
        OpenEXR.File({"RenderTime": stamp}, {"RGB": linear}).write(str(paths[-1]))
        strip_exr(paths[-1])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with OpenEXR.File(str(paths[0]), separate_channels=True) as file:
        assert "RenderTime" not in file.header()
        pixels = np.stack([np.array(file.channels()[c].pixels) for c in "RGB"], axis=-1)
    assert pixels.dtype == np.float16 and np.array_equal(pixels, linear)

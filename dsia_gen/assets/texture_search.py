"""Textures that a file names without saying where they are: found by name in the folders where they usually lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

FOLDERS = (".", "textures", "texture", "../materials/textures", "../textures", "materials/textures", "../images")
"""Where a texture may lie that a file names without its folder, below the file's own folder."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp", ".exr", ".hdr", ".dds", ".psd")


def beside(path: Path, name: str, accept: Callable[[Path], bool] = lambda _: True) -> Path | None:
    """A file called `name`, or so but for case and the kind of picture, in one of FOLDERS from `path`; None if none.

    `accept` may refuse a file or a folder that lies where it must not be read.
    """
    for folder in FOLDERS:
        place = path.parent / folder
        exact = place / name
        if exact.is_file() and accept(exact):
            return exact.resolve()
        if place.is_dir() and accept(place):
            wanted = Path(name).stem.lower()
            for other in sorted(place.iterdir()):
                if other.stem.lower() == wanted and other.suffix.lower() in _SUFFIXES and accept(other):
                    return other.resolve()
    return None

"""Textures that a file names without a valid path: found by name in the folders where they usually lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

FOLDERS = (".", "textures", "texture", "../materials/textures", "../textures", "materials/textures", "../images")
"""Folders that are searched, relative to the folder of the file that names the texture."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp", ".exr", ".hdr", ".dds", ".psd")


def find_texture(path: Path, name: str, accept: Callable[[Path], bool] = lambda _: True) -> Path | None:
    """A file of the name `name` in one of FOLDERS relative to the file `path`; case and image format may differ.

    `accept` may refuse a file or a folder that must not be read. None when there is no such file.
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

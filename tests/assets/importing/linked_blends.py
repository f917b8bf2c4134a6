"""Writes small .blend files that link a library, by whichever Blender runs it: `python -m tests...linked_blends DIR`.

The files in `blends/` were written by it with Blender 4.5 and 5.2, so that each is read where the other is installed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

LIBRARY = "rig.blend"


def write_linked(folder: Path, compress: bool) -> Path:
    """Save a mesh as a library, and a file that links it; returns the latter. Needs bpy."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("linked")
    bpy.data.libraries.write(str(folder / LIBRARY), {mesh}, fake_user=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(folder / LIBRARY), link=True) as (_, wanted):
        wanted.meshes = ["linked"]
    item = bpy.data.objects.new("item", wanted.meshes[0])
    version = "".join(map(str, bpy.app.version[:2]))
    path = folder / f"linked_{version}{'_compressed' if compress else ''}.blend"
    bpy.data.libraries.write(str(path), {item}, path_remap="RELATIVE_ALL", fake_user=True, compress=compress)
    return path


if __name__ == "__main__":
    for wish in (False, True):
        print(write_linked(Path(sys.argv[1]), wish))  # noqa: T201
    sys.stdout.flush()
    os._exit(0)

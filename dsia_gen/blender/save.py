"""A scene as a .blend file that a person can open."""

from __future__ import annotations

from pathlib import Path

import bpy

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import replacing


def save_blend(path: Path) -> None:
    """Save the current scene at frame 0, files packed inside, so that it opens on any machine.

    Raises StorageError when the file cannot be written.
    """
    bpy.context.scene.frame_set(0)
    for image in bpy.data.images:
        # Images drawn by code exist in memory only and would be lost too.
        if image.source in ("FILE", "GENERATED") and image.packed_file is None and image.has_data:
            image.pack()
    with replacing(path.resolve()) as temporary:
        try:
            bpy.ops.wm.save_as_mainfile(filepath=str(temporary), copy=True, compress=True)
        except RuntimeError as error:
            raise StorageError(f"{path} could not be written ({error}), check the disk") from error

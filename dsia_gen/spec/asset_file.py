"""References to files, so that a specification names no machine."""

from __future__ import annotations

from typing import Literal

from dsia_gen.core.inside_path import InsidePath
from dsia_gen.spec.record import Record


class AssetFile(Record):
    """A file by its root and relative path.

    Root `bpy` is the data folder inside the bpy package, `user` the folder given with the job.
    """

    root: Literal["bpy", "user"]
    path: InsidePath
    sha256: str

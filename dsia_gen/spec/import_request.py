"""Imports: the request to the isolated process that opens the user's files, and its answers. Pure data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.spec.asset import AssetKind, Permission
from dsia_gen.spec.record import Positive, Real, Record

Reader = Literal["mesh", "motion", "hdri", "texture", "trajectory"]
Facing = Literal["-Y", "+Y", "-X", "+X"]
NO_MESH = "holds no mesh with faces"
"""What is said of a model file without a shape."""


class ImportFile(Record):
    """One file, by its path below the folder. What is not None is the user's word and is not guessed."""

    path: str
    reader: Reader
    kind: Literal["character", "object", "motion"] | None = None
    up: Literal["Y", "Z"] | None = None
    facing: Facing | None = None
    scale: Positive | None = None
    size: Positive | None = None
    height: Positive | None = None


class ImportRequest(Record):
    """Files for one process, from index `first` on; thumbnails go to `<out>/<index>.png`, square, of `pixels`."""

    folder: str
    out: str
    files: tuple[ImportFile, ...]
    first: Annotated[int, Field(ge=0)] = 0
    pixels: Annotated[int, Field(ge=16, le=4096)] = 192
    samples: Annotated[int, Field(ge=1, le=4096)] = 12
    memory_gib: Positive = 6.0
    max_triangles: Annotated[int, Field(ge=1)] = 3_000_000


class MeasuredClip(Record):
    """One of the clips of a file, written as BVH to `file` in `out`; its picture is `thumbnail` there, or that of the
    file."""

    name: str
    file: PlainName
    frames: int
    fps: Real
    thumbnail: PlainName | Literal[""] = ""
    notes: tuple[str, ...] = ()


class Measured(Record):
    """What was found in a file. Lengths are metres after normalisation; `scale` is metres for a unit of the file.

    `parts` are other files that belong to it, below the folder; `converted` is a file written instead of it, in `out`;
    `clips` are the motions that it brings along, or is made of;
    `stands`: it was found to be a figure that a person could be;
    `licence`, `attribution`, `source` and the permissions are what the file says of itself. Of a file with several
    figures each is measured: this one is its `figure`-th (from 1; 0 is the only one), called `name`, with its picture
    `thumbnail` in `out`, and `others` are the rest.
    """

    kind: AssetKind
    scale: Positive = 1.0
    up: Literal["Y", "Z"] = "Z"
    facing: Facing = "-Y"
    size: tuple[Real, Real, Real] | None = None
    height: Positive | None = None
    triangles: int | None = None
    skeleton: str = ""
    bones: int = 0
    frames: int = 0
    fps: Real = 0.0
    textures: int = 0
    missing: tuple[str, ...] = ()
    parts: tuple[InsidePath, ...] = ()
    pixels: tuple[int, int] | None = None
    converted: PlainName | Literal[""] = ""
    clips: tuple[MeasuredClip, ...] = ()
    stands: bool = False
    figure: int = 0
    name: str = ""
    thumbnail: PlainName | Literal[""] = ""
    others: tuple[Measured, ...] = ()
    redistribution: Permission = "unknown"
    training: Permission = "unknown"
    licence: str = ""
    attribution: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

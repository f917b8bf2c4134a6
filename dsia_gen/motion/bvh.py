"""Reader of BVH motion capture files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeletal_motion import CHANNELS, MAX_FRAMES, MAX_JOINTS, SkeletalMotion
from dsia_gen.motion.text_files import finite_numbers, read_lines

MAX_BYTES = 512 * 1024 * 1024
_CANONICAL = {name.lower(): name for name in CHANNELS}


class _Parser:
    """The joints and values of a file, line by line; ValueErrors concern the line `line`."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.line = lines, 0
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.ends: list[list[float]] = []
        self.channels: list[tuple[str, ...]] = []
        self.stack: list[int | None] = []  # None is an end site
        self.pending: int | None = None

    def next_words(self) -> list[str]:
        """The words of the next line that has any; none at the end of the file."""
        while self.line < len(self.lines):
            self.line += 1
            words = self.lines[self.line - 1].replace("{", " { ").replace("}", " } ").split()
            if words:
                return words
        return []

    def header(self) -> tuple[int, float]:
        """Read up to the values; the number of frames and the seconds a frame."""
        frames: int | None = None
        while words := self.next_words():
            key = words[0].upper()
            if key == "FRAMES:":
                if len(words) < 2 or not words[1].isdigit() or not 0 < int(words[1]) <= MAX_FRAMES:
                    raise ValueError(f"Frames must be a whole number from 1 to {MAX_FRAMES}")
                frames = int(words[1])
            elif key == "FRAME" and len(words) > 2:
                if frames is None:
                    raise ValueError("Frame Time comes before Frames")
                seconds = finite_numbers(words[2:3])[0]
                if not 1e-4 <= seconds <= 1.0:
                    raise ValueError(f"a frame time of {seconds} s is not between 0.0001 and 1")
                return frames, seconds
            elif key not in ("HIERARCHY", "MOTION"):
                self.statement(key, words)
        raise ValueError("no MOTION section with Frames and Frame Time")

    def statement(self, key: str, words: list[str]) -> None:
        """Read one line of the hierarchy."""
        joint = self.stack[-1] if self.stack else None
        if key in ("ROOT", "JOINT"):
            if len(self.names) >= MAX_JOINTS:
                raise ValueError(f"more than {MAX_JOINTS} joints")
            self.pending = len(self.names)
            self.names.append(" ".join(w for w in words[1:] if w != "{") or f"joint{self.line}")
            self.parents.append(next((j for j in reversed(self.stack) if j is not None), -1))
            self.offsets.append([0.0, 0.0, 0.0])
            self.ends.append([0.0, 0.0, 0.0])
            self.channels.append(())
        elif key == "END":
            self.pending = None
        elif key == "OFFSET":
            numbers = finite_numbers(words[1:])
            if len(numbers) != 3 or not self.stack:
                raise ValueError("OFFSET needs three numbers inside a joint")
            if joint is not None:
                self.offsets[joint] = numbers
            elif len(self.stack) > 1 and (parent := self.stack[-2]) is not None:
                self.ends[parent] = numbers
        elif key == "CHANNELS":
            if joint is None or len(words) < 2 or words[1] != str(len(words) - 2):
                raise ValueError("CHANNELS needs a count and as many names, inside a joint")
            unknown = [n for n in words[2:] if n.lower() not in _CANONICAL]
            if unknown:
                raise ValueError(f"unknown channel {unknown[0]!r:.40} (known: {', '.join(CHANNELS)})")
            self.channels[joint] = tuple(_CANONICAL[n.lower()] for n in words[2:])
        elif key == "}":
            if not self.stack:
                raise ValueError("a closing bracket without an opening one")
            self.stack.pop()
        elif key != "{":
            raise ValueError(f"unexpected word {words[0]!r:.40}")
        if key == "{" or (key in ("ROOT", "JOINT", "END") and "{" in words):
            self.stack.append(self.pending)

    def values(self, frames: int) -> Array:
        """(frames, C) values of the channels."""
        columns, rows = sum(len(c) for c in self.channels), list[list[float]]()
        while len(rows) < frames:
            words = self.next_words()
            if not words:
                raise ValueError(f"{len(rows)} frames of values, but Frames says {frames}")
            rows.append(finite_numbers(words))
            if len(words) != columns:
                raise ValueError(f"{len(words)} values, but the joints have {columns} channels")
        return np.array(rows, dtype=np.float64)


def read_bvh(path: Path) -> SkeletalMotion:
    """Read a BVH file. Raises AssetError that names the file and line of what is wrong."""
    parser = _Parser(read_lines(path, MAX_BYTES, "cut the clip into shorter files"))
    try:
        frames, frame_time = parser.header()
        if not parser.names:
            raise ValueError("no joints")
        values = parser.values(frames)
    except ValueError as error:
        where = f"{path}, line {max(parser.line, 1)}"
        raise AssetError(f"{where}: {error}; the file is not a readable BVH, export it again") from error
    return SkeletalMotion(
        names=tuple(parser.names),
        parents=tuple(parser.parents),
        offsets=np.array(parser.offsets, dtype=np.float64),
        ends=np.array(parser.ends, dtype=np.float64),
        channels=tuple(parser.channels),
        frame_time=frame_time,
        values=values,
    )

"""Reader of BVH motion capture files, in the dialects that programs write.

What differs between them is read as meant and, where something is lost, told: numbers of frames that disagree, rows
that are wrapped or cut off, missing blanks, decimal commas, channels of scale, `EndSite`, byte order marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeletal_motion import CHANNELS, MAX_FRAMES, MAX_JOINTS, SkeletalMotion
from dsia_gen.motion.text_files import finite_numbers, read_lines

MAX_BYTES = 512 * 1024 * 1024
_CHANNEL = re.compile(r"([xyz])[_ ]?(pos|rot|scal)[a-z]*", re.IGNORECASE)
_COUNT = re.compile(r"frames\s*:?\s*(.*)", re.IGNORECASE)
_RATE = re.compile(r"frame\s*time\s*:?\s*(.*)", re.IGNORECASE)
_GLUED = re.compile(r"(?<=[\d.])(?=[-+])")
_DECIMAL = re.compile(r"[-+]?\d+(,\d+)?(e[-+]?\d+)?", re.IGNORECASE)
_KEYWORD = re.compile(r"(OFFSET|CHANNELS)(?=[-+.\d])", re.IGNORECASE)
_POSE_SECONDS = 1.0 / 30.0
"""Seconds a frame of a file with one frame, whose frame time means nothing."""


def _channel(name: str) -> str:
    """The name in CHANNELS of a channel, "" of one of scale. ValueError where it is unknown."""
    match = _CHANNEL.fullmatch(name)
    if match is None:
        raise ValueError(f"unknown channel {name!r:.40} (known: {', '.join(CHANNELS)})")
    kind = {"pos": "position", "rot": "rotation", "scal": ""}[match[2].lower()]
    return match[1].upper() + kind if kind else ""


def _numbers(text: str) -> list[float]:
    """Finite numbers between blanks, tabs, commas or semicolons; a comma is a decimal one where no point is."""
    if "," in text or ";" in text:
        text = text.replace(";", " ")
        decimal = "." not in text and all(_DECIMAL.fullmatch(word) for word in text.split())
        text = text.replace(",", "." if decimal else " ")
    return finite_numbers(_GLUED.sub(" ", text).split())


class _Parser:
    """The joints and values of a file, line by line; ValueErrors concern the line `line`."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.line = lines, 0
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.ends: list[list[float]] = []
        self.channels: list[tuple[str, ...]] = []  # "" is a channel of scale
        self.stack: list[int | None] = []  # None is an end site
        self.pending: int | None = None
        self.notes: list[str] = []

    def texts(self) -> Iterator[str]:
        """What is on the following lines, brackets apart from what is beside them."""
        while self.line < len(self.lines):
            self.line += 1
            text = self.lines[self.line - 1].strip()
            if text.startswith(("#", "//")):
                continue
            yield from (part.strip() for part in re.split(r"([{}])", text) if part.strip())

    def header(self) -> tuple[int | None, float]:
        """Read up to the values; the number of frames that the file states, and the seconds a frame."""
        frames: int | None = None
        for text in self.texts():
            text = re.sub(r"^MOTION\b\s*", "", text, flags=re.IGNORECASE)
            if rate := _RATE.fullmatch(text):
                if self.stack:
                    raise ValueError(f"{len(self.stack)} opening brackets are not closed")
                return frames, self.seconds(rate[1], frames)
            if count := _COUNT.fullmatch(text):
                word = count[1].strip()
                if not word.isdigit() or not 0 < int(word) <= MAX_FRAMES:
                    raise ValueError(f"Frames must be a whole number from 1 to {MAX_FRAMES}")
                frames = int(word)
            elif text and text.upper() != "HIERARCHY":
                self.statement(text)
        raise ValueError("no MOTION section with Frames and Frame Time")

    def seconds(self, text: str, frames: int | None) -> float:
        """Seconds a frame; of a single frame any will do."""
        numbers = _numbers(text)
        if len(numbers) != 1:
            raise ValueError("Frame Time needs one number")
        if frames == 1 and not 1e-4 <= numbers[0] <= 1.0:
            return _POSE_SECONDS
        if not 1e-4 <= numbers[0] <= 1.0:
            raise ValueError(f"a frame time of {numbers[0]} s is not between 0.0001 and 1")
        return numbers[0]

    def statement(self, text: str) -> None:
        """Read one statement of the hierarchy."""
        words = _KEYWORD.sub(r"\1 ", text).split()
        key, joint = words[0].upper(), self.stack[-1] if self.stack else None
        if key in ("ROOT", "JOINT"):
            if len(self.names) >= MAX_JOINTS:
                raise ValueError(f"more than {MAX_JOINTS} joints")
            self.pending = len(self.names)
            self.names.append(" ".join(words[1:]) or f"joint{self.line}")
            self.parents.append(next((j for j in reversed(self.stack) if j is not None), -1))
            self.offsets.append([0.0, 0.0, 0.0])
            self.ends.append([0.0, 0.0, 0.0])
            self.channels.append(())
        elif key in ("END", "ENDSITE", "END_SITE"):
            self.pending = None
        elif key == "OFFSET":
            rest = [k for k, word in enumerate(words) if word.upper() == "CHANNELS"]
            numbers = _numbers(" ".join(words[1 : rest[0]] if rest else words[1:]))
            if len(numbers) != 3 or not self.stack:
                raise ValueError("OFFSET needs three numbers inside a joint")
            if joint is not None:
                self.offsets[joint] = numbers
            elif len(self.stack) > 1 and (parent := self.stack[-2]) is not None:
                self.ends[parent] = numbers
            if rest:
                self.statement(" ".join(words[rest[0] :]))
        elif key == "CHANNELS":
            if joint is None or len(words) < 2 or words[1] != str(len(words) - 2):
                raise ValueError("CHANNELS needs a count and as many names, inside a joint")
            self.channels[joint] = tuple(_channel(name) for name in words[2:])
        elif key == "}":
            if not self.stack:
                raise ValueError("a closing bracket without an opening one")
            self.stack.pop()
        elif key == "{":
            self.stack.append(self.pending)
        else:
            raise ValueError(f"unexpected word {words[0]!r:.40}")

    def values(self, frames: int | None) -> Array:
        """(F, C) values of the channels, of as many frames as there are; rows may be wrapped over several lines."""
        columns, rows, row = sum(len(c) for c in self.channels), list[list[float]](), list[float]()
        if not columns:
            raise ValueError("no joint has a channel")
        for text in self.texts():
            row += _numbers(text)
            if len(row) > columns:
                raise ValueError(f"{len(row)} values, but the joints have {columns} channels")
            if len(row) == columns:
                rows.append(row)
                row = []
                if len(rows) > MAX_FRAMES:
                    raise ValueError(f"more than {MAX_FRAMES} frames")
        if not rows:
            raise ValueError(f"no whole frame of values: {len(row)}, but the joints have {columns} channels")
        if row:
            self.notes.append(f"the last frame is cut off after {len(row)} of {columns} values, and left out")
        if frames is not None and frames != len(rows):
            self.notes.append(f"states {frames} frames and has {len(rows)}, which were read")
        values = np.array(rows, dtype=np.float64)
        kept = [bool(name) for names in self.channels for name in names]
        if not all(kept):
            self.notes.append("its channels of scale are not used")
        return values[:, kept]


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
        channels=tuple(tuple(filter(None, names)) for names in parser.channels),
        frame_time=frame_time,
        values=values,
        notes=tuple(parser.notes),
    )

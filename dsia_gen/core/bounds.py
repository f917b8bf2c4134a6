"""Types of bounded text and numbers that configurations share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from dsia_gen.core.seeds import LARGEST_SEED


@dataclass(frozen=True)
class Unit:
    """The unit of a number, in the annotation of its type; the reference of configurations shows it."""

    name: str


PATH_LIMIT, PART_LIMIT = 1024, 255
"""Characters of a path or address, and bytes of one of its parts, which is what file systems take."""


def _path(text: str) -> str:
    if len(text) > PATH_LIMIT:
        raise ValueError(f"a path of {len(text)} characters is too long; give one of at most {PATH_LIMIT}")
    if any(len(part.encode("utf-8", "replace")) > PART_LIMIT for part in re.split(r"[/\\]", text)):
        raise ValueError(f"a file or folder has a name of more than {PART_LIMIT} bytes; give a shorter one")
    if not text.strip() or any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        raise ValueError("must be a path, without control characters")
    return text


PathText = Annotated[str, AfterValidator(_path)]
"""A path, an address, or the name of a preset."""
NameText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=200)]
Seed63 = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
"""What a generator is begun with: a job, a scene, the command line."""
Weight = Annotated[float, Field(ge=0, le=1e6), Unit("weight")]
Share = Annotated[float, Field(ge=0, le=1), Unit("share")]
Metres = Annotated[float, Field(ge=0.05, le=1000), Unit("m")]

"""Collision hulls: shapes for physics that lie beside what is seen, known by their names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_WORDS = r"collisions?|colliders?|v-?hacd|co-?acd|convex[ _-]?hulls?|convex[ _-]?decomp\w*"
_HULL = re.compile(
    rf"(?i:(?:^|.*[^a-z])(?:{_WORDS})(?:[^a-z].*)?)"
    r"|(?i:(?:ucx|ubx|usp|ucp|mcdcx)_.+)|.*-(?:conv)?col(?:only)?(?:\.\d+)?"
)
"""`collision_0`, `chair_vhacd_3`, `UCX_chair` (Unreal), `chair-col` and `chair-convcolonly` (Godot)."""
_FOLDER = re.compile(r"(?i:collisions?|vhacd|coacd|convex(?:_hulls)?)")


def is_collision_hull(name: str) -> bool:
    """Whether the name of an object, or of a file, says that it is for physics."""
    path = PurePosixPath(name.replace("\\", "/"))
    stem = path.stem if re.fullmatch(r"\.[A-Za-z]\w{1,4}", path.suffix) else path.name
    return _HULL.fullmatch(stem) is not None or any(_FOLDER.fullmatch(part) for part in path.parts[:-1])

"""Comparison of JSON documents: what a document says against what it should say."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from pydantic import JsonValue

TOLERANCE = 1e-9
"""Relative, and absolute below 1: what a last bit of another platform may change."""
_LONGEST = 60


def disagreements(
    found: JsonValue, wanted: JsonValue, optional: Collection[str] = (), place: str = ""
) -> Iterator[tuple[str, str]]:
    """Where a document differs from what it should be: the dotted place, and what is wrong there.

    Keys that are not wanted are not looked at. A wanted key must be there unless it is `optional`: earlier versions
    did not write it.
    """
    if found == wanted and not isinstance(found, bool | int):  # in one step what is most often so
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            inner = f"{place}.{key}" if place else key
            if key in found:
                yield from disagreements(found[key], value, optional, inner)
            elif key not in optional:
                yield inner, "is missing"
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(found) != len(wanted):
            yield place, f"has {len(found)} entries, not {len(wanted)}"
        for k, (one, other) in enumerate(zip(found, wanted, strict=False)):
            yield from disagreements(one, other, optional, f"{place}.{k}")
    elif not same(found, wanted):
        yield place, f"is {_short(found)}, not {_short(wanted)}"


def same(found: JsonValue, wanted: JsonValue) -> bool:
    """Whether two values without parts are equal, numbers up to the tolerance; a truth value is not a number."""
    numbers = (int, float)
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, numbers) and isinstance(wanted, numbers):
        return math.isclose(found, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(found) is type(wanted) and found == wanted


def _short(value: JsonValue) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."

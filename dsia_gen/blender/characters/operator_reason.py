"""Why one of Blender's operators failed, in a few words, from the text of its exception."""

from __future__ import annotations

import re

_EXCEPTION = re.compile(r"(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Warning|Exit))(?::\s*(.*))?$")
_NOISE = re.compile(r"^(Location:|Traceback \(most recent|File \"|Python:?$|\^+$|~*\^[~^]*$|Error:?$)")
_PREFIX = re.compile(r"^(?:(?:Error|Warning|Info|Python|Exception)\s*:\s*)+")
_FAULTS = {
    "TypeError", "KeyError", "IndexError", "AttributeError", "ZeroDivisionError", "UnboundLocalError", "OverflowError",
    "AssertionError", "error",
}  # fmt: skip
"""Exceptions of an importer that met content which does not fit together: their texts say nothing to users."""
_LONGEST = 200


def operator_reason(error: BaseException) -> str:
    """The reason that an exception holds, on one line.

    An operator reports what went wrong first; a Python traceback, whose last line is the reason, and the place in
    Blender's own code follow.
    """
    if type(error).__name__ in _FAULTS:
        return _said(type(error).__name__, str(error))
    lines = [line for line in str(error).splitlines() if line.strip()]
    shown = [line.strip() for line in lines]
    traced = next((i for i, line in enumerate(shown) if "Traceback (most recent call last)" in line), None)
    if traced is not None:
        for line in reversed(shown[traced:]):
            if not _NOISE.match(line) and (match := _EXCEPTION.match(line)):
                return _said(match[1], match[2] or "")
        shown = shown[:traced]
    kept = [_PREFIX.sub("", line) for line in shown if not _NOISE.match(line)]
    kept = list(dict.fromkeys(line for line in kept if line and not _NOISE.match(line)))
    return _short("; ".join(kept)) if kept else type(error).__name__


def _said(name: str, text: str) -> str:
    """The text of an exception, or what it means where it is a fault that the content of a file led to."""
    if name in _FAULTS and not (name == "AssertionError" and text.strip()):
        return f"its parts do not fit together: the importer stopped with a {name}"
    return _short(text) if text.strip() else name


def _short(text: str) -> str:
    words = " ".join(text.split()).rstrip(".;")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."

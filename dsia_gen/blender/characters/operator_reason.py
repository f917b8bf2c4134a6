"""Why one of Blender's operators failed, in a few words, from the text of its exception."""

from __future__ import annotations

import re

_EXCEPTION = re.compile(r"(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Warning|Exit))(?::\s*(.*))?$")
_NOISE = re.compile(r"^(Location:|Traceback \(most recent|File \"|Python:?$|\^+$|~*\^[~^]*$|Error:?$)")
_PREFIX = re.compile(r"^(?:(?:Error|Warning|Info|Python|Exception)\s*:\s*)+")
_LONGEST = 200


def operator_reason(error: BaseException) -> str:
    """The reason that an exception holds, on one line.

    An operator reports what went wrong first; a Python traceback, whose last line is the reason, and the place in
    Blender's own code follow.
    """
    lines = [line for line in str(error).splitlines() if line.strip()]
    shown = [line.strip() for line in lines]
    traced = next((i for i, line in enumerate(shown) if "Traceback (most recent call last)" in line), None)
    if traced is not None:
        for line in reversed(shown[traced:]):
            if not _NOISE.match(line) and (match := _EXCEPTION.match(line)):
                return _short(match[2] or match[1])
        shown = shown[:traced]
    kept = [_PREFIX.sub("", line) for line in shown if not _NOISE.match(line)]
    kept = list(dict.fromkeys(line for line in kept if line and not _NOISE.match(line)))
    return _short("; ".join(kept)) if kept else type(error).__name__


def _short(text: str) -> str:
    words = " ".join(text.split()).rstrip(".;")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."

"""Hypothesis strategies: a sound file with something wrong in it, as bytes, as text or as a tree of JSON values."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st

WORDS = (
    "", " ", "0", "-1", "1", "nan", "NaN", "inf", "-inf", "Infinity", "1e308", "1e999", "-0.0", "1e-320", "999999999",
    "4294967296", "9223372036854775808", "9" * 40, "9" * 5000, "true", "null", "[]", "{}", "\0", "\x1b[31m", "\t",
    "\r\n",
    "../../x", "/etc/passwd", "C:\\x", "a" * 300, "\ud7ff", "\ufeff", "\u202e", "%s", "{", "}", "[", "]", '"', "'", ":",
    ",", "#", "!!int", "&a", "*a", "<<", "-", "1:2", "0x1f", "1_000", "٣", "½",
)  # fmt: skip
"""What a word of a text is replaced by."""
NUMBERS = tuple(
    struct.pack(form, value)
    for form, values in (
        ("<I", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000000)),
        (">I", (1, 0x7FFFFFFF, 0xFFFFFFFF, 0x00100000)),
        ("<Q", (1 << 31, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)),
        ("<H", (0, 1, 0x7FFF, 0xFFFF)),
        ("<f", (float("nan"), float("inf"), -1e38)),
        ("<d", (float("nan"), float("inf"), 1e308)),
    )
    for value in values
)
"""What some bytes of a binary file are replaced by."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, -1e-308, float("nan"), float("inf"), "", "x", "nan", "-1",
    "../../x", "/etc/passwd", "a/../../b", "\0", "\x1b[2J", "a" * 5000, [], [[]], [None], [0] * 20, {}, {"": None},
    {"a": {}},
    [[[[[[[[]]]]]]]], "2024-02-31", "=1+1", "<script>", "|", "é" * 200,
)  # fmt: skip
"""What a value of a tree is replaced by."""
_TOKENS = re.compile(r"\s+|[^\s,:;\[\]{}()=\"']+|.", re.DOTALL)
_few = st.integers(1, 4)


@st.composite
def damaged_bytes(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A file with bytes flipped, replaced, cut out, doubled, or swapped with another's."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(_few)):
        # Headers are short and matter most.
        at = draw(st.integers(0, min(len(data), 256)) | st.integers(0, len(data)))
        size = draw(st.sampled_from((1, 2, 4, 8, 64, 1024)))
        kind = draw(st.sampled_from(("flip", "number", "cut", "end", "double", "insert", "splice")))
        if kind == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "number":
            number = draw(st.sampled_from(NUMBERS))
            data[at : at + len(number)] = number
        elif kind == "cut":
            del data[at : at + size]
        elif kind == "end":
            del data[at:]
        elif kind == "double":
            data[at:at] = data[at : at + size]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=16))
        else:
            other = draw(st.sampled_from(seeds))
            data[at : at + size] = other[at : at + size]
    return bytes(data)


@cache
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(text))


@st.composite
def damaged_text(draw: st.DrawFn, seeds: Sequence[str]) -> bytes:
    """A text with words replaced, left out or doubled, lines moved, or cut off; UTF-8, sometimes broken."""
    words = list(_tokens(draw(st.sampled_from(seeds))))
    for _ in range(draw(_few)):
        # The head of a text says what follows.
        at = draw(st.integers(0, min(len(words), 60)) | st.integers(0, len(words)))
        kind = draw(st.sampled_from(("replace", "replace", "leave out", "double", "end", "insert", "line")))
        if kind == "replace":
            words[at : at + 1] = [draw(st.sampled_from(WORDS) | st.text(max_size=8))]
        elif kind == "leave out":
            del words[at : at + draw(st.sampled_from((1, 3, 30)))]
        elif kind == "double":
            words[at:at] = words[at : at + draw(st.sampled_from((1, 3, 30)))]
        elif kind == "end":
            del words[at:]
        elif kind == "insert":
            words.insert(at, draw(st.sampled_from(WORDS)))
        else:
            words.insert(at, "\n")
    data = "".join(words).encode("utf-8", "surrogatepass")
    return data if draw(st.integers(0, 9)) else data[: draw(st.integers(0, len(data)))] + draw(st.binary(max_size=4))


@cache
def _places(text: str) -> tuple[tuple[str | int, ...], ...]:
    found: list[tuple[str | int, ...]] = []

    def walk(value: Any, path: tuple[str | int, ...]) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            found.append((*path, key))
            walk(item, (*path, key))

    walk(json.loads(text), ())
    return tuple(found)


@st.composite
def _damaged_tree(draw: st.DrawFn, seeds: Sequence[str]) -> Any:
    """A document with values replaced, left out or doubled, keys renamed, or another's value in place of one."""
    text = draw(st.sampled_from(seeds))
    document = json.loads(text)
    for _ in range(draw(_few)):
        path = draw(st.sampled_from(_places(text)))
        target: Any = document
        try:
            for key in path[:-1]:
                target = target[key]
            last: Any = path[-1]
            kind = draw(st.sampled_from(("replace", "replace", "leave out", "rename", "double", "move")))
            if kind == "replace":
                target[last] = deepcopy(draw(st.sampled_from(VALUES)))
            elif kind == "leave out":
                del target[last]
            elif kind == "rename":
                target[draw(st.sampled_from(("", "x", "a" * 300, "../x", "\0")))] = target.pop(last)
            elif kind == "double":
                target[last] = [target[last]] * draw(st.sampled_from((2, 50)))
            else:
                other = document
                for key in draw(st.sampled_from(_places(text)))[:2]:
                    other = other[key]
                target[last] = deepcopy(other)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # it went with an earlier change
    return document


def damaged_json(seeds: Sequence[str]) -> st.SearchStrategy[bytes]:
    """A JSON document that is wrong in its values, or in its text."""
    trees = _damaged_tree(seeds).map(lambda document: json.dumps(document).encode())
    return trees | trees | damaged_text(seeds)


def damaged_yaml(seeds: Sequence[str]) -> st.SearchStrategy[bytes]:
    """A YAML document that is wrong in its values, or in its text."""
    documents = [json.dumps(yaml.safe_load(text)) for text in seeds]
    trees = _damaged_tree(documents).map(lambda document: yaml.safe_dump(document).encode())
    return trees | damaged_text(seeds)

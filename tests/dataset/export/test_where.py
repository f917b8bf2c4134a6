"""--where: what it accepts, what it gives, and that nothing else gets through."""

from __future__ import annotations

import pytest

from dsia_gen.core.errors import ConfigError
from dsia_gen.dataset.export.where import parse_where

COLUMNS = ("subset", "camera_motion_px", "t1", "scene")
ROW = {"subset": "LcLf", "camera_motion_px": 20.5, "t1": 3, "scene": "00007"}
EMPTY = dict.fromkeys(COLUMNS)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("camera_motion_px > 20", True),
        ("camera_motion_px > 20.5", False),
        ("10 < camera_motion_px <= 20.5", True),
        ("subset in ('LcLf', 'ScSf')", True),
        ("subset not in ['LcLf']", False),
        ("not subset == 'LcLf' or t1 == 3", True),
        ("t1 != -3 and scene == '00007'", True),
        ("'Lc' in ('Lc',)", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert parse_where(text, COLUMNS)(ROW) is holds


def test_a_comparison_with_an_empty_cell_is_false() -> None:
    assert not parse_where("camera_motion_px < 1e9", COLUMNS)(EMPTY)
    assert not parse_where("subset != 'LcLf'", COLUMNS)(EMPTY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("camera_motion > 3", "did you mean 'camera_motion_px'"),
        ("__import__('os').system('true') == 0", "neither a column"),
        ("().__class__ == 1", "neither a column"),
        ("t1 + 1 == 3", "neither a column"),
        ("t1 == 9**9**9", "neither a column"),
        ("t1", "not a condition"),
        ("t1 == 3; t1", "not a condition"),
        ("[t for t in (1, 2)] == t1", "neither a column"),
        ("(lambda: 1)() == 1", "neither a column"),
        ("t1 is 3", "use =="),
        ("t1 ==", "not a condition"),
        ("(" * 400 + "t1 == 1" + ")" * 400, "not a condition"),
        ("t1 == 1 or " * 100 + "t1 == 1", "longer than"),
    ],
)
def test_what_is_no_condition_is_named(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("(", r"\(")) as caught:
        parse_where(text, COLUMNS)
    assert "--where" in str(caught.value)


@pytest.mark.parametrize("text", ["subset > 3", "t1 == '3'", "t1 in 3", "subset < ('a', 'b')"])
def test_numbers_and_texts_do_not_mix(text: str) -> None:
    with pytest.raises(ConfigError, match=r"number with text|after `in`"):
        parse_where(text, COLUMNS)(ROW)

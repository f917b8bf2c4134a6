"""Texts of the pages are readable: their colours stand off what is behind them, by light and by dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = ("dsia_gen/dataset/report/templates/style.css", "dsia_gen/evaluate/templates/style.css")
READABLE = 4.5
"""Least contrast of a text (WCAG 2.2, 1.4.3)."""
BEHIND = {"ink": ("bg", "card", "wash"), "soft": ("bg", "card", "wash"), "accent": ("bg", "card"),
          "warning": ("bg", "card", "warning-wash"), "error": ("bg", "card", "error-wash"),
          "good": ("bg", "card", "good-wash"), "bg": ("ink", "role-1", "role-2", "role-gt", "role-warp")}  # fmt: skip
"""Colours of texts, and what they stand on."""


def colours(page: str) -> dict[str, dict[str, str]]:
    """The variables of a page, by light and by dark."""
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part))
                   for part in re.findall(r":root \{(.*?)\}", page, re.S))  # fmt: skip
    return {"light": light, "dark": light | dark}


def contrast(a: str, b: str) -> float:
    low, high = sorted(map(luminance, (a, b)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of a colour of sRGB, from 0 to 1."""
    levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_are_readable(checkout: Path, name: str, scheme: str) -> None:
    known = colours((checkout / name).read_text())[scheme]
    pairs = [(text, ground) for text, grounds in BEHIND.items() for ground in grounds if {text, ground} <= known.keys()]
    assert len(pairs) >= 8
    assert [pair for pair in pairs if contrast(known[pair[0]], known[pair[1]]) < READABLE] == []

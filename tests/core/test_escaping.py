"""Names from files: nothing of them is obeyed by a terminal, a Markdown page or a spreadsheet."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsia_gen.core.escaping import csv_cell, csv_value, markdown_code, markdown_text, printable

HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![a](http://x/y.png)",
    "a | b | c", "a\n\n# heading", "`a` | `<b>`", "`<b>", "a`b`c`d", "**bold**", "_x_", "&lt;b&gt;", "\\<b>",
    "\\[a](b)",
    "~~gone~~", "$x^2$", "\x1b[2J\x1b]0;title\x07", "\u202egpj.exe", "a\x00b", "\udcff", "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "+1+1",
    "-2+3", "\t=1", "\r=1", "'=1", "-1.5", "1e5", "plain_name-1.2",
)  # fmt: skip
texts = st.text(max_size=30) | st.sampled_from(HOSTILE) | st.text("<>[]()`|*_~\\&;!#'\"=+-@ a\n", max_size=20)


def _with_examples(test):
    for text in HOSTILE:
        test = example(text)(test)
    return test


@_with_examples
@given(texts)
def test_a_markdown_cell_holds_no_markup_but_code(text: str) -> None:
    shown = markdown_text(text)
    assert "\n" not in shown and "\r" not in shown
    assert shown.count("`") % 2 == 0
    outside = re.sub(r"`[^`]*`", "", shown)
    assert "<" not in outside and ">" not in outside
    assert re.search(r"&(?!(amp|lt|gt);)", outside) is None
    assert re.search(r"(?<!\\)(\\\\)*[\[\]|*~$]", outside) is None
    assert all(re.search(r"(?<!\\)\|", code) is None for code in re.findall(r"`[^`]*`", shown))


@given(st.text("<>[]|*_~\\&;!#'\"=+-@ ab", max_size=20))
def test_a_reader_of_markdown_sees_the_name(text: str) -> None:
    shown = html.unescape(re.sub(r"\\([\\*\[\]|~#$_])", r"\1", markdown_text(text)))
    assert html.unescape(shown) == html.unescape(re.sub(r"\s+", " ", text)) or "&" in text


@_with_examples
@given(texts)
def test_a_code_span_ends_where_it_ends(text: str) -> None:
    shown = markdown_code(text)
    assert shown.startswith("`") and shown.endswith("`") and shown.count("`") == 2 and "\n" not in shown


@_with_examples
@given(texts)
def test_a_terminal_gets_no_orders(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


@_with_examples
@given(texts)
def test_a_spreadsheet_computes_nothing_and_the_text_comes_back(text: str) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerow([csv_cell(text), "x"])
    (cell, _), *_ = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert csv_value(cell) == text
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        float(cell)


@pytest.mark.parametrize("value", [None, 1, -1.5, "00000/0000", "", "-1.5"])
def test_numbers_and_names_stay_as_they_are(value: object) -> None:
    assert csv_cell(value) == value


def test_an_address_stays_one() -> None:
    assert markdown_text("https://polyhaven.com/a/brown_mud_02") == "https://polyhaven.com/a/brown_mud_02"

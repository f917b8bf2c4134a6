"""Names that come from files, where they meet a terminal, Markdown or a spreadsheet: shown, and never obeyed."""

from __future__ import annotations

import html
import re
from typing import TypeVar

Value = TypeVar("Value")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a terminal or a page would act on: control characters, marks of direction, bytes that are not text."""
_MARKUP = re.compile(r"[\\*\[\]|~#$]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown acts on within a line; an underscore inside a word is none."""
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")


def printable(text: str) -> str:
    """Text for a terminal or a log.

    Parameters
    ----------
    text : str
        Any text; lines and tabs are kept.

    Returns
    -------
    str
        Control characters, marks of direction and bytes that are not text as escapes of JSON, such as `\\u001b`.
    """
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """Text without line breaks.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Printable, runs of white space as one space.
    """
    return printable(re.sub(r"\s+", " ", text))


def markdown_text(text: str) -> str:
    """Text for a paragraph, a heading or a cell of a Markdown page.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        One line in which no HTML, link, image, emphasis or cell begins. Addresses stay such, and what stands between
        two backticks is code.
    """
    *whole, last = one_line(text).split("`")
    odd = len(whole) % 2
    parts = [*whole[: len(whole) - odd], "'".join([*whole[len(whole) - odd :], last])]
    return "".join(markdown_code(part) if k % 2 else _plain(part) for k, part in enumerate(parts))


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda found: "\\" + found[0], html.escape(text, quote=False))


def markdown_code(text: str) -> str:
    """Text as a code span of a Markdown page.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With its backticks; those of the text become apostrophes, which end no span, and a bar begins no cell.
    """
    return f"`{one_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def csv_cell(value: Value) -> Value | str:
    """A value for a cell of a table that a spreadsheet may open; `csv_value` gives it back.

    Parameters
    ----------
    value : object
        A number, a text or None.

    Returns
    -------
    object
        The value; a text that a spreadsheet would compute has an apostrophe before it.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) and not _is_number(value) else value


def csv_value(text: str) -> str:
    """The text of a cell that `csv_cell` made.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        What was given to `csv_cell`.
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

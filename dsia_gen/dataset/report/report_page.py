"""Puts index.html together from the templates beside this file."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import Any

import dsia_gen
from dsia_gen.dataset.report.part_store import script_json

SCRIPTS = ("core.js", "planes.js", "colours.js", "charts.js", "overview.js", "gallery.js", "above.js", "stage.js",
           "viewer.js", "app.js")  # fmt: skip
"""In the order in which they need one another."""


def template(name: str) -> str:
    """The text of a template."""
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def page(document: dict[str, Any], parts: str) -> str:
    """index.html: `document` is what the page knows from the start, `parts` markup of what it may open later."""
    values = {
        "title": html.escape(f"{document['overview']['name']} · dsia-gen report"),
        "version": html.escape(dsia_gen.__version__),
        "style": template("style.css"),
        "data": script_json(document),
        "parts": parts,
        "scripts": "\n".join(template(name) for name in SCRIPTS),
    }
    return "".join(_filled(template("page.html"), values))


def _filled(text: str, values: dict[str, str]) -> list[str]:
    """The text with `{{name}}` replaced, each value taken as it is."""
    pieces = []
    for i, piece in enumerate(text.split("{{")):
        name, end, rest = piece.partition("}}")
        pieces += [piece] if i == 0 or not end else [values[name], rest]
    return pieces

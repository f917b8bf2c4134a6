"""Web pages that open from disk and ask nothing of the network: one HTML shell, extended by templates of a package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import dsia_gen

GENERATOR = b'<meta name="generator" content="dsia-gen'
"""What the pages of this package have near their beginning."""


def web_page(package: str, template: str, scripts: Sequence[str], title: str, **values: Any) -> str:
    """The text of a page: `template` of the package's folder `templates`, which extends `shell.html`.

    The folder also holds style.css and the `scripts`, which go into the page as they are. Values are escaped, unless
    they are `Markup`.
    """
    folder = files(package) / "templates"
    loader = ChoiceLoader([PackageLoader(package, "templates"), PackageLoader(__package__, "templates")])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)

    def source(name: str) -> Markup:
        return Markup((folder / name).read_text(encoding="utf-8"))

    known = {"version": dsia_gen.__version__, "title": title, "scripts": scripts, "source": source}
    return environment.get_template(template).render(known, **values)


def script_json(document: Any) -> Markup:
    """JSON that may stand inside a script element, whatever the texts in it say."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))

"""Where the parts of a page go: all into one HTML file, or into files beside it.

A part is a JSON document with a key such as `00000/view/t0001_p0001`. In one file it is a script element that the
page parses when it needs it; in a folder it is `data/<key>.js`, which the page adds as a script, because a page that
was opened from disk may not read other files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from markupsafe import Markup

from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.web_page import script_json
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.web_images import data_uri

IMAGES, DATA = "images", "data"


class Store(Protocol):
    """Takes what a page shows."""

    def part(self, key: str, document: Mapping[str, object]) -> None:
        """Keep a JSON document under a key."""

    def image(self, key: str, webp: bytes) -> str:
        """Keep an image; its address for the page."""

    def markup(self) -> Markup:
        """Script elements for the page."""


class SinglePage:
    """Everything inside index.html."""

    def __init__(self) -> None:
        self._parts: list[Markup] = []

    def part(self, key: str, document: Mapping[str, object]) -> None:
        script = '<script type="application/json" data-part="{}">{}</script>'
        self._parts.append(Markup(script).format(key, script_json(document)))

    def image(self, key: str, webp: bytes) -> str:  # noqa: ARG002  (a file inside the page has no name)
        return data_uri(webp)

    def markup(self) -> Markup:
        return Markup("\n").join(self._parts)


class PageFolder:
    """Files below the folder of index.html."""

    def __init__(self, files: WrittenFiles) -> None:
        self.files = files

    def part(self, key: str, document: Mapping[str, object]) -> None:
        self._write(f"{DATA}/{key}.js", f"DSIA.part({json.dumps(key)}, {script_json(document)});\n".encode())

    def image(self, key: str, webp: bytes) -> str:
        return self._write(f"{IMAGES}/{key}.webp", webp)

    def markup(self) -> Markup:
        return Markup()

    def _write(self, name: str, data: bytes) -> str:
        self.files.write(InsidePath.stated(name, "the report"), data, sync=False)
        return name

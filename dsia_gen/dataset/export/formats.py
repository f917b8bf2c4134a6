"""The formats that a data set can be exported to. A new one: a module with a `Format`, and its line here."""

from __future__ import annotations

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.export.contract import Format
from dsia_gen.dataset.export.dmaligner import DMAligner
from dsia_gen.dataset.export.huggingface import HuggingFace
from dsia_gen.dataset.export.kitti import Kitti
from dsia_gen.dataset.export.kubric import Kubric
from dsia_gen.dataset.export.photographs import Photographs
from dsia_gen.dataset.export.sintel import Sintel
from dsia_gen.dataset.export.webdataset import WebDataset

FORMATS: dict[str, Format] = {
    form.name: form for form in (DMAligner(), WebDataset(), HuggingFace(), Sintel(), Kitti(), Kubric(), Photographs())
}
"""Every format by name."""


def format_named(name: str) -> Format:
    """A format by its name; ConfigError names the known ones."""
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        near = suggestion(name, list(FORMATS))
        raise ConfigError(
            "--format", [f"{name!r} is not a format{near}" + ("" if known in near else f" known: {known}")]
        )
    return FORMATS[name]

"""Sections that hold motions in pixels: of the images that are rendered, or of images 960 pixels wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from dsia_gen.core.strict_yaml import Config, KeyChange
from dsia_gen.spec.views import REFERENCE_WIDTH

PIXELS = {name: f"{name}_at_{REFERENCE_WIDTH}" for name in ("camera_px", "foreground_px")}
"""Keys in pixels of the images that are rendered, and the keys of the same motion at a width of 960."""
_SINCE = 2
"""The version of the format in which pixels are those of the images that are rendered."""
_DIGITS = 12
"""Significant digits that a conversion keeps, so that every way of writing a motion gives the same number."""


class PixelSection(Config):
    """A section with `camera_px` and `foreground_px`, of each of which one form is given and applies.

    A subclass has both forms of both as fields: None is the default of the one, a value that of the other.
    """

    key_changes: ClassVar[Mapping[str, KeyChange]] = {
        own: KeyChange(_SINCE, reference, "counts pixels of the images that are rendered")
        for own, reference in PIXELS.items()
    }
    about_file: ClassVar[frozenset[str]] = frozenset(PIXELS)  # of a section whose motions are at the reference width
    exclusive_keys: ClassVar[Mapping[str, str]] = PIXELS | {reference: own for own, reference in PIXELS.items()}

    @model_validator(mode="after")
    def _one_form_of_each(self) -> Self:
        for own, reference in PIXELS.items():
            if getattr(self, own) is not None and reference in self.model_fields_set:
                raise ValueError(f"{own} and {reference} are the same motion in different pixels; give one of them")
        return self

    @model_serializer(mode="wrap")
    def _form_that_applies(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Only the form of each motion that applies, so that what is written can be read again."""
        said: dict[str, Any] = handler(self)
        left_out = {reference if getattr(self, own) is not None else own for own, reference in PIXELS.items()}
        return {name: value for name, value in said.items() if name not in left_out}

    def at_reference(self, width: int) -> Self:
        """The same motions at a width of 960, for images `width` pixels wide."""
        update: dict[str, Any] = {}
        for own, reference in PIXELS.items():
            if (value := getattr(self, own)) is not None:
                update |= {own: None, reference: _scaled(value, REFERENCE_WIDTH, width)}
        return self.model_copy(update=update)

    def in_pixels(self, width: int) -> dict[str, Any]:
        """Every motion by its key in pixels of images `width` pixels wide."""
        return {
            own: value
            if (value := getattr(self, own)) is not None
            else _scaled(getattr(self, reference), width, REFERENCE_WIDTH)
            for own, reference in PIXELS.items()
        }


def _scaled(value: Any, by: int, over: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_scaled(item, by, over) for item in value)
    return value if by == over else float(f"{value * by / over:.{_DIGITS}g}")

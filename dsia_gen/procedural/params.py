"""Parameters of a parametric family: the ranges they are drawn from, and the values as a builder reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import ParamValue

Params = Mapping[str, ParamValue]


@dataclass(frozen=True)
class Span:
    """A real parameter drawn uniformly from [low, high], in metres or radians unless the name says otherwise."""

    low: float
    high: float

    def at(self, share: float) -> ParamValue:
        """The value at a share (0 to 1) of the range."""
        return self.low + (self.high - self.low) * share

    def draw(self, rng: np.random.Generator) -> ParamValue:
        """A value, uniformly."""
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class Count:
    """An integer parameter drawn uniformly from low..high, both included."""

    low: int
    high: int

    def at(self, share: float) -> ParamValue:
        """The value at a share (0 to 1) of the range."""
        return self.low + round((self.high - self.low) * share)

    def draw(self, rng: np.random.Generator) -> ParamValue:
        """A value, uniformly."""
        return int(rng.integers(self.low, self.high + 1))


@dataclass(frozen=True)
class Choice:
    """A parameter drawn from a list."""

    values: tuple[ParamValue, ...]

    def at(self, share: float) -> ParamValue:
        """The value at a share (0 to 1) of the list."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def draw(self, rng: np.random.Generator) -> ParamValue:
        """One of the values, uniformly."""
        return self.values[int(rng.integers(len(self.values)))]


Range = Span | Count | Choice


def sized(
    width: tuple[float, float], depth: tuple[float, float], height: tuple[float, float], **more: Range
) -> dict[str, Range]:
    """Ranges of width, depth and height, each (low, high) in metres, and of further parameters."""
    return {"width": Span(*width), "depth": Span(*depth), "height": Span(*height), **more}


class TypedParams:
    """Parameters of one family, read by name and type. A wrong type raises AssetError."""

    def __init__(self, family: str, values: Mapping[str, object]) -> None:
        self.family = family
        self._values = values

    def real(self, name: str) -> float:
        """A real number (metres or radians unless the name says otherwise); an integer will do."""
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "a number")
        return float(value)

    def count(self, name: str) -> int:
        """A whole number."""
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self._wrong(name, "a whole number")
        return int(value)

    def flag(self, name: str) -> bool:
        """True or False."""
        value = self._values[name]
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def text(self, name: str) -> str:
        """A word."""
        value = self._values[name]
        if not isinstance(value, str):
            raise self._wrong(name, "a word")
        return value

    def reals(self, name: str) -> tuple[float, ...]:
        """A list of numbers."""
        value = self._values[name]
        if not isinstance(value, list | tuple):
            raise self._wrong(name, "a list of numbers")
        return tuple(float(item) for item in value)

    def value(self, name: str) -> Any:
        """A value of any type, as it is."""
        return self._values[name]

    def _wrong(self, name: str, wanted: str) -> AssetError:
        return AssetError(f"family {self.family!r}: parameter {name!r} is {self._values[name]!r}, give {wanted}")

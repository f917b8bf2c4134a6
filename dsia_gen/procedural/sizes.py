"""Rules for the size of a family: how its bounding box follows from its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dsia_gen.procedural.params import TypedParams

Extent = tuple[float, float, float]
"""Width (X), depth (Y) and height (Z) of a bounding box, metres."""


@dataclass(frozen=True)
class SizeRule:
    """A function of the parameters that can stand in a class as its method `size`."""

    of: Callable[[TypedParams], Extent]

    def __call__(self, p: TypedParams) -> Extent:
        return self.of(p)


def sides(width: str = "width", depth: str = "depth", height: str = "height") -> SizeRule:
    """Each side is a parameter."""
    return SizeRule(lambda p: (p.real(width), p.real(depth), p.real(height)))


def upright(x: float = 1.0, y: float = 1.0, diameter: str = "diameter") -> SizeRule:
    """`x` and `y` times the diameter across, and `height` high."""
    return SizeRule(lambda p: (x * p.real(diameter), y * p.real(diameter), p.real("height")))


def turned(x: float = 1.0, y: float = 1.0) -> SizeRule:
    """`x` and `y` times `diameter` across, and `tallness` times `diameter` high."""
    return SizeRule(lambda p: (x * p.real("diameter"), y * p.real("diameter"), p.real("tallness") * p.real("diameter")))


def multiple_of(name: str, x: float, y: float, z: float) -> SizeRule:
    """Fixed multiples of one parameter."""
    return SizeRule(lambda p: (x * p.real(name), y * p.real(name), z * p.real(name)))


def by_style(name: str, style: str, multiples: Mapping[str | bool | int, Extent]) -> SizeRule:
    """Multiples of one parameter that depend on the value of another, `style`."""

    def of(p: TypedParams) -> Extent:
        x, y, z = multiples[p.value(style)]
        return x * p.real(name), y * p.real(name), z * p.real(name)

    return SizeRule(of)

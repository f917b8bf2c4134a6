"""Parameters of a family, read by name and type: checked once, here, for every family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.family import Family
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.spec.asset import ProceduralObject


class TypedParams:
    """Parameters of one family, read by name and type. A wrong type raises AssetError."""

    def __init__(self, family: str, values: Mapping[str, Any]) -> None:
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

    def _wrong(self, name: str, wanted: str) -> AssetError:
        return AssetError(f"family {self.family!r}: parameter {name!r} is {self._values[name]!r}, give {wanted}")


Builder = Callable[[TypedParams], MeshData]
"""Parameters to a mesh whose slots are the family's slots, in order."""


def typed(shape: ProceduralObject, families: Mapping[str, Family]) -> TypedParams:
    """The parameters of a shape, checked against its family.

    Raises AssetError for an unknown family, unknown or missing parameters, or the wrong number of materials.
    """
    family = families.get(shape.family)
    if family is None:
        raise AssetError(f"family {shape.family!r} is not known; the families here are {', '.join(sorted(families))}")
    problems = [f"unknown parameter {name!r}" for name in sorted(set(shape.params) - set(family.params))]
    problems += [f"missing parameter {name!r}" for name in sorted(set(family.params) - set(shape.params))]
    if len(shape.materials) != len(family.slots):
        names = ", ".join(slot.name for slot in family.slots)
        problems.append(f"{len(shape.materials)} materials where {len(family.slots)} are needed ({names})")
    if problems:
        raise AssetError(
            f"family {family.name!r}: {'; '.join(problems)}; its parameters are {', '.join(family.params)}"
        )
    return TypedParams(family.name, shape.params)

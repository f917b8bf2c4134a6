"""Parameters of built-in families, over the whole of their ranges."""

from __future__ import annotations

from collections.abc import Iterator

from dsia_gen.procedural.family import Family
from dsia_gen.procedural.params import Choice, Count, Params, Range
from dsia_gen.spec.asset import ParamValue

FEW = 20
"""Values of a count that are tried one by one; seeds are counts too."""


def cases(family: Family) -> Iterator[Params]:
    """Low, middle and high values, and the middle with the values of each parameter that `values` tells."""
    yield from (family.at(share) for share in (0.0, 0.5, 1.0))
    middle = family.at(0.5)
    for name, one in family.params.items():
        yield from ({**middle, name: value} for value in values(one))


def values(one: Range) -> list[ParamValue]:
    """Every value of a choice and of a short count, the ends of other ranges."""
    if isinstance(one, Choice):
        return list(dict.fromkeys(one.values))
    if isinstance(one, Count) and one.high - one.low < FEW:
        return list(range(one.low, one.high + 1))
    return [one.at(0.0), one.at(1.0)]

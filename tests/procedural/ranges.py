"""Parameters of built-in families, over the whole of their ranges."""

from __future__ import annotations

from collections.abc import Iterator

from dsia_gen.procedural.family import Family
from dsia_gen.procedural.params import Choice, Count, Params

FEW = 20
"""Values of a count that are tried one by one; seeds are counts too."""


def cases(family: Family) -> Iterator[Params]:
    """Low, middle and high values, and the middle with each value of each choice and of each short count."""
    yield from (family.at(share) for share in (0.0, 0.5, 1.0))
    middle = family.at(0.5)
    for name, one in family.params.items():
        if isinstance(one, Choice):
            yield from ({**middle, name: choice} for choice in one.values)
        elif isinstance(one, Count) and one.high - one.low < FEW:
            yield from ({**middle, name: count} for count in range(one.low, one.high + 1))

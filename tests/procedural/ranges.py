"""Parameters of built-in families, over the whole of their ranges."""

from __future__ import annotations

from collections.abc import Iterator

from dsia_gen.procedural.family import Choice, Count, Family, Params, Range, Span
from dsia_gen.spec.asset import ParamValue

FEW = 20
"""Values of a count that are tried one by one; seeds are counts too."""


def at(share: float, family: Family) -> Params:
    """Parameters at a share (0 to 1) of every range."""
    return {name: value(one, share) for name, one in family.params.items()}


def value(one: Range, share: float) -> ParamValue:
    """The value at a share of one range."""
    if isinstance(one, Span):
        return one.low + (one.high - one.low) * share
    if isinstance(one, Count):
        return one.low + round((one.high - one.low) * share)
    return one.values[min(int(share * len(one.values)), len(one.values) - 1)]


def cases(family: Family) -> Iterator[Params]:
    """Low, middle and high values, and the middle with each value of each choice and of each short count."""
    yield from (at(share, family) for share in (0.0, 0.5, 1.0))
    middle = at(0.5, family)
    for name, one in family.params.items():
        if isinstance(one, Choice):
            yield from ({**middle, name: choice} for choice in one.values)
        elif isinstance(one, Count) and one.high - one.low < FEW:
            yield from ({**middle, name: count} for count in range(one.low, one.high + 1))

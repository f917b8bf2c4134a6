"""Draws values: numbers from intervals, materials from slots, objects from families."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from dsia_gen.assets.generators import ObjectFamily
from dsia_gen.procedural.family import Slot
from dsia_gen.sampling.palettes import draw_colours
from dsia_gen.spec.asset import ParamValue, ProceduralObject
from dsia_gen.spec.material import Material

Rng = np.random.Generator
T = TypeVar("T")
_METALLIC: Mapping[str, float] = {"metal": 0.9, "rust": 0.5, "mirror": 1.0}
_COLOURS: Mapping[str, int] = {
    **dict.fromkeys(("plain", "glass", "mirror", "plaster", "skin"), 1),
    **dict.fromkeys(("hair", "checker"), 2),
    **dict.fromkeys(("print", "patches"), 4),
}


def uniform(rng: Rng, interval: Sequence[float]) -> float:
    """A number from [low, high]."""
    return float(rng.uniform(interval[0], interval[1]))


def log_uniform(rng: Rng, interval: Sequence[float]) -> float:
    """A positive number from [low, high], evenly in its logarithm."""
    return math.exp(rng.uniform(math.log(interval[0]), math.log(interval[1])))


def integer(rng: Rng, amount: Sequence[int]) -> int:
    """A whole number from low..high, both included."""
    return int(rng.integers(amount[0], amount[1] + 1))


def choose(rng: Rng, items: Sequence[T]) -> T:
    """One of the items."""
    return items[int(rng.integers(len(items)))]


def weighted(rng: Rng, weights: Mapping[T, float]) -> T:
    """A key, with probability proportional to its weight; the first one when all weights are zero."""
    keys = list(weights)
    total = sum(weights.values())
    if total <= 0:
        return keys[0]
    mark = rng.uniform(0, total)
    for key in keys:
        mark -= weights[key]
        if mark < 0:
            return key
    return keys[-1]


def draw_material(rng: Rng, slot: Slot, calm: float = 0.0) -> Material:
    """A material that suits a slot; with chance `calm` a plain one, where the slot allows it."""
    kind = choose(rng, slot.kinds)
    if rng.uniform() < calm and "plain" in slot.kinds:
        kind = "plain"
    return Material(
        kind=kind,
        colours=draw_colours(rng, slot.palette, _COLOURS.get(kind, 3)),
        scale=log_uniform(rng, slot.scale),
        roughness=uniform(rng, slot.roughness),
        metallic=_METALLIC.get(kind, 0.0),
        bump=uniform(rng, (0.2, 0.5)),
        seed=int(rng.integers(2**31)),
    )


def draw_object(rng: Rng, family: ObjectFamily, fixed: Mapping[str, ParamValue] | None = None) -> ProceduralObject:
    """An object of a family; parameters in `fixed` are taken as they are.

    Only the first slot is patterned at will: two busy patterns side by side hide the shape.
    """
    params = family.draw(rng) | dict(fixed or {})
    materials = (draw_material(rng, slot, calm=0.6 if k else 0.0) for k, slot in enumerate(family.slots))
    return ProceduralObject(family=family.name, params=params, materials=tuple(materials))

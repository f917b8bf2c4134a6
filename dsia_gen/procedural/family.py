"""What a parametric family offers: its parameters with ranges, its material slots, where it belongs.

A family is data. The sampler draws values from it; the builder of the same name in the Blender room
turns values into a mesh. Neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dsia_gen.spec.asset import ParamValue
from dsia_gen.spec.material import MaterialKind

Params = Mapping[str, ParamValue]
Use = Literal["foreground", "dressing", "furniture", "shelf", "room", "lamp"]
Setting = Literal["outdoor", "indoor"]
USUAL_SOLIDITY = 0.6


@dataclass(frozen=True)
class Span:
    """A real parameter drawn uniformly from [low, high], in metres or radians unless the name says otherwise."""

    low: float
    high: float


@dataclass(frozen=True)
class Count:
    """An integer parameter drawn uniformly from low..high, both included."""

    low: int
    high: int


@dataclass(frozen=True)
class Choice:
    """A parameter drawn from a list."""

    values: tuple[ParamValue, ...]


Range = Span | Count | Choice


@dataclass(frozen=True)
class Slot:
    """A material slot: the kinds that suit it, and the size of a pattern element in metres.

    `palette` names a group of colours that the sampler draws from (see sampling/palettes.py): "vivid", "muted",
    "earth", "wood", "stone", "metal", "dark", "light", "foliage", "skin", "hair", "cloth", "red", "gold",
    "fruit", "icing", "wall", "paint".
    """

    name: str
    kinds: tuple[MaterialKind, ...]
    palette: str = "vivid"
    scale: tuple[float, float] = (0.03, 0.12)
    roughness: tuple[float, float] = (0.3, 0.8)


@dataclass(frozen=True)
class Family:
    """A parametric family.

    size:   params -> (width X, depth Y, height Z) of the bounding box, metres; origin on the floor below its
            centre, front towards -Y.
    uses:   what the sampler may use it for. `rolls`: a body of revolution that may roll about X.
    moves:  whether it may fly, tumble, slide or fall as a foreground object.
    solidity: how much of its bounding box it fills in a picture, for what shows between spokes, straps and leaves:
            silhouette of the built mesh over that of its box, mean of three views, in steps of 0.05.
    """

    name: str
    about: str
    params: Mapping[str, Range]
    slots: tuple[Slot, ...]
    size: Callable[[Params], tuple[float, float, float]]
    uses: frozenset[Use]
    settings: frozenset[Setting] = frozenset({"outdoor", "indoor"})
    moves: bool = True
    rolls: bool = False
    tags: tuple[str, ...] = field(default=())
    solidity: float = USUAL_SOLIDITY

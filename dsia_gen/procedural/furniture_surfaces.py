"""Level surfaces of furniture on which things can stand: where the builders put tops and boards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsia_gen.procedural.params import Params

OPEN = 10.0
"""Clearance of a surface with nothing above it, metres."""
BOARD = 0.022
"""Thickness of the boards of shelves, metres."""
PLINTH = 0.06


@dataclass(frozen=True)
class Surface:
    """A level rectangle or disc in the frame of its piece: height, x and y intervals that things may use, and how much
    room there is above it. Metres."""

    z: float
    x: tuple[float, float]
    y: tuple[float, float]
    clearance: float = OPEN
    round: bool = False


def surfaces(family: str, params: Params) -> tuple[Surface, ...]:
    """Where things may stand on a piece of furniture; none for families that offer no such place."""
    return _SURFACES[family](params) if family in _SURFACES else ()


def board_heights(height: float, shelves: int) -> tuple[tuple[float, float], ...]:
    """(top of the board, clearance above it) for each compartment of a shelf, from below."""
    clear = (height - PLINTH - BOARD * (shelves + 1)) / shelves
    return tuple((PLINTH + BOARD + k * (clear + BOARD), clear) for k in range(shelves))


def _number(params: Params, name: str) -> float:
    value = params[name]
    if not isinstance(value, int | float):
        raise TypeError(f"parameter {name!r} is {value!r}, not a number")
    return float(value)


def _top(params: Params) -> tuple[Surface, ...]:
    w, d = _number(params, "width") / 2 - 0.03, _number(params, "depth") / 2 - 0.03
    return (Surface(_number(params, "height"), (-w, w), (-d, d)),)


def _disc(params: Params) -> tuple[Surface, ...]:
    r = _number(params, "diameter") / 2 - 0.02
    return (Surface(_number(params, "height"), (-r, r), (-r, r), round=True),)


def _boards(params: Params) -> tuple[Surface, ...]:
    w, d = _number(params, "width") / 2 - BOARD - 0.01, _number(params, "depth") / 2
    heights = board_heights(_number(params, "height"), int(_number(params, "shelves")))
    return tuple(Surface(z, (-w, w), (-d + 0.01, d - 0.02), clear - 0.01) for z, clear in heights)


_SURFACES: dict[str, Callable[[Params], tuple[Surface, ...]]] = {
    "table": _top,
    "coffee_table": _top,
    "desk": _top,
    "cabinet": _top,
    "round_table": _disc,
    "open_shelf": _boards,
}

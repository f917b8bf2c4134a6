"""Floor plans of rooms: which part of a rectangle is free, and the walls around it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from dsia_gen.config.scene_config import RoomConfig, RoomPlan
from dsia_gen.core.rotations import Array, Bools
from dsia_gen.sampling.draw import Rng, choose, uniform, weighted
from dsia_gen.sampling.space import Block, SceneBounds

Side = Literal["back", "front", "left", "right"]
AISLE = 1.0
"""Metres on either side of the camera's axis that every plan leaves free."""
AHEAD = 2.5
"""Metres in front of the camera that stay free."""
_YAW: dict[Side, float] = {"back": 0.0, "front": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
_OUT: dict[Side, tuple[int, int]] = {"back": (0, 1), "front": (0, -1), "left": (-1, 0), "right": (1, 0)}
"""Step in x and y from a room through its wall."""


@dataclass(frozen=True)
class Wall:
    """One wall: middle of its inner face on the floor, yaw at which its front looks inside, length in metres.

    `side` is the side of the room that it closes; `outer` is whether it borders on the outside. `more` is by how much
    its masonry is longer than its face at the start and at the end, so that corners are closed once.
    """

    name: str
    side: Side
    middle: Array
    length: float
    outer: bool
    more: tuple[float, float] = (0.0, 0.0)

    @property
    def yaw(self) -> float:
        return _YAW[self.side]

    @property
    def along(self) -> Array:
        """Unit vector (3,) along the wall, its local X."""
        return np.array([math.cos(self.yaw), math.sin(self.yaw), 0.0])

    @property
    def inward(self) -> Array:
        """Unit vector (3,) from the wall into the room, its local -Y."""
        return np.array([math.sin(self.yaw), -math.cos(self.yaw), 0.0])

    def at(self, offset: float, inside: float, height: float = 0.0) -> Array:
        """Point (3,) `offset` along the wall from its middle, `inside` the room, at a height."""
        return self.middle + offset * self.along + inside * self.inward + np.array([0.0, 0.0, height])


def draw_plan(rng: Rng, config: RoomConfig) -> SceneBounds:
    """Bounds and blocks of a room whose camera is at the origin and looks along +Y."""
    width, length, height = (uniform(rng, i) for i in (config.width, config.length, config.height))
    shift, behind = uniform(rng, (-0.25, 0.25)) * (width - 2.5), uniform(rng, (0.9, 1.4))
    bounds = SceneBounds((shift - width / 2, shift + width / 2), (-behind, length - behind), (0.0, height))
    blocks = _BLOCKS[weighted(rng, config.plans)](rng, bounds)
    free = (b for b in blocks if b.y[0] >= AHEAD or b.x[0] >= AISLE or b.x[1] <= -AISLE)
    return replace(bounds, blocks=tuple(free))


def _rectangle(_rng: Rng, _bounds: SceneBounds) -> tuple[Block, ...]:
    return ()


def _corner(rng: Rng, bounds: SceneBounds) -> tuple[Block, ...]:
    """A back corner that is not part of the room, which is an L."""
    (x0, x1), (y0, y1) = bounds.x, bounds.y
    wide, deep = uniform(rng, (0.22, 0.42)) * (x1 - x0), uniform(rng, (0.2, 0.38)) * (y1 - y0)
    x = (x0, x0 + wide) if rng.uniform() < 0.5 else (x1 - wide, x1)
    return (Block(x, (y1 - deep, y1)),)


def _niche(rng: Rng, bounds: SceneBounds) -> tuple[Block, ...]:
    """Blocks left and right of a recess in the back wall, or before and behind one in a side wall."""
    (x0, x1), (y0, y1) = bounds.x, bounds.y
    deep, wide = uniform(rng, (0.35, 0.7)), min(uniform(rng, (1.3, 2.4)), x1 - x0 - 1.0)
    if rng.uniform() < 0.6:
        start = uniform(rng, (x0 + 0.5, x1 - 0.5 - wide))
        return Block((x0, start), (y1 - deep, y1)), Block((start + wide, x1), (y1 - deep, y1))
    start = uniform(rng, (1.2, max(1.3, y1 - 0.4 - wide)))
    x = (x0, x0 + deep) if rng.uniform() < 0.5 else (x1 - deep, x1)
    return Block(x, (y0, start)), Block(x, (min(start + wide, y1 - 0.2), y1))


def _column(rng: Rng, bounds: SceneBounds) -> tuple[Block, ...]:
    """A pillar that stands free, or half in a wall."""
    side, (x0, x1), (_, y1) = uniform(rng, (0.46, 0.6)), bounds.x, bounds.y
    if rng.uniform() < 0.5:
        x, y = choose(rng, (x0 + 0.9, x1 - 0.9 - side)), uniform(rng, (AHEAD, max(AHEAD, y1 - 1.2 - side)))
        return (Block((x, x + side), (y, y + side)),)
    x = uniform(rng, (x0 + 0.8, x1 - 0.8 - side))
    return (Block((x, x + side), (y1 - uniform(rng, (0.26, 0.45)), y1)),)


_BLOCKS: dict[RoomPlan, Callable[[Rng, SceneBounds], tuple[Block, ...]]] = {
    "rectangle": _rectangle, "corner": _corner, "niche": _niche, "column": _column,
}  # fmt: skip


# --- walls --------------------------------------------------------------------------------------------------------


def walls_of(bounds: SceneBounds, thickness: float) -> dict[str, Wall]:
    """The walls around the free part by name: the longest of a side has the side's name, others a number after it.

    Walls along X close the corners; those along Y end at them.
    """
    xs = sorted({*bounds.x, *(edge for block in bounds.blocks for edge in block.x)})
    ys = sorted({*bounds.y, *(edge for block in bounds.blocks for edge in block.y)})
    free = np.zeros((len(xs) + 1, len(ys) + 1), dtype=bool)
    for i in range(1, len(xs)):
        for k in range(1, len(ys)):
            x, y = (xs[i - 1] + xs[i]) / 2, (ys[k - 1] + ys[k]) / 2
            free[i, k] = not any(block.holds(x, y) for block in bounds.blocks)
    walls: dict[str, Wall] = {}
    for side in _YAW:
        for n, wall in enumerate(sorted(_walls_on(side, free, xs, ys, thickness), key=lambda w: -w.length), start=1):
            name = side if n == 1 else f"{side}{n}"
            walls[name] = replace(wall, name=name)
    return walls


def _walls_on(side: Side, free: Bools, xs: list[float], ys: list[float], thickness: float) -> list[Wall]:
    """The straight runs of free cells that border on occupied ones on a side, as walls without a name."""
    dx, dy = _OUT[side]
    edge = free & ~np.roll(free, (-dx, -dy), axis=(0, 1))
    # Rows across the wall, columns along it.
    edge, cells = (edge.T, free.T) if dx == 0 else (edge, free)
    lines, ends = (ys, xs) if dx == 0 else (xs, ys)
    walls = []
    for across, row in enumerate(edge):
        marks = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        for first, beyond in marks.reshape(-1, 2).tolist():
            line = lines[across if dx + dy > 0 else across - 1]
            low, high = ends[first - 1], ends[beyond - 1]
            middle = np.array([(low + high) / 2, line, 0.0] if dx == 0 else [line, (low + high) / 2, 0.0])
            outwards, inwards = (0.0, thickness) if dx == 0 else (-thickness, 0.0)
            more = [outwards if cells[across, k] else inwards for k in (first - 1, beyond)]
            if side in ("front", "right"):
                more.reverse()
            walls.append(Wall("", side, middle, high - low, line in (lines[0], lines[-1]), (more[0], more[1])))
    return walls

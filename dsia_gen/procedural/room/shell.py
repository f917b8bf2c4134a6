"""Builders of walls, slabs, windows, curtains and doors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.mesh import MeshData, fit, lathe, lattice, merge, tube
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shaping import board
from dsia_gen.procedural.table_family import Builder
from dsia_gen.procedural.walls import Opening, pierced_slab

RELIEF = 0.014
"""How far skirting and rails stand out from the face of a wall, metres; part of its thickness."""


def wall(p: TypedParams) -> MeshData:
    """The slab with its openings, the lower part in the slot of the dado; skirting and rail stand out at -Y."""
    length, height, thickness = p.real("length"), p.real("height"), p.real("thickness")
    openings = [o for name in ("opening_1", "opening_2") if (o := _opening(p, name, length, height))]
    dado = p.real("dado")
    railed = dado > 0 or p.real("skirting") > 0
    front, back = -thickness / 2 + (RELIEF if railed else 0.0), thickness / 2
    parts = [pierced_slab(length, height, front, back, openings, dado)]
    parts += _rails(length, 0.0, p.real("skirting"), front, openings)
    if dado > 0:
        parts += _rails(length, dado - 0.025, 0.05, front, openings)
    return merge(parts)


def _opening(p: TypedParams, name: str, length: float, height: float) -> Opening | None:
    values = p.reals(name)
    if not values:
        return None
    if len(values) != 4:
        raise AssetError(
            f"family {p.family!r}: {name} holds {len(values)} numbers, give (x, sill, width, height) or ()"
        )
    x, sill, wide, high = values
    hole = Opening(x - wide / 2, x + wide / 2, sill, sill + high)
    if (
        hole.left <= -length / 2
        or hole.right >= length / 2
        or sill < 0
        or hole.high >= height
        or wide <= 0
        or high <= 0
    ):
        raise AssetError(f"family {p.family!r}: {name} {values} does not fit a wall of {length:g} x {height:g} m")
    return hole


def _rails(length: float, low: float, tall: float, face: float, openings: Sequence[Opening]) -> list[MeshData]:
    """Boards along the foot or the dado, broken by the openings they would cross."""
    if tall <= 0:
        return []
    cuts = sorted((o.left, o.right) for o in openings if o.low < low + tall and o.high > low)
    starts = [-length / 2, *(right for _, right in cuts)]
    ends = [*(left for left, _ in cuts), length / 2]
    return [
        board((end - start, RELIEF, tall), ((start + end) / 2, face - RELIEF / 2, low), slot=2, bevel=0.003, seed=k)
        for k, (start, end) in enumerate(zip(starts, ends, strict=True))
        if end - start > 0.01
    ]


def floor_slab(p: TypedParams) -> MeshData:
    """A plain slab."""
    return board((p.real("length"), p.real("width"), p.real("thickness")), bevel=0.0, seed=1)


def ceiling_slab(p: TypedParams) -> MeshData:
    """A slab with beams below it."""
    length, width, thick = p.real("length"), p.real("width"), p.real("thickness")
    beams, crossbeams, drop = p.count("beams"), p.count("crossbeams"), p.real("beam_depth")
    low = drop if beams + crossbeams else 0.0
    parts = [board((length, width, thick), (0, 0, low), bevel=0.0)]
    for k, x in enumerate(_spread(beams, length)):
        parts.append(board((0.12, width, drop), (x, 0, 0), slot=1, bevel=0.008, seed=k))
    for k, y in enumerate(_spread(crossbeams, width)):
        deep = drop * (0.7 if beams else 1.0)
        parts.append(board((length, 0.1, deep), (0, y, drop - deep), slot=1, bevel=0.008, seed=20 + k))
    return merge(parts)


def _spread(count: int, length: float) -> list[float]:
    """`count` positions spaced evenly within a length about 0."""
    return [length * ((k + 0.5) / count - 0.5) for k in range(count)]


def window_frame(p: TypedParams) -> MeshData:
    """Frame, mullions, a sill that stands out at -Y, and panes if asked for."""
    width, height, depth = p.real("width"), p.real("height"), p.real("depth")
    bar, columns, rows = min(0.06, width / 10), p.count("columns"), p.count("rows")
    sill, inner = 0.03, depth * 0.55
    y = depth / 2 - inner / 2
    parts = [board((width, depth, sill), bevel=0.006, seed=9)]
    clear = height - sill
    for side in (-1, 1):
        parts.append(board((bar, inner, clear), (side * (width - bar) / 2, y, sill), seed=side + 1))
    for z in (sill, height - bar):
        parts.append(board((width - 2 * bar, inner, bar), (0, y, z), seed=5))
    glass_width, glass_height = width - 2 * bar, clear - 2 * bar
    for k in range(1, columns):
        x = glass_width * (k / columns - 0.5)
        parts.append(board((bar * 0.6, inner * 0.6, glass_height), (x, y, sill + bar), seed=10 + k))
    for k in range(1, rows):
        z = sill + bar + glass_height * k / rows - bar * 0.3
        parts.append(board((glass_width, inner * 0.58, bar * 0.6), (0, y, z), seed=20 + k))
    if p.flag("pane"):
        parts.append(board((glass_width, 0.004, glass_height), (0, y, sill + bar), slot=1, bevel=0.0))
    return merge(parts)


def curtain(p: TypedParams) -> MeshData:
    """A sheet in folds that widen downwards, on a rod with knobs."""
    width, height, depth = p.real("width"), p.real("height"), p.real("depth")
    folds, rng = p.count("folds"), np.random.default_rng(p.count("seed"))
    rod = min(0.018, depth / 5)
    u, v = np.meshgrid(np.linspace(0, 1, folds * 10 + 1), np.linspace(0, 1, 25), indexing="ij")
    phase = 2 * np.pi * (folds * u + 0.12 * np.sin(2 * np.pi * (u * 1.7 + rng.uniform()))) + rng.uniform(0, 6)
    sway = 0.5 * np.sin(2 * np.pi * (1.6 * u + rng.uniform()) + 2.0 * v)
    y = (0.32 + 0.18 * (1 - v)) * np.sin(phase + 0.5 * np.sin(3 * v)) + 0.22 * (1 - v) * sway
    x = (u - 0.5) * (width - 0.05) + 0.008 * np.sin(2 * phase)
    top = height - rod
    cloth = lattice(np.stack([x, y * depth * 0.9, v * top], axis=-1))
    pole = tube([(-width / 2 + 0.02, 0, top), (width / 2 - 0.02, 0, top)], rod * 0.7, 10, slot=1)
    knob = lathe([(0, -0.02), (rod * 0.9, -0.012), (rod, 0), (rod * 0.9, 0.012), (0, 0.02)], 12, slot=1)
    ends = [knob.turned("y", np.pi / 2).moved(side * (width / 2 - 0.02), 0, top) for side in (-1, 1)]
    flat = np.stack([u * width * 1.6, np.zeros_like(u), v * height], axis=-1).reshape(-1, 3)
    whole = merge([cloth, pole, *ends]).frozen_rest()
    assert whole.rest is not None
    whole.rest[: len(flat)] = flat  # the pattern follows the folds, as it does on cloth
    return fit(whole, (width, depth, height))


def door(p: TypedParams) -> MeshData:
    """Leaf with sunk panels, frame around it, knobs at both sides; the frame is half as deep as all."""
    width, height, depth = p.real("width"), p.real("height"), p.real("depth")
    frame, post = depth * 0.6, 0.07
    parts = [board((post, frame, height), (side * (width - post) / 2, 0, 0), slot=1, seed=side + 2) for side in (-1, 1)]
    parts.append(board((width - 2 * post, frame, post), (0, 0, height - post), slot=1, seed=7))
    wide, tall, thick = width - 2 * post, height - post, frame * 0.5
    parts += _door_leaf(wide, tall, thick, p.count("panels"))
    knob_x = wide / 2 - 0.07
    for side in (-1, 1):
        reach = depth / 2 - thick / 2
        knob = lathe([(0, 0), (0.028, 0), (0.028, 0.006), (0.011, 0.01), (0.011, reach * 0.45), (0.028, reach * 0.7),
                      (0.026, reach * 0.95), (0, reach)], 16, slot=2)  # fmt: skip
        parts.append(knob.turned("x", np.pi / 2 * -side).moved(knob_x, side * thick / 2, 1.02))
    return merge(parts)


def _door_leaf(wide: float, tall: float, thick: float, panels: int) -> list[MeshData]:
    """Stiles and rails around two columns of panels with raised fields."""
    stile, rail = 0.1, 0.11
    parts = [board((stile, thick, tall), (x, 0, 0), seed=k) for k, x in enumerate((-(wide - stile) / 2, 0,
                                                                                   (wide - stile) / 2))]  # fmt: skip
    clear = (wide - 3 * stile) / 2
    high = (tall - rail * (panels + 1)) / panels
    for column, x in enumerate((-(stile + clear) / 2, (stile + clear) / 2)):
        for row in range(panels + 1):
            parts.append(board((clear, thick * 0.96, rail), (x, 0, row * (rail + high)), seed=10 + row + 9 * column))
        for row in range(panels):
            z = rail + row * (rail + high)
            seed = 40 + row + 9 * column
            parts.append(board((clear, thick * 0.3, high), (x, 0, z), bevel=0.0, seed=seed))
            parts.append(board((clear - 0.08, thick * 0.75, high - 0.08), (x, 0, z + 0.04), bevel=0.016, seed=seed))
    return parts


BUILDERS: dict[str, Builder] = {
    "wall": wall,
    "floor_slab": floor_slab,
    "ceiling_slab": ceiling_slab,
    "window_frame": window_frame,
    "curtain": curtain,
    "door": door,
}

"""Builders of fences, walls, street furniture, stalls and banners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.mesh import (  # fmt: skip
    Floats,
    MeshData,
    box,
    cylinder,
    extrude,
    fit,
    heightfield,
    icosphere,
    lathe,
    lattice,
    merge,
    tube,
)
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.props.nature import flower
from dsia_gen.procedural.shaping import board, leaf, placements, scattered
from dsia_gen.procedural.table_family import Builder


def fence(p: TypedParams) -> MeshData:
    """Posts with rails, and boards or pickets on them at -Y."""
    length, height, style = p.real("length"), p.real("height"), p.text("style")
    styles = {"boards": 0.135, "pickets": 0.085, "rails": 0.0}
    if style not in styles:
        raise AssetError(f"family {p.family!r}: style {style!r} is not known; the styles are {', '.join(styles)}")
    rng = np.random.default_rng(p.count("seed"))
    posts = max(2, round(length / 1.4) + 1)
    post = 0.09
    parts = []
    for k, x in enumerate(np.linspace(-(length - post) / 2, (length - post) / 2, posts)):
        parts.append(board((post, post, height), (x, 0.02, 0), slot=1, bevel=0.008, seed=k))
    levels = (0.25, 0.55, 0.85) if style == "rails" else (0.2, 0.78)
    for k, level in enumerate(levels):
        tall = 0.11 if style == "rails" else 0.07
        parts.append(board((length, 0.03, tall), (0, -0.038, height * level), seed=50 + k, bevel=0.006))
    if style != "rails":
        parts += _palings(length, height, styles[style], style == "pickets", rng)
    return fit(merge(parts), (length, 0.14, height))


def _palings(length: float, height: float, wide: float, pointed: bool, rng: np.random.Generator) -> list[MeshData]:
    """Upright boards side by side, of slightly different heights; pickets are pointed and spaced."""
    pitch = wide * (1.75 if pointed else 1.05)
    count = int(length / pitch)
    parts = []
    for k in range(count):
        x = (k - (count - 1) / 2) * length / count
        tall = height * rng.uniform(0.93, 0.99) - 0.05
        half = wide / 2
        shoulder = tall - wide * 0.6 if pointed else tall
        top = [(half, shoulder), *([(0.0, tall)] if pointed else []), (-half, shoulder)]
        paling = extrude([(-half, 0), (half, 0), *top], 0.018).turned("x", np.pi / 2)
        paling = paling.turned("y", rng.normal(0, 0.008))
        parts.append(paling.grained("z", int(rng.integers(1 << 30))).moved(x, -0.052, 0.05))
    return parts


def brick_wall(p: TypedParams) -> MeshData:
    """A wall between two piers under a coping."""
    length, height, thick = p.real("length"), p.real("height"), p.real("thickness")
    cap, pier = 0.07, thick * 0.92
    body = thick * 0.7
    parts = [box((length - 0.1, body, height - cap * 2)), box((length - 0.06, body + 0.06, cap), 0.012, slot=1)]
    parts[1] = parts[1].moved(z=height - 2 * cap)
    for side in (-1, 1):
        x = side * (length - thick) / 2
        parts.append(box((pier, pier, height - cap)).moved(x))
        parts.append(box((thick, thick, cap), 0.02, slot=1).moved(x, 0, height - cap))
    return merge(parts)


def concrete_barrier(p: TypedParams) -> MeshData:
    """The well-known profile with two slopes, its upper slope painted."""
    length, depth, height = p.real("length"), p.real("depth"), p.real("height")
    half = depth / 2
    side = [(half, 0.0), (half, 0.09), (half * 0.62, height * 0.36), (half * 0.52, height * 0.52),
            (half * 0.38, height * 0.9), (half * 0.34, height)]  # fmt: skip
    outline = [*side, *((-y, z) for y, z in reversed(side))]
    prism = extrude(outline, length)
    slots = prism.slots.copy()
    walls = len(prism.sizes) - len(outline)
    slots[[walls + 3, walls + len(outline) - 5]] = 1
    body = replace(prism, slots=slots).transformed(_AXES)
    return body.moved(x=-length / 2)


_AXES = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""Turns a prism drawn in (y, z) and raised along Z into one that lies along X."""


def lamp_post(p: TypedParams) -> MeshData:
    """A tapered pole on a foot, an arm that bends towards -Y, and a lantern."""
    height, arm = p.real("height"), p.real("arm")
    foot = lathe([(0, 0), (0.15, 0), (0.15, 0.05), (0.1, 0.12), (0.085, 0.6), (0.062, 0.66), (0.055, 0.9),
                  (0.04, height * 0.93), (0, height * 0.93)], 20)  # fmt: skip
    t = np.linspace(0, np.pi / 2, 9)
    bend = min(arm * 0.8, 0.5)
    curve = np.stack([np.zeros(9), -bend * (1 - np.cos(t)), height * 0.9 - 0.05 + bend * 0.28 * np.sin(t)], axis=1)
    path = np.concatenate([[[0, 0, height * 0.85]], curve, [[0, -arm, curve[-1, 2]]]])
    parts = [foot, tube(path, 0.03, 10)]
    head = box((0.2, 0.42, 0.1), 0.035, 3).moved(0, -arm + 0.02, curve[-1, 2] - 0.03)
    lens = box((0.15, 0.32, 0.03), 0.012, slot=1).moved(0, -arm + 0.02, curve[-1, 2] - 0.05)
    return fit(merge([*parts, head, lens]), (0.3, arm + 0.3, height))


def bench(p: TypedParams) -> MeshData:
    """Slats for seat and back on three frames."""
    width, depth, height, slats = p.real("width"), p.real("depth"), p.real("height"), p.count("slats")
    seat = 0.44
    parts = []
    for k, x in enumerate((-width / 2 + 0.14, width / 2 - 0.14)):
        legs = [(-depth / 2 + 0.04, 0), (-depth / 2 + 0.1, seat - 0.02), (depth / 2 - 0.18, seat - 0.02),
                (depth / 2 - 0.05, height - 0.03)]  # fmt: skip
        parts.append(_frame_bar([(x, y, z) for y, z in legs]))
        parts.append(_frame_bar([(x, depth / 2 - 0.16, seat - 0.02), (x, depth / 2 - 0.04, 0)]))
        arm = [(x, -depth / 2 + 0.09, seat), (x, -depth / 2 + 0.06, seat + 0.2), (x, depth / 2 - 0.12, seat + 0.2)]
        parts.append(_frame_bar(arm))
        parts.append(board((0.06, depth - 0.16, 0.025), (x, -0.03, seat + 0.21), seed=90 + k))
    run = (depth - 0.24) / slats
    for k in range(slats):
        y = -depth / 2 + 0.07 + run * (k + 0.5)
        parts.append(board((width, run * 0.82, 0.03), (0, y, seat), bevel=0.006, seed=k))
    rise = (height - seat - 0.1) / slats
    for k in range(slats):
        t = (k + 0.5) / slats
        slat = board((width, 0.028, rise * 0.8), bevel=0.006, seed=20 + k).turned("x", -0.3)
        parts.append(slat.moved(0, depth / 2 - 0.18 + 0.12 * t, seat + 0.08 + rise * k))
    return fit(merge(parts), (width, depth, height))


def _frame_bar(path: list[tuple[float, float, float]]) -> MeshData:
    return tube(path, 0.022, 8, slot=1).frozen_rest()


def planter(p: TypedParams) -> MeshData:
    """A trough with soil, leafy clumps and flowers."""
    width, depth, height, plants = p.real("width"), p.real("depth"), p.real("height"), p.count("plants")
    rng = np.random.default_rng(p.count("seed"))
    low, wall = height * 0.45, 0.05
    outer = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, depth]) / 2
    inner = outer - np.sign(outer) * wall
    parts = [extrude(outer, low, [inner]), box((width - wall, depth - wall, low * 0.88), slot=1)]
    growth = []
    for k in range(plants):
        x = (k - (plants - 1) / 2) * (width - 0.25) / max(plants - 1, 1)
        growth.append(_clump(x, rng.uniform(-0.3, 0.3) * (depth - 2 * wall), depth, height - low, rng))
    top = fit(merge(growth), (width * 0.99, depth * 0.99, height - low * 0.9)).moved(z=low * 0.9)
    return merge([*parts, top])


def _clump(x: float, y: float, spread: float, height: float, rng: np.random.Generator) -> MeshData:
    """A plant of arching leaves with a few blossoms over them."""
    count = 42
    angle = rng.uniform(0, 2 * np.pi, count)
    forward = np.stack([np.cos(angle), np.sin(angle), rng.uniform(0.3, 2.5, count)], axis=1)
    at = forward * height * rng.uniform(0.0, 0.3, (count, 1))
    matrices = placements(at, forward, height * rng.uniform(0.35, 0.65, count), rng.normal(0, 0.4, count))
    parts = [scattered(leaf(1.0, 0.34, 0.3, slot=2), matrices, int(rng.integers(1 << 30)))]
    for _ in range(5):
        top = np.array([*(rng.uniform(-0.4, 0.4, 2) * spread), height * rng.uniform(0.65, 1.0)])
        parts.append(tube([(0, 0, 0), top * np.array([0.5, 0.5, 0.6]), top], 0.005, 4, caps=False, slot=2))
        blossom = flower(top, 0.045, 3, rng)
        parts.append(replace(blossom, slots=np.full_like(blossom.slots, 3)))
    return merge(parts).moved(x, y).frozen_rest()


def signboard(p: TypedParams) -> MeshData:
    """A panel with a rim between two posts."""
    width, height = p.real("width"), p.real("height")
    panel = min(p.real("panel"), height * 0.75)
    parts = [cylinder(0.035, height, 14, slot=1).moved(s * (width / 2 - 0.12), 0.02, 0) for s in (-1, 1)]
    z = height - panel - 0.03
    parts.append(box((width - 0.04, 0.02, panel)).moved(0, -0.03, z))
    rim = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, panel + 0.04]) / 2
    frame = extrude(rim, 0.045, [rim - np.sign(rim) * 0.03], slot=1).turned("x", np.pi / 2)
    parts.append(frame.moved(0, -0.005, z + panel / 2))
    return fit(merge(parts), (width, 0.12, height))


def crate_stack(p: TypedParams) -> MeshData:
    """A full lower layer; above it crates stand where the seed leaves them, one at least."""
    side, columns, layers = p.real("crate"), p.count("columns"), p.count("layers")
    rng = np.random.default_rng(p.count("seed"))
    parts, standing = [], set(range(columns))
    keep = int(rng.integers(0, columns))
    for layer in range(layers):
        if layer:
            standing = {k for k in sorted(standing) if k == keep or rng.random() > 0.4}
        for k in sorted(standing):
            x = (k - (columns - 1) / 2) * side * 1.06
            crate = _crate(side, side * 0.8, int(rng.integers(1 << 20)))
            turned = crate.turned("z", rng.normal(0, 0.04 if layer == 0 else 0.09))
            parts.append(turned.moved(x, 0, layer * side * 0.8))
    return fit(merge(parts), (columns * side * 1.06, side * 1.06, layers * side * 0.8))


def _crate(side: float, tall: float, seed: int) -> MeshData:
    """Slats on four posts, a lid, and a printed label at the front."""
    post, thick, parts = 0.035, 0.014, []
    reach = side / 2 - thick - post / 2
    for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
        parts.append(board((post, post, tall - thick), (sx * reach, sy * reach, 0), slot=1, seed=seed + k))
    rows = 4
    pitch = (tall - thick) / rows
    for row in range(rows):
        z = row * pitch + 0.004
        for k, s in enumerate((-1, 1)):
            offset, number, tall_slat = s * (side - thick) / 2, seed + 10 + 2 * row + k, pitch * 0.84
            parts.append(board((side, thick, tall_slat), (0, offset, z), bevel=0.0, seed=number))
            parts.append(board((thick, side - 2 * thick, tall_slat), (offset, 0, z), bevel=0.0, seed=number + 20))
    for k in range(4):
        y = (k - 1.5) * side / 4
        parts.append(board((side, side / 4 * 0.9, thick), (0, y, tall - thick), bevel=0.0, seed=seed + 60 + k))
    parts.append(
        box((side * 0.5, 0.003, tall * 0.34), slot=2).moved(0, -side / 2 - 0.0014, tall * 0.33).grained("z", seed)
    )
    return merge(parts)


def market_stall(p: TypedParams) -> MeshData:
    """Four posts, a sagging canopy with a scalloped valance, a counter with a cloth, heaps of fruit in trays."""
    width, depth, height = p.real("width"), p.real("depth"), p.real("height")
    rng = np.random.default_rng(p.count("seed"))
    eaves = height * 0.82
    parts = [_canopy(width, depth, height, eaves, rng)]
    for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
        at = (sx * (width / 2 - 0.14), sy * (depth / 2 - 0.14), 0)
        parts.append(board((0.055, 0.055, eaves + 0.05), at, slot=1, seed=k))
    top, deep = 0.85, depth * 0.5
    y = -depth / 2 + deep / 2 + 0.16
    parts.append(board((width - 0.3, deep, 0.03), (0, y, top - 0.03), slot=2, seed=9))
    parts.append(board((width - 0.5, deep * 0.8, 0.03), (0, y, 0.25), slot=2, seed=10))
    parts.append(_tablecloth(width - 0.29, top, y - deep / 2 - 0.012, rng))
    parts += _goods(width - 0.5, deep, y, top, rng)
    return fit(merge(parts), (width, depth, height))


def _canopy(width: float, depth: float, height: float, eaves: float, rng: np.random.Generator) -> MeshData:
    """A roof of two slopes along X that sags between the posts, its hem in waves."""
    phase = rng.uniform(0, 6)

    def roof(x: Floats, y: Floats) -> Floats:
        slope = height - (height - eaves) * np.abs(y) / (depth / 2)
        sag = 0.05 * np.cos(np.pi * x / width) * np.sin(2 * np.pi * np.abs(y) / depth)
        return slope - sag + 0.012 * np.sin(9 * x + phase) * np.abs(y)

    sheet = heightfield(width, depth, 36, 30, roof)
    hems = []
    for sy in (-1, 1):
        u, v = np.meshgrid(np.linspace(-0.5, 0.5, 73), np.linspace(0, 1, 5), indexing="ij")
        scallop = 0.16 + 0.07 * np.abs(np.sin(np.pi * 8 * (u + 0.5)))
        x = u * width
        edge = roof(x, np.full_like(x, depth / 2))
        y = sy * (depth / 2 - 0.03 * v * np.sin(14 * x + phase) ** 2)
        hems.append(lattice(np.stack([x, y, edge - v * scallop], axis=-1)))
    return merge([sheet, *hems]).frozen_rest()


def _tablecloth(width: float, top: float, y: float, rng: np.random.Generator) -> MeshData:
    """A cloth that hangs in folds in front of the counter."""
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 97), np.linspace(0, 1, 10), indexing="ij")
    wave = np.sin(2 * np.pi * (9 * u + 0.4 * np.sin(7 * u + rng.uniform(0, 6))))
    points = np.stack([u * width, y - 0.028 * (1 - v) * (1 + wave), 0.06 + v * (top - 0.06)], axis=-1)
    return lattice(points, slot=3).frozen_rest()


def _goods(width: float, deep: float, y: float, top: float, rng: np.random.Generator) -> list[MeshData]:
    """Trays in two rows with heaps of round fruit, one kind to a tray."""
    parts, columns = [], 5
    wide = width / columns
    for row in range(2):
        for k in range(columns):
            x, at = (k - (columns - 1) / 2) * wide, y + (row - 0.5) * deep * 0.48
            rise = top + 0.07 * row
            parts.append(board((wide * 0.92, deep * 0.44, 0.07), (x, at, rise), slot=2, seed=30 + 5 * row + k))
            parts.append(_heap(wide * 0.8, deep * 0.36, 4 + (k + row) % 3, rng).moved(x, at, rise + 0.05))
    return parts


def _heap(wide: float, deep: float, slot: int, rng: np.random.Generator) -> MeshData:
    count, radius = 16, rng.uniform(0.03, 0.045)
    at = np.column_stack([rng.uniform(-0.5, 0.5, (count, 2)) * np.array([wide, deep]), np.zeros(count)])
    at[:, 2] = radius * 0.6 + 0.05 * (1 - (2 * np.abs(at[:, :2]) / np.array([wide, deep])).max(axis=1))
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, :3, :3] *= rng.uniform(0.85, 1.1, (count, 1, 1))
    matrices[:, :3, 3] = at
    return scattered(icosphere(1, radius, slot=slot).scaled(z=0.9), matrices, int(rng.integers(1 << 30)))


def column(p: TypedParams) -> MeshData:
    """Plinth, base rolls, a fluted shaft that narrows, and a capital."""
    radius, height, flutes = p.real("diameter") / 2, p.real("height"), p.count("flutes")
    block, roll = min(0.14, height * 0.09), min(0.1, height * 0.06)
    parts = [box((2 * radius, 2 * radius, block), 0.012)]
    torus = [(radius * 0.8, 0), (radius * 0.94, roll * 0.2), (radius * 0.97, roll * 0.5), (radius * 0.92, roll * 0.85),
             (radius * 0.78, roll)]  # fmt: skip
    parts.append(lathe(torus, 40).moved(z=block))
    low, high = block + roll, height - block - roll
    parts.append(_shaft(radius * 0.78, low, high, flutes))
    parts.append(lathe([(r, roll - z) for r, z in reversed(torus)], 40).moved(z=high))
    parts.append(box((2 * radius, 2 * radius, block), 0.012).moved(z=height - block))
    return merge(parts)


def _shaft(radius: float, low: float, high: float, flutes: int) -> MeshData:
    """Hollows of a circular section around a shaft that swells and narrows upwards."""
    angle = np.linspace(0, 2 * np.pi, flutes * 8, endpoint=False)
    hollow = 1 - 0.09 * np.abs(np.sin(angle * flutes / 2))
    t = np.linspace(0, 1, 7)
    taper = 1.0 - 0.16 * t**1.6
    points = np.empty((len(angle), len(t), 3))
    points[..., 0] = radius * np.outer(np.cos(angle) * hollow, taper)
    points[..., 1] = radius * np.outer(np.sin(angle) * hollow, taper)
    points[..., 2] = low + (high - low) * t
    return lattice(points, closed_u=True)


def banner(p: TypedParams) -> MeshData:
    """A pole with a foot, a cross bar, and a cloth that the breeze bends."""
    width, height = p.real("width"), p.real("height")
    rng = np.random.default_rng(p.count("seed"))
    foot = lathe([(0, 0), (0.2, 0), (0.2, 0.03), (0.05, 0.06), (0.022, 0.12), (0.018, height), (0, height)], 18, slot=1)
    parts = [foot.moved(-width / 2 + 0.2)]
    level = height - 0.08
    parts.append(tube([(-width / 2 + 0.2, 0, level), (width / 2, 0, level)], 0.012, 8, slot=1))
    u, v = np.meshgrid(np.linspace(0, 1, 25), np.linspace(0, 1, 41), indexing="ij")
    wide, tall = width - 0.25, height * 0.72
    wave = np.sin(5.0 * v + 3 * u + rng.uniform(0, 6)) * 0.09 + np.sin(11 * v - 4 * u + rng.uniform(0, 6)) * 0.03
    points = np.stack([-width / 2 + 0.24 + u * wide, wave * (1 - v) ** 0.7, level - tall + v * tall], axis=-1)
    flat = np.stack([u * wide, np.zeros_like(u), v * tall], axis=-1).reshape(-1, 3)
    cloth = replace(lattice(points), rest=flat)
    return fit(merge([cloth, *parts]), (width, 0.4, height))


def bin_(p: TypedParams) -> MeshData:
    """Staves around a liner on a ring, under a hood on struts."""
    radius, height, staves = p.real("diameter") / 2, p.real("height"), p.count("staves")
    body = height * 0.74
    parts = [cylinder(radius * 0.86, body, 28, slot=1)]
    wide = 2 * np.pi * radius / staves * 0.8
    for k in range(staves):
        stave = board((wide, 0.025, body * 0.94), (0, -radius + 0.02, 0.03), seed=k)
        parts.append(stave.turned("z", 2 * np.pi * k / staves))
    for z in (body * 0.16, body * 0.84):
        parts.append(lathe([(radius * 0.9, z), (radius, z), (radius, z + 0.04), (radius * 0.9, z + 0.04)], 36, slot=1))
    for k in range(3):
        a = 2 * np.pi * k / 3 + 0.5
        foot = np.array([radius * 0.8 * np.cos(a), radius * 0.8 * np.sin(a), body - 0.02])
        parts.append(tube([foot, foot + np.array([0, 0, height * 0.2])], 0.012, 8, slot=1))
    hood = height - body
    lid = lathe(
        [(0, 0), (radius, 0), (radius * 0.97, hood * 0.12), (radius * 0.6, hood * 0.32), (0, hood * 0.4)], 36, slot=1
    )
    parts.append(lid.moved(z=body + hood * 0.6))
    return fit(merge(parts), (2 * radius, 2 * radius, height))


BUILDERS: dict[str, Builder] = {
    "fence": fence,
    "brick_wall": brick_wall,
    "concrete_barrier": concrete_barrier,
    "lamp_post": lamp_post,
    "bench": bench,
    "planter": planter,
    "signboard": signboard,
    "crate_stack": crate_stack,
    "market_stall": market_stall,
    "column": column,
    "banner": banner,
    "bin": bin_,
}

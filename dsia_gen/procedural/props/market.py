"""Stacked crates and market stalls."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import Floats, MeshData, merge
from dsia_gen.procedural.organic_shapes import board, scattered
from dsia_gen.procedural.params import Count, Span, TypedParams
from dsia_gen.procedural.primitives import box, heightfield, icosphere, lattice
from dsia_gen.procedural.props.prop import ANY_SEED, OutdoorProp
from dsia_gen.procedural.sizes import Extent


class CrateStack(OutdoorProp):
    """Wooden crates stacked in a row, the upper layers with gaps."""

    name = "crate_stack"
    params = {"crate": Span(0.4, 0.65), "columns": Count(1, 3), "layers": Count(1, 3), "seed": ANY_SEED}
    slots = (
        Slot("slats", ("wood",), "wood", (0.06, 0.12)),
        Slot("frame", ("wood",), "wood", (0.06, 0.12)),
        Slot("label", ("print",), "vivid", (0.04, 0.1)),
    )
    silhouette_fill = 0.75

    def size(self, p: TypedParams) -> Extent:
        side = p.real("crate")
        return p.count("columns") * side * 1.06, side * 1.06, p.count("layers") * side * 0.8

    def build(self, p: TypedParams) -> MeshData:
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
        return merge(parts)


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
    label = box((side * 0.5, 0.003, tall * 0.34), slot=2).moved(0, -side / 2 - 0.0014, tall * 0.33)
    return merge([*parts, label.grained("z", seed)])


class MarketStall(OutdoorProp):
    """A stall with a striped canopy and goods on its counter."""

    name = "market_stall"
    params = {"width": Span(1.8, 3.0), "depth": Span(1.4, 2.0), "height": Span(2.2, 2.7), "seed": ANY_SEED}
    slots = (
        Slot("canopy", ("stripes", "patches", "fabric", "checker"), "vivid", (0.2, 0.4)),
        Slot("post", ("wood", "metal"), "wood", (0.1, 0.2)),
        Slot("counter", ("planks", "wood"), "wood", (0.1, 0.2)),
        Slot("cloth", ("fabric", "dots", "print"), "cloth", (0.1, 0.25)),
        Slot("fruit_1", ("plain", "noise"), "vivid", (0.03, 0.06)),
        Slot("fruit_2", ("plain", "noise"), "vivid", (0.03, 0.06)),
        Slot("fruit_3", ("plain", "noise"), "vivid", (0.03, 0.06)),
    )
    tags = ("tall",)

    def build(self, p: TypedParams) -> MeshData:
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
        # A cloth that hangs in folds in front of the counter.
        u, v = np.meshgrid(np.linspace(-0.5, 0.5, 97), np.linspace(0, 1, 10), indexing="ij")
        wave = np.sin(2 * np.pi * (9 * u + 0.4 * np.sin(7 * u + rng.uniform(0, 6))))
        fold = (y - deep / 2 - 0.012) - 0.028 * (1 - v) * (1 + wave)
        points = np.stack([u * (width - 0.29), fold, 0.06 + v * (top - 0.06)], axis=-1)
        parts.append(lattice(points, slot=3).frozen_rest())
        # Trays in two rows with heaps of round fruit, one kind to a tray.
        columns = 5
        wide = (width - 0.5) / columns
        for row in range(2):
            for k in range(columns):
                x, back = (k - (columns - 1) / 2) * wide, y + (row - 0.5) * deep * 0.48
                rise = top + 0.07 * row
                parts.append(board((wide * 0.92, deep * 0.44, 0.07), (x, back, rise), slot=2, seed=30 + 5 * row + k))
                parts.append(_heap(wide * 0.8, deep * 0.36, 4 + (k + row) % 3, rng).moved(x, back, rise + 0.05))
        return merge(parts)


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


def _heap(wide: float, deep: float, slot: int, rng: np.random.Generator) -> MeshData:
    """Round fruit in a heap, highest in the middle."""
    count, radius = 16, rng.uniform(0.03, 0.045)
    at = np.column_stack([rng.uniform(-0.5, 0.5, (count, 2)) * np.array([wide, deep]), np.zeros(count)])
    at[:, 2] = radius * 0.6 + 0.05 * (1 - (2 * np.abs(at[:, :2]) / np.array([wide, deep])).max(axis=1))
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, :3, :3] *= rng.uniform(0.85, 1.1, (count, 1, 1))
    matrices[:, :3, 3] = at
    return scattered(icosphere(1, radius, slot=slot).scaled(z=0.9), matrices, int(rng.integers(1 << 30)))

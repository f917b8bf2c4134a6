"""Street furniture: lamps, benches, planters, signs, columns, banners and bins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, fit, merge
from dsia_gen.procedural.organic_shapes import board, leaf, placements, scattered
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import box, cylinder, extrude, lathe, lattice, tube
from dsia_gen.procedural.props.plants import flower
from dsia_gen.procedural.props.prop import ANY_SEED, LEAF, STEEL, OutdoorProp
from dsia_gen.procedural.sizes import Extent, upright


class LampPost(OutdoorProp):
    """A street lamp whose arm reaches towards -Y."""

    name = "lamp_post"
    params = {"height": Span(2.8, 4.5), "arm": Span(0.5, 1.0)}
    slots = (
        Slot("paint", ("rust", "plain", "metal"), "vivid", (0.15, 0.4)),
        Slot("lens", ("emission", "plain"), "light"),
    )
    tags = ("tall",)
    silhouette_fill = 0.2

    def size(self, p: TypedParams) -> Extent:
        return 0.3, p.real("arm") + 0.3, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
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
        return merge([*parts, head, lens])


class Bench(OutdoorProp):
    """A park bench of slats."""

    name = "bench"
    params = {"width": Span(1.2, 2.0), "depth": Span(0.55, 0.7), "height": Span(0.75, 0.9), "slats": Count(3, 5)}
    slots = (
        Slot("slat", ("wood",), "wood", (0.08, 0.15)),
        Slot("frame", ("metal", "rust", "concrete"), "dark", (0.1, 0.3)),
    )
    tags = ("seat",)

    def build(self, p: TypedParams) -> MeshData:
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
            parts += [_frame_bar(arm), board((0.06, depth - 0.16, 0.025), (x, -0.03, seat + 0.21), seed=90 + k)]
        run = (depth - 0.24) / slats
        for k in range(slats):
            y = -depth / 2 + 0.07 + run * (k + 0.5)
            parts.append(board((width, run * 0.82, 0.03), (0, y, seat), bevel=0.006, seed=k))
        rise = (height - seat - 0.1) / slats
        for k in range(slats):
            t = (k + 0.5) / slats
            slat = board((width, 0.028, rise * 0.8), bevel=0.006, seed=20 + k).turned("x", -0.3)
            parts.append(slat.moved(0, depth / 2 - 0.18 + 0.12 * t, seat + 0.08 + rise * k))
        return merge(parts)


def _frame_bar(path: list[tuple[float, float, float]]) -> MeshData:
    """A round bar of a bench's frame."""
    return tube(path, 0.022, 8, slot=1).frozen_rest()


class Planter(OutdoorProp):
    """A trough with leafy plants and flowers."""

    name = "planter"
    params = sized((0.8, 1.8), (0.4, 0.6), (0.7, 1.1), plants=Count(4, 9), seed=ANY_SEED)
    slots = (
        Slot("trough", ("planks", "concrete", "terrazzo", "brick", "tiles"), "earth", (0.12, 0.25)),
        Slot("soil", ("rock",), "dark", (0.03, 0.06)),
        LEAF,
        Slot("petal", ("plain", "noise"), "vivid", (0.03, 0.06)),
    )
    fitted = False

    def build(self, p: TypedParams) -> MeshData:
        """A trough with soil, leafy clumps and flowers."""
        width, depth, height, plants = p.real("width"), p.real("depth"), p.real("height"), p.count("plants")
        rng = np.random.default_rng(p.count("seed"))
        low, wall = height * 0.45, 0.05
        outer = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, depth]) / 2
        inner = outer - np.sign(outer) * wall
        parts = [extrude(outer, low, inner), box((width - wall, depth - wall, low * 0.88), slot=1)]
        growth = []
        for k in range(plants):
            x = (k - (plants - 1) / 2) * (width - 0.25) / max(plants - 1, 1)
            y = rng.uniform(-0.3, 0.3) * (depth - 2 * wall)
            growth.append(_clump(depth, height - low, rng).moved(x, y).frozen_rest())
        top = fit(merge(growth), (width * 0.99, depth * 0.99, height - low * 0.9)).moved(z=low * 0.9)
        return merge([*parts, top])


def _clump(spread: float, height: float, rng: np.random.Generator) -> MeshData:
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
    return merge(parts)


class Signboard(OutdoorProp):
    """A printed board on two posts."""

    name = "signboard"
    params = {"width": Span(0.8, 2.2), "height": Span(1.4, 2.4), "panel": Span(0.6, 1.1)}
    slots = (
        Slot("print", ("print", "print", "patches", "dots"), "vivid", (0.12, 0.35)),
        Slot("post", ("metal", "wood", "rust"), "metal", (0.1, 0.2)),
    )
    silhouette_fill = 0.6

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.12, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        """A panel with a rim between two posts."""
        width, height = p.real("width"), p.real("height")
        panel = min(p.real("panel"), height * 0.75)
        parts = [cylinder(0.035, height, 14, slot=1).moved(s * (width / 2 - 0.12), 0.02, 0) for s in (-1, 1)]
        z = height - panel - 0.03
        parts.append(box((width - 0.04, 0.02, panel)).moved(0, -0.03, z))
        rim = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, panel + 0.04]) / 2
        frame = extrude(rim, 0.045, rim - np.sign(rim) * 0.03, slot=1).turned("x", np.pi / 2)
        return merge([*parts, frame.moved(0, -0.005, z + panel / 2)])


class FlutedColumn(OutdoorProp):
    """A fluted column on a plinth."""

    name = "column"
    params = {"diameter": Span(0.45, 0.9), "height": Span(1.0, 3.6), "flutes": Count(12, 20)}
    slots = (Slot("stone", ("marble", "rock", "concrete", "plaster"), "stone", (0.2, 0.5)),)
    tags = ("tall",)
    silhouette_fill = 0.6
    fitted = False
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """Plinth, base rolls, a fluted shaft that narrows, and a capital."""
        radius, height, flutes = p.real("diameter") / 2, p.real("height"), p.count("flutes")
        block, roll = min(0.14, height * 0.09), min(0.1, height * 0.06)
        parts = [box((2 * radius, 2 * radius, block), 0.012)]
        torus = [(radius * 0.8, 0), (radius * 0.94, roll * 0.2), (radius * 0.97, roll * 0.5),
                 (radius * 0.92, roll * 0.85), (radius * 0.78, roll)]  # fmt: skip
        parts.append(lathe(torus, 40).moved(z=block))
        low, high = block + roll, height - block - roll
        # Hollows of a circular section around a shaft that swells and narrows upwards.
        angle = np.linspace(0, 2 * np.pi, flutes * 8, endpoint=False)
        hollow = 1 - 0.09 * np.abs(np.sin(angle * flutes / 2))
        t = np.linspace(0, 1, 7)
        taper, around = 1.0 - 0.16 * t**1.6, radius * 0.78
        points = np.empty((len(angle), len(t), 3))
        points[..., 0] = around * np.outer(np.cos(angle) * hollow, taper)
        points[..., 1] = around * np.outer(np.sin(angle) * hollow, taper)
        points[..., 2] = low + (high - low) * t
        parts += [lattice(points, closed_u=True), lathe([(r, roll - z) for r, z in reversed(torus)], 40).moved(z=high)]
        return merge([*parts, box((2 * radius, 2 * radius, block), 0.012).moved(z=height - block)])


class Banner(OutdoorProp):
    """A printed cloth that hangs from a pole, moved by a breeze."""

    name = "banner"
    params = {"width": Span(0.6, 1.1), "height": Span(2.2, 3.4), "seed": ANY_SEED}
    slots = (Slot("cloth", ("print", "patches", "stripes", "dots"), "vivid", (0.12, 0.3)), STEEL)
    tags = ("tall",)
    silhouette_fill = 0.45

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.4, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        """A pole with a foot, a cross bar, and a cloth that the breeze bends."""
        width, height = p.real("width"), p.real("height")
        rng = np.random.default_rng(p.count("seed"))
        foot = lathe([(0, 0), (0.2, 0), (0.2, 0.03), (0.05, 0.06), (0.022, 0.12), (0.018, height), (0, height)], 18, 1)
        parts = [foot.moved(-width / 2 + 0.2)]
        level = height - 0.08
        parts.append(tube([(-width / 2 + 0.2, 0, level), (width / 2, 0, level)], 0.012, 8, slot=1))
        u, v = np.meshgrid(np.linspace(0, 1, 25), np.linspace(0, 1, 41), indexing="ij")
        wide, tall = width - 0.25, height * 0.72
        wave = np.sin(5.0 * v + 3 * u + rng.uniform(0, 6)) * 0.09 + np.sin(11 * v - 4 * u + rng.uniform(0, 6)) * 0.03
        points = np.stack([-width / 2 + 0.24 + u * wide, wave * (1 - v) ** 0.7, level - tall + v * tall], axis=-1)
        flat = np.stack([u * wide, np.zeros_like(u), v * tall], axis=-1).reshape(-1, 3)
        return merge([replace(lattice(points), rest=flat), *parts])


class LitterBin(OutdoorProp):
    """A litter bin with staves and a hood."""

    name = "bin"
    params = {"diameter": Span(0.4, 0.6), "height": Span(0.8, 1.15), "staves": Count(12, 20)}
    slots = (Slot("stave", ("wood", "rust", "plain"), "earth", (0.08, 0.15)), STEEL)
    tags = ("small",)
    silhouette_fill = 0.6
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """Staves around a liner on a ring, under a hood on struts."""
        r, height, staves = p.real("diameter") / 2, p.real("height"), p.count("staves")
        body = height * 0.74
        parts = [cylinder(r * 0.86, body, 28, slot=1)]
        wide = 2 * np.pi * r / staves * 0.8
        for k in range(staves):
            stave = board((wide, 0.025, body * 0.94), (0, -r + 0.02, 0.03), seed=k)
            parts.append(stave.turned("z", 2 * np.pi * k / staves))
        for z in (body * 0.16, body * 0.84):
            parts.append(lathe([(r * 0.9, z), (r, z), (r, z + 0.04), (r * 0.9, z + 0.04)], 36, slot=1))
        for k in range(3):
            a = 2 * np.pi * k / 3 + 0.5
            foot = np.array([r * 0.8 * np.cos(a), r * 0.8 * np.sin(a), body - 0.02])
            parts.append(tube([foot, foot + np.array([0, 0, height * 0.2])], 0.012, 8, slot=1))
        hood = height - body
        lid = lathe([(0, 0), (r, 0), (r * 0.97, hood * 0.12), (r * 0.6, hood * 0.32), (0, hood * 0.4)], 36, slot=1)
        return merge([*parts, lid.moved(z=body + hood * 0.6)])

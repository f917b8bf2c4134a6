"""Shrubs, trees, grass, flowers and hedges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import Floats, MeshData, merge, mesh
from dsia_gen.procedural.organic_shapes import directions, leaf, leaflet, lumps, placements, scattered
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import box, heightfield, icosphere, tube
from dsia_gen.procedural.props.prop import ANY_SEED, LEAF, OutdoorProp
from dsia_gen.procedural.sizes import sides, upright

CARD = heightfield(1.0, 1.0, 1, 2).turned("z", -np.pi / 2).moved(x=0.5)
"""A card along +X from its stem at the origin; its image stands on the stem."""


class Bush(OutdoorProp):
    """A shrub of leafy twigs cut out of cards."""

    name = "bush"
    params = {"width": Span(0.7, 1.6), "depth": Span(0.7, 1.5), "height": Span(0.6, 1.5), "seed": ANY_SEED}
    slots = (LEAF, Slot("twig", ("bark",), "earth", (0.05, 0.1)))
    tags = ("nature",)
    silhouette_fill = 0.3

    def build(self, p: TypedParams) -> MeshData:
        """Cards of leafy twigs that grow out of a core, with bare twigs below them."""
        seed, count = p.count("seed"), 420
        rng = np.random.default_rng(seed)
        out = directions(count, rng)
        out[:, 2] = np.where(out[:, 2] < -0.45, -out[:, 2], out[:, 2])
        reach = rng.uniform(0.3, 0.85, count) * (1 + 0.3 * lumps(out * 1.5, seed, 2))
        forward = out * 0.8 + rng.normal(0, 0.5, (count, 3)) + np.array([0, 0, 0.55])
        matrices = placements(out * reach[:, None], forward, rng.uniform(0.3, 0.48, count), rng.uniform(-2, 2, count))
        cards = scattered(CARD, matrices, seed)
        twigs = [tube([(0, 0, -0.5), 0.4 * o + [0, 0, -0.25], 0.75 * o], [0.03, 0.02, 0.008], 5, caps=False, slot=1)
                 for o in out[::16]]  # fmt: skip
        return merge([cards, *twigs])


class Tree(OutdoorProp):
    """A broad-leaved tree."""

    name = "tree"
    params = {"crown": Span(2.0, 4.5), "height": Span(3.5, 7.0), "trunk": Span(0.2, 0.4), "seed": ANY_SEED}
    slots = (Slot("bark", ("bark",), "earth", (0.12, 0.25)), LEAF)
    tags = ("nature", "tall")
    silhouette_fill = 0.35
    size = upright(diameter="crown")

    def build(self, p: TypedParams) -> MeshData:
        """A flared trunk, boughs that fork into twigs, and clumps of leaves about their ends."""
        crown, height, trunk, seed = p.real("crown"), p.real("height"), p.real("trunk"), p.count("seed")
        rng = np.random.default_rng(seed)
        fork = height * rng.uniform(0.26, 0.34)
        middle = np.array([0.0, 0.0, (fork + height) / 2 + 0.06 * height])
        half = np.array([crown / 2, crown / 2, (height - fork) / 2])
        clumps = middle + directions(46, rng) * half * rng.uniform(0.45, 0.86, (46, 1))
        # A trunk that sways and flares at its foot.
        radius, t = trunk / 2, np.linspace(0, 1, 12)
        sway = rng.uniform(-0.5, 0.5, 4)
        x = radius * (sway[0] * np.sin(3 * t) + sway[1] * t)
        y = radius * (sway[2] * np.sin(2.5 * t) + sway[3] * t)
        path = np.stack([x, y, t * (height * 0.72)], axis=1)
        body = tube(path, radius * ((1 - t) ** 0.8 * 0.85 + 0.12 + 0.5 * np.exp(-t * 22)), 14)
        v = body.vertices.copy()
        v[:, :2] *= (1 + 0.1 * lumps(v * np.array([4, 4, 1.2]) / max(radius * 6, 0.1), 3, 2))[:, None]
        parts = [replace(body, vertices=v)]
        # Limbs from the trunk to the clumps, rising first.
        t = np.linspace(0, 1, 7)[:, None]
        for end in clumps[::3]:
            start = np.array([0.0, 0.0, fork + (end[2] - fork) * rng.uniform(0.05, 0.4)])
            bend = start + (end - start) * np.array([0.45, 0.45, 0.62])
            path = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
            thick = trunk * 0.24 * (1 - 0.45 * (start[2] - fork) / height)
            parts.append(tube(path, np.linspace(thick, thick * 0.2, 7), 7, caps=False))
        # Leaves over the shells of balls about the clumps, pointing outwards and down.
        out = np.concatenate([directions(115, rng) for _ in clumps])
        centre = np.repeat(clumps, 115, axis=0)
        size = np.repeat(rng.uniform(0.75, 1.3, len(clumps)), 115)
        shell = (0.17 * (crown + height * 0.5) / 2) * size * rng.uniform(0.45, 1.05, len(out))
        at = centre + out * shell[:, None] * np.array([1.15, 1.15, 0.8])
        forward = out + 0.5 * (at - middle) / np.linalg.norm(at - middle, axis=1, keepdims=True)
        forward += rng.normal(0, 0.5, at.shape) + np.array([0, 0, -0.25])
        matrices = placements(at, forward, rng.uniform(0.17, 0.28, len(at)), rng.uniform(-1.2, 1.2, len(at)))
        leaves = scattered(leaflet(1.0, 0.55, slot=1), matrices, seed, spread=0.35)
        return merge([*parts, leaves])


class Conifer(OutdoorProp):
    """A spruce with drooping boughs."""

    name = "conifer"
    params = {"crown": Span(1.4, 2.8), "height": Span(2.5, 6.0), "seed": ANY_SEED}
    slots = (Slot("bark", ("bark",), "earth", (0.1, 0.2)), LEAF)
    tags = ("nature", "tall")
    silhouette_fill = 0.35
    size = upright(diameter="crown")

    def build(self, p: TypedParams) -> MeshData:
        """Whorls of drooping boughs, each a comb of needle sprays."""
        crown, height, seed = p.real("crown"), p.real("height"), p.count("seed")
        rng = np.random.default_rng(seed)
        layers = 15
        parts = [tube([(0, 0, 0), (0, 0, height * 0.97)], [crown * 0.055, 0.012], 9)]
        at, forward, scale = [], [], []
        for k in range(layers):
            level = (k / (layers - 1)) ** 0.92
            z, reach = height * (0.13 + 0.82 * level), crown / 2 * (1 - level) ** 0.85 + 0.06
            for j in range(11 - int(4 * level)):
                angle = 2.4 * k + 2 * np.pi * j / (11 - int(4 * level)) + rng.uniform(-0.25, 0.25)
                out = np.array([np.cos(angle), np.sin(angle), 0.0])
                side = np.array([-out[1], out[0], 0.0])
                length = reach * rng.uniform(0.75, 1.0)
                droop = rng.uniform(0.25, 0.5) * length
                for s in np.linspace(0.12, 1.0, 8):
                    point = out * length * s + np.array([0, 0, z - droop * s**2 + 0.12 * droop * np.sin(9 * s)])
                    for turn in (-1, 0, 1) if s > 0.9 else (-1, 1):
                        at.append(point)
                        forward.append(out * 0.75 + side * turn + np.array([0, 0, -0.45 * s + rng.uniform(-0.2, 0.15)]))
                        scale.append((0.42 - 0.16 * s) * (0.25 + reach) * rng.uniform(0.8, 1.25))
        matrices = placements(np.array(at), np.array(forward), np.array(scale), rng.uniform(-0.6, 0.6, len(at)))
        sprays = scattered(leaflet(1.0, 0.42, slot=1), matrices, seed, spread=0.3)
        return merge([*parts, sprays])


class GrassTuft(OutdoorProp):
    """A tuft of long grass."""

    name = "grass_tuft"
    params = {"width": Span(0.25, 0.8), "height": Span(0.2, 0.7), "blades": Count(80, 240), "seed": ANY_SEED}
    slots = (Slot("blade", ("foliage", "foliage"), "foliage", (0.05, 0.15)),)
    tags = ("nature", "small")
    size = upright(diameter="width")

    def build(self, p: TypedParams) -> MeshData:
        """Blades that lean out from the middle and bend over."""
        width, height, blades, seed = p.real("width"), p.real("height"), p.count("blades"), p.count("seed")
        radius = width / 2
        rng = np.random.default_rng([seed, 5])
        angle, root = rng.uniform(0, 2 * np.pi, blades), radius * 0.45 * np.sqrt(rng.uniform(0, 1, blades))
        turn = angle + rng.normal(0, 0.5, blades)
        tall, lean = height * rng.uniform(0.45, 1.0, blades), radius * rng.uniform(0.1, 0.8, blades)
        t = np.array([0.0, 0.4, 0.75, 1.0])
        out = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        flat = np.stack([root * np.cos(angle), root * np.sin(angle)], axis=1)
        centre = np.empty((blades, 4, 3))
        centre[..., :2] = flat[:, None] + out[:, None] * (lean[:, None] * t**2)[..., None]
        centre[..., 2] = tall[:, None] * np.sin(t * 1.35) / np.sin(1.35)
        across = np.stack([-out[:, 1], out[:, 0], np.zeros(blades)], axis=1)
        wide = 0.006 + 0.01 * height
        left = centre[:, :3] + across[:, None] * (wide * np.array([0.8, 1.0, 0.6]))[:, None]
        right = centre[:, :3] - across[:, None] * (wide * np.array([0.8, 1.0, 0.6]))[:, None]
        vertices = np.concatenate([left, right, centre[:, 3:]], axis=1)
        blade = [[0, 3, 4, 1], [1, 4, 5, 2], [2, 5, 6]]
        faces = [[7 * k + i for i in face] for k in range(blades) for face in blade]
        data = mesh(vertices.reshape(-1, 3), faces, smooth=True)
        offsets = rng.uniform(-0.5, 0.5, (blades, 3))
        return replace(data, rest=data.vertices * np.array([1, 1, 0.3]) + np.repeat(offsets, 7, axis=0))


class Flowers(OutdoorProp):
    """A patch of flowers in two colours."""

    name = "flowers"
    params = sized((0.5, 1.4), (0.4, 1.0), (0.3, 0.6), stems=Count(30, 70), seed=ANY_SEED)
    slots = (
        LEAF,
        Slot("petal", ("plain", "noise"), "vivid", (0.02, 0.06)),
        Slot("second", ("plain", "noise"), "vivid", (0.02, 0.06)),
        Slot("heart", ("plain",), "earth"),
    )
    tags = ("nature", "small")
    silhouette_fill = 0.3

    def build(self, p: TypedParams) -> MeshData:
        """Stems with heads of six petals over a carpet of leaves."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        count, seed = p.count("stems"), p.count("seed")
        rng = np.random.default_rng(seed)
        root = rng.uniform(-0.44, 0.44, (count, 2)) * np.array([width, depth])
        tall = height * rng.uniform(0.55, 0.97, count)
        tilt = rng.normal(0, 0.06, (count, 2))
        parts = []
        for k in range(count):
            foot, top = np.array([*root[k], 0.0]), np.array([*(root[k] + tilt[k]), tall[k]])
            middle = np.array([*(root[k] + 0.3 * tilt[k]), tall[k] * 0.5])
            parts.append(tube(np.array([foot, middle, top]), 0.004, 4, caps=False))
            parts.append(flower(top, 0.035 + 0.03 * rng.uniform(), 1 + k % 2, rng))
        low = 7 * count
        at = np.column_stack([rng.uniform(-0.5, 0.5, (low, 2)) * np.array([width, depth]) * 0.92, np.zeros(low)])
        forward = np.column_stack([rng.normal(0, 1, (low, 2)), rng.uniform(0.4, 2.2, low)])
        leaves = placements(at, forward, height * rng.uniform(0.22, 0.5, low))
        return merge([*parts, scattered(leaf(1.0, 0.3, 0.35), leaves, seed)])


def flower(top: Floats, size: float, slot: int, rng: np.random.Generator) -> MeshData:
    """A head that looks up and a little aside."""
    angle = np.arange(6) * np.pi / 3 + rng.uniform(0, 1)
    forward = np.stack([np.cos(angle), np.sin(angle), np.full(6, 0.35)], axis=1)
    petals = scattered(leaflet(1.0, 0.8, slot=slot), placements(np.zeros((6, 3)), forward, size), slot, 0.02)
    heart = icosphere(1, size * 0.3, slot=3).scaled(z=0.6)
    head = merge([petals, heart]).turned("x", rng.uniform(-0.2, 0.9)).turned("z", rng.uniform(-0.8, 0.8))
    return head.moved(*top)


class Hedge(OutdoorProp):
    """A clipped hedge along X."""

    name = "hedge"
    params = {"length": Span(1.0, 3.5), "depth": Span(0.4, 0.8), "height": Span(0.6, 1.6), "seed": ANY_SEED}
    slots = (LEAF,)
    tags = ("nature", "long")
    silhouette_fill = 0.8
    size = sides("length")

    def build(self, p: TypedParams) -> MeshData:
        """A dark core with leaves all over it."""
        length, depth, height, seed = p.real("length"), p.real("depth"), p.real("height"), p.count("seed")
        rng = np.random.default_rng(seed)
        core = box((length * 0.95, depth * 0.88, height * 0.95), 0.12, 4)
        # Points over the sides and the top with their outward normals; 600 a square metre, 9000 at most.
        faces = [(length, height, 1, -1.0), (length, height, 1, 1.0), (depth, height, 0, -1.0), (depth, height, 0, 1.0),
                 (length, depth, 2, 1.0)]  # fmt: skip
        area = np.array([a * b for a, b, _, _ in faces])
        density = min(600.0, 9000.0 / float(area.sum()))
        points, normals = [], []
        for (a, b, axis, sign), share in zip(faces, area, strict=True):
            n = int(share * density)
            u, v = rng.uniform(-0.5, 0.5, n) * a, rng.uniform(0, 1, n) * b
            edge = np.full(n, sign)
            columns = {0: (edge * length / 2, u, v), 1: (u, edge * depth / 2, v), 2: (u, v - b / 2, np.full(n, height))}
            points.append(np.column_stack(columns[axis]))
            normals.append(np.tile(np.eye(3)[axis] * sign, (n, 1)))
        at, normal = np.concatenate(points), np.concatenate(normals)
        at = at + normal * (0.05 * lumps(at * 3, seed, 2) - 0.05)[:, None]
        forward = normal * 0.6 + rng.normal(0, 0.6, at.shape) + np.array([0, 0, 0.25])
        matrices = placements(at, forward, rng.uniform(0.07, 0.12, len(at)), rng.uniform(-1.5, 1.5, len(at)))
        leaves = scattered(leaflet(1.0, 0.62), matrices, seed, spread=0.35)
        return merge([core, leaves])

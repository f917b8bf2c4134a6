"""Balls, swimming rings, balloons and kites."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData, mesh
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import icosphere, lathe, lattice, tube
from dsia_gen.procedural.sizes import Extent, multiple_of


class Ball(Family):
    """A beach ball of six gores, a football of 32 panels, or a volleyball of 18 strips; seams are grooves."""

    name = "ball"
    params = {"diameter": Span(0.22, 0.6), "style": Choice(("beach", "football", "volleyball"))}
    slots = (
        Slot("panels", ("plain", "noise", "print", "stripes"), "light", (0.03, 0.08), (0.3, 0.6)),
        Slot("others", ("plain", "noise", "dots", "stripes"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        Slot("seams", ("plain", "stripes", "noise"), "vivid", (0.02, 0.05), (0.3, 0.7)),
        Slot("third", ("plain", "noise", "checker", "dots"), "vivid", (0.02, 0.06), (0.3, 0.6)),
    )
    rolls = True
    tags = ("toy",)
    size = multiple_of("diameter", 1.0, 1.0, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        make = {"beach": self.beach_ball, "football": self.football, "volleyball": self.volleyball}[p.text("style")]
        return make()

    def beach_ball(self) -> MeshData:
        gores = 6
        latitude = np.linspace(-math.pi / 2, math.pi / 2, 33)
        profile = np.stack([np.cos(latitude), np.sin(latitude)], axis=1)
        profile[[0, -1], 0] = 0.0
        segments = gores * 12

        def seamed(v: Floats) -> Floats:
            turn = arctan2(v[:, 1], v[:, 0]) * gores / sh.TAU
            away = np.abs(turn - np.round(turn)) * sh.TAU / gores * np.hypot(v[:, 0], v[:, 1])
            return np.asarray(v * (1.0 - 0.022 * np.exp(-((away / 0.035) ** 2)))[:, None])

        body = sh.bent(lathe(profile, segments), seamed)
        body = sh.sectored(body, (0, 1, 0, 2, 0, 3))
        caps = [sh.ellipsoid(0.16, 0.16, 0.03, 0, 24, 8).moved(z=s * 0.985) for s in (-1, 1)]
        return sh.join(body, caps).turned("x", 0.7).turned("y", 0.4)

    def football(self) -> MeshData:
        """Truncated icosahedron: pentagons about the corners of an icosahedron, hexagons about its faces."""
        base = icosphere(0)
        v, tri = base.vertices, base.corners.reshape(-1, 3)
        cut = {(a, b): (2 * v[a] + v[b]) / 3.0 for f in tri for a, b in ((i, j) for i in f for j in f if i != j)}
        panels = [np.array([cut[f[k], f[(k + n) % 3]] for k in range(3) for n in (1, 2)]) for f in tri]
        hexagons = [self.panel(self.ordered(corners), 0) for corners in panels]
        pentagons = [
            self.panel(self.ordered(np.array([point for (a, _), point in cut.items() if a == k])), 1) for k in range(12)
        ]
        return sh.join(hexagons, pentagons)

    def ordered(self, corners: Floats) -> Floats:
        """Corners counter-clockwise about their middle, seen from outside."""
        normal = corners.mean(axis=0)
        normal /= np.linalg.norm(normal)
        u = corners[0] - normal * float(corners[0] @ normal)
        w = np.cross(normal, u)
        return corners[np.argsort(arctan2(corners @ w, corners @ u))]

    def panel(self, corners: Floats, slot: int, per_edge: int = 4) -> MeshData:
        """A domed panel: rings from the seam inwards, on the unit sphere."""
        t = (np.arange(per_edge) / per_edge)[:, None]
        rim = np.concatenate([a + (b - a) * t for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])
        middle = corners.mean(axis=0)
        rings = []
        for shrink, radius in ((1.0, 0.965), (0.975, 0.985), (0.92, 1.0), (0.55, 1.004)):
            ring = middle + (rim - middle) * shrink
            rings.append(ring / np.linalg.norm(ring, axis=1, keepdims=True) * radius)
        count = len(rim)
        skin = lattice(np.stack(rings), closed_v=True, slot=slot).flipped()
        hub = mesh(np.concatenate([rings[-1], [middle / np.linalg.norm(middle) * 1.006]]),
                   [[k, (k + 1) % count, count] for k in range(count)], slot, smooth=True)  # fmt: skip
        return self.dark_seam(sh.join(skin, hub))

    def volleyball(self) -> MeshData:
        """A cube blown up to a sphere; three strips on each side, alternating in direction and colour."""
        strips = []
        for axis in range(3):
            for sign in (-1.0, 1.0):
                for k in range(3):
                    u, w = (axis + 1) % 3, (axis + 2) % 3
                    low, high = -1.0 + 2.0 * k / 3.0, -1.0 + 2.0 * (k + 1) / 3.0
                    across = low + (high - low) * np.array([0.0, 0.04, 0.1, 0.3, 0.5, 0.7, 0.9, 0.96, 1.0])
                    along = np.concatenate([[-1.0, -0.98, -0.94], np.linspace(-0.8, 0.8, 9), [0.94, 0.98, 1.0]])
                    a, b = np.meshgrid(np.tan(across * math.pi / 4), np.tan(along * math.pi / 4), indexing="ij")
                    points = np.empty((*a.shape, 3))
                    points[..., axis], points[..., u], points[..., w] = sign, a, b
                    edge = np.minimum(
                        np.minimum(np.arange(9), np.arange(8, -1, -1))[:, None],
                        np.minimum(np.arange(15), np.arange(14, -1, -1))[None],
                    )
                    radius = np.choose(np.minimum(edge, 2), (0.965, 0.988, 1.0))
                    points *= (radius / np.linalg.norm(points, axis=-1))[..., None]
                    sheet = lattice(points, slot=(0, 1, 3)[axis] if k != 1 else (1, 3, 0)[axis])
                    strips.append(self.dark_seam(sheet if sign > 0 else sheet.flipped()))
        return sh.join(strips)

    def dark_seam(self, panel: MeshData) -> MeshData:
        return sh.painted(panel, 2, lambda c: np.linalg.norm(c, axis=1) < 0.976)


class SwimRing(Family):
    """An inflated ring lying flat: panels in turn, pinched at the seams, with a valve and a rope."""

    name = "swim_ring"
    params = {"diameter": Span(0.7, 1.3), "thickness": Span(0.18, 0.3), "panels": Choice((6, 8, 12))}
    slots = (
        Slot("panels", ("plain", "dots", "print", "patches", "stripes"), "vivid", (0.04, 0.12), (0.15, 0.35)),
        Slot("others", ("plain", "stripes", "checker", "dots"), "vivid", (0.04, 0.1), (0.15, 0.35)),
        Slot("seams", ("plain",), "light", (0.02, 0.05), (0.2, 0.4)),
    )
    tags = ("toy", "inflatable")

    def size(self, p: TypedParams) -> Extent:
        return p.real("diameter"), p.real("diameter"), p.real("thickness")

    def build(self, p: TypedParams) -> MeshData:
        diameter, thickness, panels = p.real("diameter"), p.real("thickness"), p.count("panels")
        minor = thickness / 2.0
        major = diameter / 2.0 - minor
        steps = 72 - 72 % panels
        per = steps // panels
        t = sh.TAU * np.arange(steps) / steps
        away = np.abs((np.arange(steps) + per / 2) % per - per / 2) / per
        radius = minor * (1.0 - 0.075 * np.exp(-((away * per / 0.9) ** 2)))
        ring = tube(np.stack([major * np.cos(t), major * np.sin(t), 0 * t], axis=1), radius, 22, closed=True)
        ring = sh.sectored(ring, (0, 1) * (panels // 2))
        weld = [sh.torus(major + s * (minor + 0.002), 0.004, 64, 5, 2) for s in (-1, 1)]
        valve = (
            sh.join(sh.pill(0.02, 0.012, 0.004, 14, 2), sh.pill(0.011, 0.028, 0.004, 12, 2))
            .turned("x", 0.9)
            .moved(y=-major + 0.75 * minor, z=0.62 * minor)
        )
        return sh.join(ring, weld, valve)


class Balloons(Family):
    """One balloon or a bunch of them on strings that are tied to a weight."""

    name = "balloons"
    params = {"count": Choice((1, 3, 4, 5)), "height": Span(1.1, 1.7), "diameter": Span(0.26, 0.36)}
    slots = (
        Slot("first", ("plain", "dots", "print", "stripes"), "vivid", (0.03, 0.08), (0.1, 0.3)),
        Slot("second", ("plain", "stripes", "patches", "dots"), "vivid", (0.03, 0.08), (0.1, 0.3)),
        Slot("third", ("plain", "checker", "dots", "print"), "vivid", (0.03, 0.08), (0.1, 0.3)),
        Slot("weight", ("plain", "stripes", "metal"), "metal", (0.02, 0.04), (0.2, 0.5)),
    )
    tags = ("toy", "flies", "inflatable")

    def size(self, p: TypedParams) -> Extent:
        reach = p.real("diameter") * (1.0 if p.value("count") == 1 else 2.3)
        return reach, reach, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        count, h, size = p.count("count"), p.real("height"), p.real("diameter")
        spots = (
            [(0.0, 0.0, 0.0)]
            if count == 1
            else [
                (0.62 * size * math.cos(a), 0.62 * size * math.sin(a), lift * size)
                for a, lift in zip(
                    sh.TAU * np.arange(count) / count + 0.5, [0.0, -0.5, -0.15, -0.6, -0.3], strict=False
                )
            ]
        )
        base = np.array([0.0, 0.0, 0.05])
        parts = [lathe(sh.rounded([(0, 0), (0.06, 0), (0.045, 0.05), (0, 0.055)], 0.015, 3), 20, 3)]
        for k, (x, y, z) in enumerate(spots):
            knot = np.array([x, y, h - 1.22 * size + z])
            lean = math.atan2(math.hypot(x, y), 3.0 * size), math.atan2(y, x)
            # A balloon of this diameter with its knot at the origin.
            r = size / 2.0
            curve = sh.smooth([(0.1, 0.03), (0.3, 0.14), (0.66, 0.5), (0.93, 0.95), (1.0, 1.4), (0.84, 1.95),
                            (0.48, 2.3), (0.18, 2.42)], 3)  # fmt: skip
            skin = lathe([(0.0, 0.0), (0.14, -0.1), (0.05, 0.0), *curve, (0.0, 2.44)], 28, k % 3)
            one = skin.scaled(r, r, r).turned("y", lean[0]).turned("z", lean[1]).moved(*knot)
            string = sh.smooth([base, base + (knot - base) * [0.3, 0.3, 0.45] + [0.015, 0.01, 0], knot], 7)
            parts += [one, tube(string, 0.0035, 5, slot=3)]
        return sh.join(parts)


class Kite(Family):
    """A diamond kite of four panels on crossed spars, with a bowed tail."""

    name = "kite"
    params = {"width": Span(0.65, 1.05), "height": Span(1.5, 2.2), "bows": Count(4, 7)}
    slots = (
        Slot("panels", ("stripes", "patches", "checker", "print"), "vivid", (0.05, 0.12), (0.5, 0.8)),
        Slot("others", ("plain", "dots", "patches", "fabric"), "vivid", (0.04, 0.1), (0.5, 0.8)),
        Slot("spars", ("wood",), "wood", (0.01, 0.03), (0.4, 0.7)),
        Slot("hems", ("plain", "stripes"), "vivid", (0.02, 0.04), (0.5, 0.8)),
    )
    tags = ("toy", "flies")

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.165 * p.real("width"), p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        w, h, bows = p.real("width"), p.real("height"), p.count("bows")
        top, cross = h, h - 0.36 * w * 1.3
        foot = h - 1.3 * w
        middle = np.array([0.0, -0.03, cross])
        corners = [
            np.array(c) for c in ((0, 0, top), (w / 2, 0.05 * w, cross), (0, 0, foot), (-w / 2, 0.05 * w, cross))
        ]
        panels = [self.kite_panel(middle, corners[k], corners[(k + 1) % 4], k % 2) for k in range(4)]
        behind = middle + np.array([0.0, 0.008, 0.0])
        spars = [tube(np.stack([corners[k], behind, corners[k + 2]]), 0.006, 8, slot=2) for k in (0, 1)]
        hems = [sh.rod(a, b, 0.005, 6, 3) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
        s = np.linspace(0.0, 1.0, 28)
        tail = np.stack([0.13 * w * np.sin(9.0 * s) * s**0.5, 0.06 * w * np.sin(6 * s), foot * (1 - s)], axis=1)
        parts = [*panels, *spars, *hems, tube(tail, 0.004, 5, slot=2)]
        for k in range(bows):
            at = tail[int(27 * (k + 0.7) / bows)]
            size = 0.11 * w
            slot = (1, 0, 3)[k % 3]
            wing = lattice(
                np.array(
                    [
                        [[0, 0, -0.012], [0, 0, 0.012]],
                        [[size / 2, -0.01, -0.016], [size / 2, -0.01, 0.016]],
                        [[size, 0.0, -0.045], [size, 0.0, 0.045]],
                    ]
                ),
                slot=slot,
            )
            parts.append(sh.join(sh.both_sides(wing), sh.ellipsoid(0.012, 0.01, 0.014, slot, 8, 6)).moved(*at))
        return sh.join(parts)

    def kite_panel(self, a: Floats, b: Floats, c: Floats, slot: int) -> MeshData:
        """A triangular cloth panel with a little sag backwards."""
        rows = []
        for v in np.linspace(1.0, 0.02, 9):
            u = np.linspace(0.0, 1.0, 9)[:, None]
            line = a + (b - a) * v * (1 - u) + (c - a) * v * u
            line[:, 1] += 0.05 * v * (1 - v) * 4 * 0.4 + 0.05 * v * (u * (1 - u) * 4)[:, 0]
            rows.append(line)
        return lattice(np.stack(rows), slot=slot)


BALLS_AND_KITES: tuple[Family, ...] = (Ball(), SwimRing(), Balloons(), Kite())

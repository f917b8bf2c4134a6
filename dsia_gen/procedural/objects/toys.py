"""Balls, inflatables, balloons, kites, blocks, a robot, a bear, a duck, a top, a drum and a guitar."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.mesh import Floats, MeshData, fit, icosphere, lathe, lattice, mesh, tube
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shapes import (
    TAU,
    bent,
    both_sides,
    cushion,
    ellipsoid,
    inset,
    join,
    loft,
    painted,
    pill,
    placed,
    rod,
    rounded,
    sectored,
    slab,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.table_family import Builder


def ball(p: TypedParams) -> MeshData:
    """A beach ball of six gores, a football of 32 panels, or a volleyball of 18 strips; seams are grooves."""
    diameter = p.real("diameter")
    make = {"beach": _beach_ball, "football": _football, "volleyball": _volleyball}[p.text("style")]
    return fit(make(), (diameter, diameter, diameter))


def _beach_ball() -> MeshData:
    gores = 6
    latitude = np.linspace(-math.pi / 2, math.pi / 2, 33)
    profile = np.stack([np.cos(latitude), np.sin(latitude)], axis=1)
    profile[[0, -1], 0] = 0.0
    segments = gores * 12

    def seamed(v: Floats) -> Floats:
        turn = arctan2(v[:, 1], v[:, 0]) * gores / TAU
        away = np.abs(turn - np.round(turn)) * TAU / gores * np.hypot(v[:, 0], v[:, 1])
        return np.asarray(v * (1.0 - 0.022 * np.exp(-((away / 0.035) ** 2)))[:, None])

    body = bent(lathe(profile, segments), seamed)

    body = sectored(body, (0, 1, 0, 2, 0, 3))
    caps = [ellipsoid(0.16, 0.16, 0.03, 0, 24, 8).moved(z=s * 0.985) for s in (-1, 1)]
    return join(body, caps).turned("x", 0.7).turned("y", 0.4)


def _football() -> MeshData:
    """Truncated icosahedron: pentagons about the corners of an icosahedron, hexagons about its faces."""
    base = icosphere(0)
    v, tri = base.vertices, base.corners.reshape(-1, 3)
    cut = {(a, b): (2 * v[a] + v[b]) / 3.0 for f in tri for a, b in ((i, j) for i in f for j in f if i != j)}
    panels = [np.array([cut[f[k], f[(k + n) % 3]] for k in range(3) for n in (1, 2)]) for f in tri]
    hexagons = [_panel(_ordered(corners), 0) for corners in panels]
    pentagons = [_panel(_ordered(np.array([point for (a, _), point in cut.items() if a == k])), 1) for k in range(12)]
    return join(hexagons, pentagons)


def _ordered(corners: Floats) -> Floats:
    """Corners counter-clockwise about their middle, seen from outside."""
    normal = corners.mean(axis=0)
    normal /= np.linalg.norm(normal)
    u = corners[0] - normal * float(corners[0] @ normal)
    w = np.cross(normal, u)
    return corners[np.argsort(arctan2(corners @ w, corners @ u))]


def _panel(corners: Floats, slot: int, per_edge: int = 4) -> MeshData:
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
    return _dark_seam(join(skin, hub))


def _dark_seam(panel: MeshData) -> MeshData:
    return painted(panel, 2, lambda c: np.linalg.norm(c, axis=1) < 0.976)


def _volleyball() -> MeshData:
    """A cube blown up to a sphere; three strips on each side, alternating in direction and colour."""
    strips = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            for k in range(3):
                strips.append(_strip(axis, sign, k))
    return join(strips)


def _strip(axis: int, sign: float, k: int) -> MeshData:
    u, w = (axis + 1) % 3, (axis + 2) % 3
    low, high = -1.0 + 2.0 * k / 3.0, -1.0 + 2.0 * (k + 1) / 3.0
    across = low + (high - low) * np.array([0.0, 0.04, 0.1, 0.3, 0.5, 0.7, 0.9, 0.96, 1.0])
    along = np.concatenate([[-1.0, -0.98, -0.94], np.linspace(-0.8, 0.8, 9), [0.94, 0.98, 1.0]])
    a, b = np.meshgrid(np.tan(across * math.pi / 4), np.tan(along * math.pi / 4), indexing="ij")
    points = np.empty((*a.shape, 3))
    points[..., axis], points[..., u], points[..., w] = sign, a, b
    edge = np.minimum(np.minimum(np.arange(9), np.arange(8, -1, -1))[:, None],
        np.minimum(np.arange(15), np.arange(14, -1, -1))[None])  # fmt: skip
    radius = np.choose(np.minimum(edge, 2), (0.965, 0.988, 1.0))
    points *= (radius / np.linalg.norm(points, axis=-1))[..., None]
    sheet = lattice(points, slot=(0, 1, 3)[axis] if k != 1 else (1, 3, 0)[axis])
    return _dark_seam(sheet if sign > 0 else sheet.flipped())


def swim_ring(p: TypedParams) -> MeshData:
    """An inflated ring lying flat: panels in turn, pinched at the seams, with a valve and a rope."""
    diameter, thickness, panels = p.real("diameter"), p.real("thickness"), p.count("panels")
    minor = thickness / 2.0
    major = diameter / 2.0 - minor
    steps = 72 - 72 % panels
    per = steps // panels
    t = TAU * np.arange(steps) / steps
    away = np.abs((np.arange(steps) + per / 2) % per - per / 2) / per
    radius = minor * (1.0 - 0.075 * np.exp(-((away * per / 0.9) ** 2)))
    ring = tube(np.stack([major * np.cos(t), major * np.sin(t), 0 * t], axis=1), radius, 22, closed=True)
    ring = sectored(ring, (0, 1) * (panels // 2))
    weld = [torus(major + s * (minor + 0.002), 0.004, 64, 5, 2) for s in (-1, 1)]
    valve = (join(pill(0.02, 0.012, 0.004, 14, 2), pill(0.011, 0.028, 0.004, 12, 2)) .turned("x",
        0.9) .moved(y=-major + 0.75 * minor, z=0.62 * minor))  # fmt: skip
    whole = join(ring, weld, valve)
    return fit(whole, (diameter, diameter, thickness))


def balloons(p: TypedParams) -> MeshData:
    """One balloon or a bunch of them on strings that are tied to a weight."""
    count, h, size = p.count("count"), p.real("height"), p.real("diameter")
    spots = ([(0.0, 0.0, 0.0)] if count == 1 else [(0.62 * size * math.cos(a), 0.62 * size * math.sin(a),
        lift * size) for a, lift in zip(TAU * np.arange(count) / count + 0.5, [0.0, -0.5, -0.15, -0.6, -0.3],
        strict=False)])  # fmt: skip
    base = np.array([0.0, 0.0, 0.05])
    parts = [lathe(rounded([(0, 0), (0.06, 0), (0.045, 0.05), (0, 0.055)], 0.015, 3), 20, 3)]
    for k, (x, y, z) in enumerate(spots):
        knot = np.array([x, y, h - 1.22 * size + z])
        lean = math.atan2(math.hypot(x, y), 3.0 * size), math.atan2(y, x)
        one = _balloon(size, k % 3).turned("y", lean[0]).turned("z", lean[1]).moved(*knot)
        string = smooth([base, base + (knot - base) * [0.3, 0.3, 0.45] + [0.015, 0.01, 0], knot], 7)
        parts += [one, tube(string, 0.0035, 5, slot=3)]
    whole = join(parts)
    reach = size if count == 1 else 2.3 * size
    return fit(whole, (reach, reach, h))


def _balloon(size: float, slot: int) -> MeshData:
    """A balloon of this diameter with its knot at the origin."""
    r = size / 2.0
    curve = smooth([(0.1, 0.03), (0.3, 0.14), (0.66, 0.5), (0.93, 0.95), (1.0, 1.4), (0.84, 1.95), (0.48, 2.3),
        (0.18, 2.42)], 3)  # fmt: skip
    skin = lathe([(0.0, 0.0), (0.14, -0.1), (0.05, 0.0), *curve, (0.0, 2.44)], 28, slot)
    return skin.scaled(r, r, r)


def kite(p: TypedParams) -> MeshData:
    """A diamond kite of four panels on crossed spars, with a bowed tail."""
    w, h, bows = p.real("width"), p.real("height"), p.count("bows")
    top, cross = h, h - 0.36 * w * 1.3
    foot = h - 1.3 * w
    middle = np.array([0.0, -0.03, cross])
    corners = [np.array(c) for c in ((0, 0, top), (w / 2, 0.05 * w, cross), (0, 0, foot), (-w / 2, 0.05 * w, cross))]
    panels = [_kite_panel(middle, corners[k], corners[(k + 1) % 4], k % 2) for k in range(4)]
    behind = middle + np.array([0.0, 0.008, 0.0])
    spars = [tube(np.stack([corners[k], behind, corners[k + 2]]), 0.006, 8, slot=2) for k in (0, 1)]
    hems = [rod(a, b, 0.005, 6, 3) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    s = np.linspace(0.0, 1.0, 28)
    tail = np.stack([0.13 * w * np.sin(9.0 * s) * s**0.5, 0.06 * w * np.sin(6 * s), foot * (1 - s)], axis=1)
    parts = [*panels, *spars, *hems, tube(tail, 0.004, 5, slot=2)]
    for k in range(bows):
        at = tail[int(27 * (k + 0.7) / bows)]
        parts.append(_tail_bow(0.11 * w, (1, 0, 3)[k % 3]).moved(*at))
    return fit(join(parts), (w, 0.165 * w, h))


def _kite_panel(a: Floats, b: Floats, c: Floats, slot: int) -> MeshData:
    """A triangular cloth panel with a little sag backwards."""
    rows = []
    for v in np.linspace(1.0, 0.02, 9):
        u = np.linspace(0.0, 1.0, 9)[:, None]
        line = a + (b - a) * v * (1 - u) + (c - a) * v * u
        line[:, 1] += 0.05 * v * (1 - v) * 4 * 0.4 + 0.05 * v * (u * (1 - u) * 4)[:, 0]
        rows.append(line)
    return lattice(np.stack(rows), slot=slot)


def _tail_bow(size: float, slot: int) -> MeshData:
    wing = lattice(np.array([[[0, 0, -0.012], [0, 0, 0.012]], [[size / 2, -0.01, -0.016], [size / 2, -0.01, 0.016]],
        [[size, 0.0, -0.045], [size, 0.0, 0.045]]]), slot=slot)  # fmt: skip
    return join(both_sides(wing), ellipsoid(0.012, 0.01, 0.014, slot, 8, 6))


def toy_blocks(p: TypedParams) -> MeshData:
    """A tower of printed blocks, each turned a little from the one below."""
    edge, count, twist = p.real("edge"), p.count("count"), p.real("twist")
    parts = []
    for k in range(count):
        block = join(cushion(edge, edge, edge, 0.1 * edge, k % 3, 4),
            [cushion(0.76 * edge, 0.02 * edge, 0.76 * edge, 0.008 * edge, 3, 2).moved(y=-0.495 * edge).turned("z",
            a) for a in (0.0, math.pi / 2, math.pi, -math.pi / 2)])  # fmt: skip
        turn = twist * ((k * 0.618) % 1.0 - 0.5)
        parts.append(block.turned("z", turn).moved(x=0.0, z=(k + 0.5) * edge))
    whole = join(parts)
    side = edge * (math.cos(twist / 2.0) + math.sin(twist / 2.0))
    return fit(whole, (side, side, count * edge))


def robot(p: TypedParams) -> MeshData:
    """A tin robot: dials on its chest, lamp eyes, hose arms with claws, block feet, a spring antenna."""
    h = p.real("height")
    trunk = cushion(0.36, 0.24, 0.34, 0.04, 0, 3).moved(z=0.46)
    panel = cushion(0.27, 0.02, 0.2, 0.008, 1, 2).moved(y=-0.122, z=0.47)
    dials = [pill(r, 0.02, 0.005, 14, 2).turned("x", math.pi / 2).moved(x=x, y=-0.125, z=z) for x, z,
        r in ((-0.075, 0.515, 0.035), (0.03, 0.525, 0.024), (0.09, 0.525, 0.02))]  # fmt: skip
    keys = [cushion(0.036, 0.022, 0.022, 0.006, 3, 2).moved(x=-0.085 + 0.057 * k, y=-0.134, z=0.425) for k in range(4)]
    neck = [torus(0.06, 0.016, 16, 6, 2).moved(z=0.645 + 0.02 * k) for k in range(2)]
    head = cushion(0.27, 0.22, 0.2, 0.05, 0, 3).moved(z=0.78)
    face = cushion(0.22, 0.02, 0.13, 0.01, 4, 2).moved(y=-0.108, z=0.785)
    eyes = both_sides(join(torus(0.032, 0.009, 14, 6, 2), ellipsoid(0.03, 0.03, 0.02, 3, 12, 6)) .turned("x",
        math.pi / 2) .moved(x=0.058, y=-0.118, z=0.805))  # fmt: skip
    teeth = cushion(0.12, 0.012, 0.022, 0.005, 2, 2).moved(y=-0.119, z=0.742)
    ears = both_sides(pill(0.045, 0.035, 0.01, 14, 1).turned("y", math.pi / 2).moved(x=0.125, z=0.79))
    s = np.linspace(0, 4 * TAU, 33)
    spring = tube(np.stack([0.014 * np.cos(s), 0.014 * np.sin(s), 0.875 + 0.07 * s / s[-1]], axis=1), 0.004, 5, slot=2)
    knob = ellipsoid(0.026, 0.026, 0.026, 3, 12, 8).moved(z=0.968)
    arms = both_sides(_robot_arm())
    legs = both_sides(_robot_leg())
    key = join(rod((0, 0.11, 0.48), (0, 0.17, 0.48), 0.012, 10, 2),
        torus(0.03, 0.01, 12, 5, 2).turned("y", math.pi / 2).moved(y=0.19, z=0.51),
        torus(0.03, 0.01, 12, 5, 2).turned("y", math.pi / 2).moved(y=0.19, z=0.45))  # fmt: skip
    return fit(join(trunk, panel, dials, keys, neck, head, face, eyes, teeth, ears, spring, knob, arms, legs, key),
        (0.61 * h, 0.405 * h, 0.994 * h))  # fmt: skip


def _robot_arm() -> MeshData:
    shoulder = ellipsoid(0.055, 0.055, 0.055, 1, 14, 8).moved(x=0.2, z=0.565)
    path = smooth([(0.2, 0, 0.56), (0.262, -0.005, 0.48), (0.265, -0.05, 0.39), (0.255, -0.11, 0.34)], 7)
    ridges = 0.031 + 0.006 * np.cos(np.arange(len(path)) * math.pi)
    claw = slab(rounded([(-0.045, 0.0), (-0.05, -0.07), (-0.022, -0.07), (-0.018, -0.03), (0.018, -0.03),
        (0.022, -0.07), (0.05, -0.07), (0.045, 0.0)], 0.012, 2, closed=True), 0.03, 0.008, (1, 1))  # fmt: skip
    hand = (join(pill(0.042, 0.03, 0.008, 12, 2).moved(z=-0.01), claw).turned("x", -0.9).moved(x=0.254, y=-0.115,
        z=0.335))  # fmt: skip
    return join(shoulder, tube(path, ridges, 8, slot=2), hand)


def _robot_leg() -> MeshData:
    rings = [torus(0.05, 0.018, 12, 6, 2).moved(x=0.095, z=0.14 + 0.055 * k) for k in range(3)]
    shin = rod((0.095, 0, 0.08), (0.095, 0, 0.3), 0.045, 16, 2)
    foot = cushion(0.15, 0.24, 0.1, 0.035, 1, 3).moved(x=0.097, y=-0.03, z=0.05)
    toe = cushion(0.13, 0.015, 0.04, 0.006, 3, 2).moved(x=0.097, y=-0.15, z=0.045)
    return join(rings, shin, foot, toe)


def plush_bear(p: TypedParams) -> MeshData:
    """A sitting teddy bear: snout, ears, paws with pads, belly patch, a bow tie."""
    h = p.real("height")
    trunk = ellipsoid(0.235, 0.2, 0.27, 0, 24, 14, 2.2).moved(z=0.27)
    belly = ellipsoid(0.16, 0.08, 0.18, 1, 20, 10).moved(y=-0.15, z=0.26)
    head = ellipsoid(0.225, 0.195, 0.19, 0, 24, 14, 2.2).moved(y=-0.02, z=0.7)
    snout = ellipsoid(0.1, 0.09, 0.08, 1, 20, 12).moved(y=-0.19, z=0.655)
    nose = ellipsoid(0.04, 0.026, 0.028, 2, 14, 8).moved(y=-0.276, z=0.685)
    mouth = tube(smooth([(-0.04, -0.255, 0.625), (-0.018, -0.274, 0.612), (0, -0.28, 0.632), (0.018, -0.274, 0.612),
        (0.04, -0.255, 0.625)], 3), 0.006, 6, slot=2)  # fmt: skip
    eyes = both_sides(ellipsoid(0.026, 0.02, 0.028, 2, 14, 8).moved(x=0.085, y=-0.193, z=0.745))
    ear = join(ellipsoid(0.085, 0.045, 0.085, 0, 18, 10), ellipsoid(0.055, 0.03, 0.055, 1, 16, 8).moved(y=-0.028))
    ears = both_sides(ear.turned("z", 0.25).moved(x=0.165, y=-0.01, z=0.865))
    arm = join(ellipsoid(0.085, 0.085, 0.19, 0, 18, 10).turned("y", -0.62),
        ellipsoid(0.055, 0.05, 0.055, 1, 14, 8).moved(x=0.1, y=-0.03, z=-0.135))  # fmt: skip
    arms = both_sides(arm.turned("x", -0.35).moved(x=0.25, y=-0.08, z=0.38))
    leg = join(ellipsoid(0.11, 0.2, 0.105, 0, 18, 10),
        ellipsoid(0.1, 0.06, 0.125, 0, 16, 10).moved(y=-0.17, z=0.02),
        ellipsoid(0.068, 0.03, 0.085, 1, 16, 8).moved(y=-0.214, z=0.025))  # fmt: skip
    legs = both_sides(leg.turned("z", 0.42).moved(x=0.2, y=-0.19, z=0.112))
    tie = join(both_sides(ellipsoid(0.075, 0.03, 0.06, 3, 16, 10, 2.6).moved(x=0.075)),
        ellipsoid(0.03, 0.035, 0.035, 3, 12, 8)).moved(y=-0.19, z=0.51)  # fmt: skip
    whole = join(trunk, belly, head, snout, nose, mouth, eyes, ears, arms, legs, tie)
    return fit(whole, (0.85 * h, 0.66 * h, h))


def duck(p: TypedParams) -> MeshData:
    """A bath duck."""
    length = p.real("length")
    ys = np.array([-0.36, -0.33, -0.24, -0.08, 0.1, 0.24, 0.36, 0.45, 0.49])
    half = np.array([0.02, 0.14, 0.25, 0.31, 0.3, 0.24, 0.15, 0.07, 0.015])
    low = np.array([0.16, 0.07, 0.015, 0.0, 0.0, 0.04, 0.13, 0.24, 0.32])
    high = np.array([0.22, 0.32, 0.42, 0.45, 0.42, 0.4, 0.4, 0.4, 0.38])
    table = smooth(np.stack([ys, half, low, high], axis=1), 3)
    body = loft([placed(superellipse(a, (t - b) / 2, 2.3, 32), y, "y") + np.array([0, 0, (t + b) / 2]) for y, a, b,
        t in table])  # fmt: skip
    body = painted(body, 1, lambda c: c[:, 2] < 0.1)
    head = ellipsoid(0.205, 0.205, 0.195, 0, 28, 16).moved(y=-0.2, z=0.6)
    neck = lathe(smooth([(0.2, 0.0), (0.155, 0.09), (0.16, 0.16)], 4), 28).moved(y=-0.19, z=0.37)
    bill = join(ellipsoid(0.095, 0.1, 0.03, 2, 20, 10).turned("x", -0.22).moved(y=-0.41, z=0.575),
        ellipsoid(0.085, 0.085, 0.026, 2, 20, 10).turned("x", 0.12).moved(y=-0.39, z=0.54))  # fmt: skip
    eyes = both_sides(join(ellipsoid(0.042, 0.025, 0.05, 4, 14, 8),
        ellipsoid(0.026, 0.02, 0.034, 3, 12, 8).moved(y=-0.012)) .turned("z", 0.5) .moved(x=0.1, y=-0.375,
        z=0.655))  # fmt: skip
    wing = bent(ellipsoid(0.05, 0.2, 0.12, 1, 24, 12),
        lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0], 0.9 * np.maximum(v[:, 1], 0) ** 1.5], axis=1))  # fmt: skip
    wings = both_sides(wing.turned("z", 0.12).moved(x=0.3, y=0.09, z=0.27))
    return fit(join(body, head, neck, bill, eyes, wings), (0.71 * length, length, 0.8 * length))


def spinning_top(p: TypedParams) -> MeshData:
    """A humming top on its tip: a painted body with a beaded edge and a twisted handle."""
    diameter = p.real("diameter")
    h = p.real("tallness") * diameter
    curve = smooth([(0.03, 0.06), (0.2, 0.13), (0.42, 0.28), (0.5, 0.43), (0.46, 0.53), (0.3, 0.61), (0.1, 0.66)], 5)
    body = lathe([(0, 0), (0.018, 0.02), *curve, (0.035, 0.68), (0.03, 0.82), (0.03, 0.9), (0, 0.9)], 40)
    body = painted(body, 1, lambda c: (c[:, 2] > 0.34) & (c[:, 2] < 0.5))
    body = painted(body, 2, lambda c: (c[:, 2] > 0.67) | (c[:, 2] < 0.075))
    body = painted(body, 3, lambda c: (c[:, 2] > 0.5) & (c[:, 2] < 0.6))
    bands = [torus(r, 0.011, 40, 8, 2).moved(z=z) for z, r in ((0.34, 0.466), (0.5, 0.484))]
    knob = ellipsoid(0.065, 0.065, 0.055, 2, 20, 12).moved(z=0.945)
    return fit(join(body, bands, knob), (diameter, diameter, h))


def drum(p: TypedParams) -> MeshData:
    """A parade drum: hoops, zigzag cords, a patterned shell, two sticks across the skin."""
    diameter, h, cords = p.real("diameter"), p.real("height"), p.count("cords")
    r, tall = diameter / 2 - 0.012, h - 0.03
    shell = lathe([(0, 0.012), (r - 0.004, 0.012), (r - 0.004, tall - 0.012), (0, tall - 0.012)], 48)
    shell = painted(shell, 2, lambda c: (c[:, 2] > tall - 0.02) | (c[:, 2] < 0.02))
    hoop = lathe(rounded([(r - 0.01, 0), (r + 0.012, 0), (r + 0.012, 0.045), (r - 0.01, 0.045)], 0.006, 2), 48, 1)
    hoops = [hoop, hoop.moved(z=tall - 0.045)]
    points = [(r + 0.006, TAU * (k + 0.5 * s) / cords, 0.045 if s == 0 else tall - 0.045) for k in range(cords)
        for s in (0, 1)]  # fmt: skip
    path = np.array([(q * math.cos(a), q * math.sin(a), z) for q, a, z in points])
    rope = tube(path, 0.005, 6, closed=True, slot=3)
    tags = [cushion(0.026, 0.012, 0.04, 0.005, 3, 2) .moved(y=-r - 0.006, z=0.5 * tall - 0.12 * tall) .turned("z",
        TAU * k / cords) for k in range(cords)]  # fmt: skip
    stick = join(rod((-0.5 * diameter, 0, 0), (0.34 * diameter, 0, 0), (0.009, 0.007), 8, 3),
        ellipsoid(0.018, 0.012, 0.012, 3, 10, 8).moved(x=0.35 * diameter))  # fmt: skip
    sticks = [stick.turned("z", a).moved(y=y, z=tall + 0.008 + dz) for a, y,
        dz in ((0.5, -0.02, 0.0), (-0.45, 0.03, 0.012))]  # fmt: skip
    return fit(join(shell, hoops, rope, tags, sticks), (diameter, diameter, h))


def guitar(p: TypedParams) -> MeshData:
    """An acoustic guitar standing upright: bound body, rosette, bridge, frets, headstock, strings."""
    h = p.real("height")
    right = np.array([(0.0, 0.0), (0.1, 0.006), (0.17, 0.06), (0.188, 0.14), (0.155, 0.23), (0.118, 0.3),
        (0.128, 0.37), (0.132, 0.42), (0.095, 0.472), (0.03, 0.482)])  # fmt: skip
    outline = smooth(np.concatenate([right, right[:0:-1] * [-1.0, 1.0]]), 4, closed=True)
    body = slab(outline, 0.1, 0.004, (0, 1))
    body = painted(body, 1, lambda c: c[:, 1] > 0.02)
    body = body.grained("z", 2)
    binding = [tube(placed(inset(outline, 0.001), s * 0.05, "y"), 0.004, 5, closed=True, slot=4) for s in (-1, 1)]
    hole = pill(0.05, 0.002, 0.0005, 32, 3).turned("x", math.pi / 2).moved(y=-0.05, z=0.31)
    rosette = [torus(q, 0.004, 32, 5, 4).turned("x", math.pi / 2).moved(y=-0.05, z=0.31) for q in (0.053, 0.064)]
    guard = slab(smooth([(0.02, 0.25), (0.06, 0.28), (0.075, 0.34), (0.1, 0.3), (0.09, 0.23), (0.05, 0.21)], 3,
        closed=True), 0.003, 0.001, (3, 3)).moved(y=-0.051)  # fmt: skip
    bridge = cushion(0.16, 0.018, 0.026, 0.006, 3, 2).moved(y=-0.057, z=0.14)
    neck = loft([placed(superellipse(a, b, 2.6, 16), z, "z") + np.array([0, -0.045 + b, 0]) for z, a,
        b in ((0.4, 0.03, 0.03), (0.5, 0.029, 0.014), (0.84, 0.024, 0.012), (0.86, 0.024, 0.012))], 1)  # fmt: skip
    board = cushion(0.056, 0.01, 0.48, 0.002, 3, 2).moved(y=-0.057, z=0.61)
    frets = [cushion(0.054, 0.004, 0.003, 0.001, 4, 2).moved(y=-0.063, z=0.85 - 0.6 * (1 - 2 ** (-k / 12)))
        for k in range(1, 16)]  # fmt: skip
    head = slab(rounded([(-0.026, 0.0), (-0.04, 0.03), (-0.036, 0.14), (0.0, 0.15), (0.036, 0.14), (0.04, 0.03),
        (0.026, 0.0)], 0.012, 3, closed=True), 0.018, 0.003, (2, 1))  # fmt: skip
    pegs = both_sides(join(join(rod((0.03, 0, z), (0.056, 0, z), 0.004, 6, 4),
        ellipsoid(0.011, 0.006, 0.012, 4, 10, 6).moved(x=0.06, z=z),
        rod((0.022, -0.02, z), (0.022, 0, z), 0.004, 6, 4)) for z in (0.035, 0.075, 0.115)))  # fmt: skip
    top = join(head, pegs).turned("x", 0.22).moved(y=-0.045, z=0.85)
    strings = [rod((x * 1.7, -0.068, 0.14), (x, -0.066, 0.852), 0.0011, 4, 4) for x in np.linspace(-0.019, 0.019, 6)]
    whole = join(body, binding, hole, rosette, guard, bridge, neck, board, frets, top, strings)
    return fit(whole, (0.382 * h, 0.144 * h, h))


BUILDERS: dict[str, Builder] = {
    "ball": ball,
    "swim_ring": swim_ring,
    "balloons": balloons,
    "kite": kite,
    "toy_blocks": toy_blocks,
    "robot": robot,
    "plush_bear": plush_bear,
    "duck": duck,
    "spinning_top": spinning_top,
    "drum": drum,
    "guitar": guitar,
}

"""Builders of seats, beds, tables and screens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData, box, cylinder, fit, heightfield, lathe, merge, tube
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shaping import board, cushion, lumps
from dsia_gen.procedural.table_family import Builder


def chair(p: TypedParams) -> MeshData:
    """Four legs, the back ones raked and joined by slats, and a padded seat."""
    width, depth, height, slats = p.real("width"), p.real("depth"), p.real("height"), p.count("slats")
    leg, seat = 0.036, 0.45
    front, back = -depth / 2 + leg / 2, depth / 2 - leg / 2
    parts = []
    for side in (-1, 1):
        x = side * (width - leg) / 2
        parts.append(board((leg, leg, seat - 0.05), (x, front, 0), seed=side + 1))
        post = board((leg, leg, height), (0, 0, 0), seed=side + 5)
        parts.append(_raked(post, seat, 0.1 * depth).moved(x, back - 0.1 * depth, 0))
        parts.append(board((leg * 0.6, depth - leg * 2, 0.05), (x, -0.02, seat - 0.1), seed=side + 9))
    parts += [board((width - 2 * leg, 0.02, 0.06), (0, y, seat - 0.1), seed=12) for y in (front, back - 0.1 * depth)]
    parts.append(cushion((width * 0.98, depth * 0.88, 0.075), (0, -depth * 0.06, seat - 0.055), slot=1))
    clear = height - seat - 0.08
    for k in range(slats):
        z = seat + 0.1 + clear * k / slats
        shift = 0.1 * depth * ((z - seat) / (height - seat)) ** 1.2
        size = (width - 2 * leg, 0.016, clear / slats * 0.55)
        parts.append(board(size, (0, back - 0.1 * depth + shift, z), seed=30 + k))
    return fit(merge(parts), (width, depth, height))


def _raked(post: MeshData, seat: float, lean: float) -> MeshData:
    """A post whose part above the seat leans back by `lean` metres at its top."""
    v = post.vertices.copy()
    above = np.clip((v[:, 2] - seat) / (v[:, 2].max() - seat), 0, None)
    v[:, 1] += lean * above
    v[:, 1] += 0.3 * lean * np.clip(1 - v[:, 2] / seat, 0, None)
    return replace(post, vertices=v)


def stool(p: TypedParams) -> MeshData:
    """A padded disc on four splayed legs with a ring."""
    radius, height = p.real("diameter") / 2, p.real("height")
    seat = lathe([(0, height - 0.06), (radius * 0.85, height - 0.06), (radius, height - 0.045), (radius, height - 0.02),
                  (radius * 0.92, height - 0.004), (radius * 0.6, height), (0, height)], 36)  # fmt: skip
    parts = [seat]
    for k in range(4):
        a = np.pi / 4 + k * np.pi / 2
        out = np.array([np.cos(a), np.sin(a), 0.0])
        path = [out * radius * 0.94, out * radius * 0.6 + [0, 0, height - 0.05]]
        parts.append(tube(path, [0.013, 0.017], 10, slot=1))
    ring = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    z = height * 0.3
    reach = radius * 0.84
    path = np.stack([reach * np.cos(ring), reach * np.sin(ring), np.full(28, z)], axis=1)
    parts.append(tube(path, 0.009, 8, closed=True, slot=1))
    return fit(merge(parts), (2 * radius, 2 * radius, height))


def sofa(p: TypedParams) -> MeshData:
    """A body with arms and back, loose cushions and a few pillows."""
    return _upholstered(p, p.count("seats"), p.count("seed"))


def armchair(p: TypedParams) -> MeshData:
    """A sofa with one seat."""
    return _upholstered(p, 1, p.count("seed"))


def _upholstered(p: TypedParams, seats: int, seed: int) -> MeshData:
    width, depth, height = p.real("width"), p.real("depth"), p.real("height")
    rng = np.random.default_rng(seed)
    foot, arm, rest, seat = 0.1, min(0.18, width * 0.2), 0.2, height * 0.38
    inner = width - 2 * arm
    parts = [_padded((inner + 0.04, depth, seat - foot), (0, 0, foot), 0.035)]
    parts += [_padded((arm, depth, height * 0.72 - foot), (s * (width - arm) / 2, 0, foot), 0.06) for s in (-1, 1)]
    parts.append(_padded((width - 0.06, rest, height - foot), (0, (depth - rest) / 2, foot), 0.07))
    each = inner / seats
    for k in range(seats):
        x = (k - (seats - 1) / 2) * each
        parts.append(cushion((each - 0.01, depth - rest + 0.02, 0.17), (x, -rest / 2, seat - 0.03), slot=1))
        back = cushion((each - 0.02, height * 0.48, 0.2), slot=1).turned("x", np.pi / 2 - 0.2)
        parts.append(back.moved(x, depth / 2 - rest + 0.06, seat + height * 0.26).frozen_rest())
    for k in range(1 if seats == 1 else 2 + int(rng.integers(0, 2))):
        x = (rng.uniform(-0.15, 0.15) if k == 2 else (-1) ** k * 0.5) * (inner - 0.34)
        pillow = cushion((0.42, 0.42, 0.15), slot=2).turned("x", np.pi / 2 - 0.45)
        pillow = pillow.turned("z", rng.uniform(-0.4, 0.4))
        parts.append(pillow.moved(x, depth / 2 - rest - 0.16, seat + 0.28).frozen_rest())
    for sx in (-1, 1):
        for sy in (-1, 1):
            leg = cylinder(0.018, foot + 0.01, 12, top=0.028, slot=3)
            parts.append(leg.moved(sx * (width / 2 - 0.08), sy * (depth / 2 - 0.08), 0))
    return fit(merge(parts), (width, depth, height))


def _padded(size: tuple[float, float, float], at: tuple[float, float, float], bevel: float) -> MeshData:
    return box(size, bevel, segments=5).moved(*at)


def bed(p: TypedParams) -> MeshData:
    """Frame with a headboard, mattress, two pillows and a rumpled blanket that hangs over the sides."""
    width, depth, height, seed = p.real("width"), p.real("depth"), p.real("height"), p.count("seed")
    rail, top = 0.3, 0.52
    length = depth - 0.06
    parts = [board((width, 0.05, height), (0, depth / 2 - 0.025, 0), bevel=0.012, seed=1)]
    parts.append(board((width, 0.04, rail + 0.12), (0, -depth / 2 + 0.02, 0), bevel=0.01, seed=2))
    for s in (-1, 1):
        parts.append(board((0.03, length, 0.16), (s * (width / 2 - 0.015), 0, rail - 0.14), seed=3 + s))
        for y in (-depth / 2 + 0.05, depth / 2 - 0.06):
            parts.append(board((0.05, 0.05, rail), (s * (width / 2 - 0.04), y, 0), seed=7))
    wide = width - 0.08
    parts.append(box((wide, length - 0.06, top - rail + 0.04), 0.06, 4, slot=1).moved(0, -0.005, rail - 0.04))
    parts.append(_blanket(wide + 0.05, length * 0.68, top, seed).moved(y=-length * 0.14))
    pillows = 2 if width > 1.3 else 1
    for k in range(pillows):
        pillow = cushion((wide / pillows - 0.06, 0.42, 0.15), slot=3).turned("x", 0.3)
        x = (k - (pillows - 1) / 2) * wide / pillows
        parts.append(pillow.moved(x, length / 2 - 0.3, top - 0.01).frozen_rest())
    return merge(parts)


def _blanket(width: float, length: float, top: float, seed: int) -> MeshData:
    """A sheet over a mattress whose top is at `top`, creased, its sides hanging down."""

    def height(x: Floats, y: Floats) -> Floats:
        points = np.stack([x * 4, y * 4, np.zeros_like(x)], axis=-1).reshape(-1, 3)
        rumple = lumps(points, seed, 3).reshape(x.shape)
        over = np.clip((np.abs(x) - (width / 2 - 0.06)) / 0.06, 0, 1)
        return top + 0.045 + 0.035 * rumple - 0.26 * over**2

    sheet = heightfield(width, length, 48, 56, height)
    return replace(sheet, slots=np.full_like(sheet.slots, 2)).frozen_rest()


def table(p: TypedParams) -> MeshData:
    """A top on four legs that taper to `taper` of their width, with an apron."""
    width, depth, height, taper = p.real("width"), p.real("depth"), p.real("height"), p.real("taper")
    thick, leg = 0.034, 0.065
    parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.006, seed=1)]
    inset_x, inset_y = width / 2 - leg * 0.9, depth / 2 - leg * 0.9
    for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
        post = board((leg, leg, height - thick), seed=10 + k, slot=1)
        parts.append(_tapered(post, taper).moved(sx * inset_x, sy * inset_y, 0))
    for s in (-1, 1):
        low = height - thick - 0.09
        parts.append(board((2 * inset_x - leg, 0.02, 0.09), (0, s * inset_y, low), slot=1, seed=20 + s))
        parts.append(board((0.02, 2 * inset_y - leg, 0.09), (s * inset_x, 0, low), slot=1, seed=30 + s))
    return merge(parts)


def _tapered(post: MeshData, taper: float) -> MeshData:
    """A post whose foot is `taper` as wide as its head."""
    v = post.vertices.copy()
    t = v[:, 2] / v[:, 2].max()
    v[:, :2] *= (taper + (1 - taper) * t)[:, None]
    return replace(post, vertices=v)


def round_table(p: TypedParams) -> MeshData:
    """A disc on a turned column with a wide foot."""
    r, h = p.real("diameter") / 2, p.real("height")
    top = cylinder(r, 0.03, 56, bevel=0.006).moved(z=h - 0.03).grained("x", 1)
    foot = [(0, 0), (r * 0.55, 0), (r * 0.55, 0.012), (r * 0.4, 0.03), (0.05, 0.06), (0.035, h * 0.25),
            (0.055, h * 0.45), (0.035, h * 0.6), (0.035, h * 0.8), (0.12, h - 0.03), (0, h - 0.03)]  # fmt: skip
    return merge([top, lathe(foot, 32, slot=1)])


def coffee_table(p: TypedParams) -> MeshData:
    """A low table with a lower shelf, on which magazines lie."""
    width, depth, height = p.real("width"), p.real("depth"), p.real("height")
    rng, thick, leg = np.random.default_rng(p.count("seed")), 0.028, 0.045
    pile = 0.02
    parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.005, seed=1)]
    for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
        at = (sx * (width / 2 - leg * 0.7), sy * (depth / 2 - leg * 0.7), 0.0)
        parts.append(board((leg, leg, height - thick), at, slot=1, seed=10 + k))
    low = height * 0.3
    parts.append(board((width - 2 * leg, depth - leg, 0.018), (0, 0, low), seed=20))
    for k in range(3):
        z = low + 0.018 + k * pile
        magazine = box((0.28, 0.21, pile), slot=2 + k).grained("x", k).turned("z", rng.uniform(-0.5, 0.5))
        parts.append(magazine.moved(rng.uniform(-0.2, 0.2) * width, 0, z))
    return merge(parts)


def desk(p: TypedParams) -> MeshData:
    """A top on a chest of drawers at +X and a side at -X."""
    width, depth, height, drawers = p.real("width"), p.real("depth"), p.real("height"), p.count("drawers")
    thick, chest = 0.03, 0.4
    parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.006, seed=1)]
    parts.append(board((0.03, depth - 0.06, height - thick), (-width / 2 + 0.04, 0, 0), slot=1, seed=2))
    parts.append(board((width - chest - 0.1, 0.02, 0.35), (-chest / 2, depth / 2 - 0.08, height - thick - 0.35), 1))
    x, deep = width / 2 - chest / 2 - 0.03, depth - 0.1
    parts.append(board((chest, deep, height - thick - 0.03), (x, 0.02, 0.03), slot=1, seed=3))
    tall = (height - thick - 0.06) / drawers
    for k in range(drawers):
        z = 0.04 + k * tall
        parts.append(board((chest - 0.012, 0.018, tall - 0.008), (x, -deep / 2 + 0.012, z), slot=1, seed=10 + k))
        near, far, level = -deep / 2 - 0.02, -deep / 2 + 0.005, z + tall * 0.6
        grip = [(x - 0.06, far, level), (x - 0.06, near, level), (x + 0.06, near, level), (x + 0.06, far, level)]
        parts.append(tube(grip, 0.005, 8, slot=2))
    return merge(parts)


def folding_screen(p: TypedParams) -> MeshData:
    """Panels in a zigzag, each a printed sheet in a wooden frame."""
    width, height, panels = p.real("width"), p.real("height"), p.count("panels")
    fold = 0.45
    wide = width / panels / np.cos(fold)
    parts = []
    for k in range(panels):
        x = (k - (panels - 1) / 2) * width / panels
        panel = _screen_panel(wide, height, k)
        parts.append(panel.turned("z", fold * (-1) ** k).moved(x, 0, 0))
    return fit(merge(parts), (width, 0.32, height))


def _screen_panel(wide: float, height: float, k: int) -> MeshData:
    bar = 0.035
    parts = [board((bar, 0.026, height), (s * (wide - bar) / 2, 0, 0), slot=1, seed=k * 5 + s + 1) for s in (-1, 1)]
    parts += [board((wide - 2 * bar, 0.024, bar), (0, 0, z), slot=1, seed=k) for z in (0.12, height - bar)]
    face = box((wide - 2 * bar, 0.008, height - bar - 0.15)).moved(0, 0, 0.14)
    shifted = face.moved(k * wide, 0, 0).vertices  # the picture goes on from panel to panel
    return merge([*parts, replace(face, rest=shifted)])


BUILDERS: dict[str, Builder] = {
    "chair": chair,
    "stool": stool,
    "sofa": sofa,
    "armchair": armchair,
    "bed": bed,
    "table": table,
    "round_table": round_table,
    "coffee_table": coffee_table,
    "desk": desk,
    "folding_screen": folding_screen,
}

"""Builders of cars, sheds and house fronts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData, box, cylinder, extrude, fit, lathe, lattice, merge, mesh, tube
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shaping import board
from dsia_gen.procedural.table_family import Builder
from dsia_gen.procedural.walls import Opening, pierced_slab

PAINT, WINDOW, TYRE, RIM, LAMP, TRIM = range(6)


def car(p: TypedParams) -> MeshData:
    """A hatchback: a lofted body, a glasshouse of dark panes and pillars, wheels in arches, lamps and trim."""
    width, length, height = p.real("width"), p.real("length"), p.real("height")
    half, wheel = width / 2 - 0.09, height * 0.215
    belt = height * 0.63
    parts = [_body(half, length, belt, wheel), _glasshouse(half, length, belt, height)]
    axles = (-length * 0.315, length * 0.285)
    for y in axles:
        for side in (-1, 1):
            parts += _wheel(side, half, y, wheel)
    parts += _car_details(half, length, belt, wheel)
    return fit(merge(parts), (width, length, height))


def _body(half: float, length: float, belt: float, wheel: float) -> MeshData:
    """The lower body from bumper to bumper: cross-sections (17 points) over 26 stations along Y."""
    s = np.concatenate([[0.0, 0.006, 0.02], np.linspace(0.05, 0.95, 20), [0.98, 0.994, 1.0]])
    sill = wheel * 0.62
    ends = np.minimum(s, 1 - s)
    plan = half * (0.80 + 0.20 * np.clip(ends / 0.13, 0, 1) ** 0.45)
    hood = (
        np.interp(s, [0, 0.03, 0.1, 0.28, 0.34, 0.93, 0.975, 1], [0.62, 0.75, 0.83, 0.95, 1.0, 1.0, 0.93, 0.8]) * belt
    )
    low = sill + 0.08 * np.clip(1 - ends / 0.07, 0, 1)
    # Half a section from the middle of the floor to the middle of the deck: share of half width, share of height.
    across = np.array([0.0, 0.86, 0.95, 0.985, 1.0, 0.985, 0.95, 0.86, 0.0])
    up = np.array([0.0, 0.0, 0.05, 0.22, 0.52, 0.74, 0.92, 1.0, 1.035])
    x = plan[:, None] * across
    z = low[:, None] + (hood - low)[:, None] * up
    y = np.broadcast_to(((s - 0.5) * length)[:, None], x.shape)
    right = np.stack([x, y, z], axis=-1)
    left = right[:, 1:-1][:, ::-1] * np.array([-1, 1, 1])
    ring = np.concatenate([right, left], axis=1)
    shell = lattice(ring, closed_v=True, slot=PAINT)
    caps = [_cap(ring[0], True), _cap(ring[-1], False)]
    return merge([shell.flipped() if _inward(shell) else shell, *caps])


def _cap(ring: Floats, front: bool) -> MeshData:
    order = list(range(len(ring)))
    data = mesh(ring, [order], PAINT)
    normal = np.cross(ring[4] - ring[0], ring[8] - ring[0])[1]
    return data if (normal < 0) == front else data.flipped()


def _inward(shell: MeshData) -> bool:
    """Whether the first faces of a closed loft look at its axis."""
    v = shell.vertices[shell.corners[: 4 * 200].reshape(-1, 4)]
    normal = np.cross(v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])
    away = v.mean(axis=1) - shell.vertices.mean(axis=0)
    away[:, 1] = 0
    return bool((normal * away).sum() < 0)


def _glasshouse(half: float, length: float, belt: float, height: float) -> MeshData:
    """Windscreen, side windows with pillars, roof and rear window over the belt line."""
    y = np.array([-0.185, -0.17, -0.06, -0.045, 0.10, 0.115, 0.13, 0.27, 0.30, 0.405, 0.425, 0.44]) * length
    rise = np.interp(
        y / length, [-0.185, -0.045, 0.02, 0.15, 0.30, 0.425, 0.44], [0.0, 0.93, 0.99, 1.0, 0.93, 0.2, 0.0]
    )
    top = belt * 0.985 + (height - belt * 0.985) * rise
    inner = half * (0.95 - 0.20 * rise)
    across = np.array([-1.0, -0.97, -0.62, 0.0, 0.62, 0.97, 1.0])
    lift = np.array([0.0, 0.90, 0.985, 1.0, 0.985, 0.90, 0.0])
    base = np.full_like(y, belt * 0.97)
    # The side line runs from the full width at the belt to the narrower roof.
    x = np.where(np.abs(across) == 1.0, half * 0.955, inner[:, None]) * across
    z = base[:, None] + (top - base)[:, None] * lift
    points = np.stack([x, np.broadcast_to(y[:, None], x.shape), z], axis=-1)
    slots = np.full((len(y) - 1, 6), PAINT)
    slots[1, 1:5] = WINDOW
    slots[9, 1:5] = WINDOW
    for k in (2, 3, 5, 6, 7):
        slots[k, [0, 5]] = WINDOW
    slots[[1, 8, 9], 0] = slots[[1, 8, 9], 5] = PAINT
    slots[4, [0, 5]] = TRIM
    shell = lattice(points)
    flat = slots.reshape(-1).astype(np.int32)
    data = replace(shell, slots=flat, smooth=flat == PAINT)
    return data.flipped() if _points_down(data) else data


def _points_down(data: MeshData) -> bool:
    v = data.vertices[data.corners.reshape(-1, 4)]
    return bool(np.cross(v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])[:, 2].sum() < 0)


def _wheel(side: int, half: float, y: float, r: float) -> list[MeshData]:
    """A dark arch round a tyre of radius `r`, and a rim with spokes; the tyre stands out 4.5 cm from the body."""
    arch = _ring([(r * 0.9, -0.1), (r * 1.2, -0.1), (r * 1.2, 0.012), (r * 0.9, 0.012)], TRIM)
    tyre = _ring([(r * 0.62, -0.15), (r * 0.9, -0.15), (r, -0.12), (r, 0.02), (r * 0.9, 0.045), (r * 0.68, 0.045),
                  (r * 0.62, 0.03)], TYRE)  # fmt: skip
    rim = _ring([(r * 0.56, 0.0), (r * 0.65, 0.0), (r * 0.66, 0.036), (r * 0.57, 0.036)], RIM)
    parts = [arch, tyre, rim, cylinder(r * 0.64, 0.05, 28, slot=TRIM).moved(z=-0.042)]
    for k in range(5):
        spoke = board((r * 0.17, r * 0.58, 0.024), (0, r * 0.3, 0.006), slot=RIM, seed=k)
        parts.append(spoke.turned("z", 2 * np.pi * k / 5))
    parts.append(cylinder(r * 0.16, 0.034, 16, bevel=0.008, slot=RIM).moved(z=0.006))
    return [part.moved(z=half).turned("y", side * np.pi / 2).moved(0, y, r) for part in parts]


def _ring(section: list[tuple[float, float]], slot: int) -> MeshData:
    """A ring about Z of a closed cross-section (radius, height), counter-clockwise."""
    return lathe([*section, section[0]], 36, slot)


def _car_details(half: float, length: float, belt: float, wheel: float) -> list[MeshData]:
    """Lamps, grille, bumpers, plates, mirrors, door seams and handles."""
    front, back, parts = -length / 2, length / 2, []
    for s in (-1, 1):
        parts.append(box((0.3, 0.1, 0.13), 0.04, 4, slot=LAMP).moved(s * half * 0.68, front + 0.06, belt * 0.60))
        parts.append(box((0.2, 0.1, 0.2), 0.035, 4, slot=TRIM).moved(s * half * 0.74, back - 0.075, belt * 0.66))
        mirror = box((0.13, 0.09, 0.11), 0.03, 4, slot=PAINT)
        parts.append(mirror.moved(s * (half + 0.025), -length * 0.135, belt * 0.99))
        for y in (-0.155, 0.07, 0.24):
            parts.append(box((0.012, 0.012, belt * 0.5), slot=TRIM).moved(s * (half - 0.004), y * length, belt * 0.42))
        for y in (0.03, 0.19):
            parts.append(box((0.03, 0.13, 0.025), 0.008, slot=TRIM).moved(s * half * 0.985, y * length, belt * 0.80))
        rail = [(s * half * 0.99, y * length, wheel * 0.8) for y in (-0.2, 0.17)]
        parts.append(tube(rail, 0.03, 8, slot=TRIM))
    parts.append(box((half * 0.85, 0.06, 0.12), 0.02, slot=TRIM).moved(0, front + 0.02, belt * 0.56))
    parts.append(box((half * 1.5, 0.07, 0.1), 0.025, slot=TRIM).moved(0, front + 0.03, belt * 0.30))
    parts.append(box((half * 1.5, 0.07, 0.1), 0.025, slot=TRIM).moved(0, back - 0.03, belt * 0.32))
    parts.append(box((0.5, 0.012, 0.11), slot=LAMP).moved(0, front - 0.008, belt * 0.33))
    parts.append(box((0.5, 0.012, 0.11), slot=LAMP).moved(0, back + 0.008, belt * 0.52))
    return parts


def shed(p: TypedParams) -> MeshData:
    """Boarded walls under a pitched roof with its ridge along Y; a door and a window in the front, one in a side."""
    width, depth, height = p.real("width"), p.real("depth"), p.real("height")
    over, eaves = 0.12, height * 0.74
    half = width / 2 - over
    outline = [(-half, 0), (half, 0), (half, eaves), (0, height - 0.06), (-half, eaves)]
    deep = depth - 2 * over
    parts = [extrude(outline, deep).turned("x", np.pi / 2).moved(y=deep / 2)]
    rise = (height - 0.06 - eaves) / half
    pitch = np.arctan(rise)
    slab = half / np.cos(pitch) + over / np.cos(pitch)
    for s in (-1, 1):
        roof = box((slab, depth, 0.05), slot=1).moved(x=slab / 2).frozen_rest().turned("y", pitch)
        parts.append(roof.scaled(x=s).moved(z=height - 0.06))
    parts += _shed_front(half, deep, eaves)
    for z in (0.0, eaves - 0.1):
        parts.append(board((2 * half + 0.03, 0.03, 0.1), (0, -deep / 2 - 0.01, z), slot=4, seed=3))
    for s in (-1, 1):
        parts.append(board((0.09, 0.03, eaves), (s * (half - 0.03), -deep / 2 - 0.012, 0), slot=4, seed=5))
    return fit(merge(parts), (width, depth, height))


def _shed_front(half: float, deep: float, eaves: float) -> list[MeshData]:
    """Door with braces at the left, windows at the right and in the +X side."""
    door = -half * 0.42
    tall = min(1.85, eaves - 0.16)
    y = -deep / 2
    parts = [board((0.78, 0.04, tall), (door, y - 0.01, 0.06), slot=2, seed=1)]
    for z in (0.2, tall * 0.5, tall - 0.12):
        parts.append(board((0.74, 0.03, 0.09), (door, y - 0.035, z), slot=4, seed=7))
    parts.append(cylinder(0.02, 0.05, 12, slot=4).turned("x", np.pi / 2).moved(door + 0.3, y - 0.03, tall * 0.55))
    parts += _pane(half * 0.48, y, eaves * 0.5, min(0.7, half * 0.62), eaves * 0.32)
    side = merge(_pane(0.0, -half, eaves * 0.5, min(0.8, deep * 0.4), eaves * 0.32))
    return [*parts, side.turned("z", np.pi / 2)]


def _pane(x: float, y: float, z: float, wide: float, tall: float) -> list[MeshData]:
    """A dark window with a cross of bars, on a wall whose face is at y and looks at -Y."""
    parts = [box((wide, 0.02, tall), slot=3).moved(x, y - 0.005, z)]
    for s in (-1, 0, 1):
        parts.append(board((0.05, 0.05, tall + 0.05), (x + s * wide / 2, y - 0.01, z - 0.025), slot=4, seed=s + 2))
        parts.append(board((wide, 0.045, 0.05), (x, y - 0.01, z + (s + 1) / 2 * tall - 0.025), slot=4, seed=s + 12))
    return parts


def facade(p: TypedParams) -> MeshData:
    """A wall pierced by windows with sills, lintels and shutters, a door in the middle bay, a plinth and a cornice."""
    width, depth, height = p.real("width"), p.real("depth"), p.real("height")
    bays, floors = p.count("bays"), p.count("floors")
    front, out = -depth / 2 + 0.16, 0.24
    storey, bay = (height - 0.3) / floors, width / bays
    wide, openings = min(1.15, bay * 0.42), []
    for floor in range(floors):
        for k in range(bays):
            x = (k - (bays - 1) / 2) * bay
            entrance = floor == 0 and k == bays // 2
            low, tall = (0.02, min(2.2, storey * 0.74)) if entrance else (floor * storey + storey * 0.3, storey * 0.5)
            openings.append(Opening(x - wide / 2, x + wide / 2, low, low + tall))
    wall = pierced_slab(width - 0.2, height - 0.22, front, front + out, openings, 0.0)
    core = box((width - 0.24, depth - 0.16 - out, height - 0.24)).moved(y=(front + out + depth / 2) / 2)
    parts = [wall, core]
    for number, hole in enumerate(openings):
        parts += _bay_parts(hole, front, number, entrance=hole.low < 0.03)
    parts += _mouldings(width, depth, height, floors, storey, front)
    return fit(merge(parts), (width, depth, height))


def _bay_parts(hole: Opening, front: float, number: int, entrance: bool) -> list[MeshData]:
    """Pane or door leaf, frame, sill, lintel and shutters of one opening."""
    x, wide, tall, low = (hole.left + hole.right) / 2, hole.right - hole.left, hole.high - hole.low, hole.low
    leaf = 4 if entrance else 2
    parts = [box((wide, 0.03, tall), slot=leaf).moved(x, front + 0.19, low)]
    parts.append(board((wide + 0.3, 0.14, 0.14), (x, front - 0.01, hole.high), slot=1, bevel=0.01, seed=number))
    if entrance:
        for k in range(3):
            panel = board((wide * 0.7, 0.03, tall * 0.22), slot=4, bevel=0.012, seed=number + k)
            parts.append(panel.moved(x, front + 0.17, low + tall * (0.08 + 0.3 * k)))
        parts.append(box((wide + 0.4, 0.3, 0.12), 0.01, slot=1).moved(x, front - 0.0, 0))
        return parts
    parts.append(board((wide + 0.24, 0.2, 0.07), (x, front - 0.02, low - 0.07), slot=1, bevel=0.01, seed=number))
    for s in (-1, 0, 1):
        bar = board((0.06, 0.05, tall), (x + s * (wide / 2 - 0.03), front + 0.165, low), slot=1, seed=s + 2)
        parts.append(bar)
    for t in (0.0, 0.62, 1.0):
        parts.append(board((wide, 0.045, 0.06), (x, front + 0.165, low + t * (tall - 0.06)), slot=1, seed=8))
    for s in (-1, 1):
        shutter = board((wide * 0.48, 0.035, tall), slot=3, bevel=0.006, seed=number + 2 * s + 4)
        parts.append(shutter.moved(x + s * wide * 0.76, front - 0.03, low))
    return parts


def _mouldings(width: float, depth: float, height: float, floors: int, storey: float, front: float) -> list[MeshData]:
    """Plinth, string courses, quoins and the cornice, which is as wide and deep as the whole."""
    parts = [box((width - 0.1, 0.08, 0.35), 0.01, slot=1).moved(0, front - 0.03, 0)]
    for floor in range(1, floors):
        parts.append(box((width - 0.12, 0.07, 0.12), 0.01, slot=1).moved(0, front - 0.02, floor * storey + 0.06))
    parts.append(box((width, depth, 0.14), 0.02, slot=1).moved(z=height - 0.14))
    parts.append(box((width - 0.08, depth - 0.08, 0.1), 0.02, slot=1).moved(z=height - 0.24))
    blocks = int((height - 0.6) / 0.36)
    for k in range(blocks):
        long = 0.42 if k % 2 else 0.28
        for s in (-1, 1):
            at = (s * (width / 2 - 0.1 - long / 2 + 0.02), front - 0.012, 0.35 + k * 0.36)
            parts.append(box((long, 0.06, 0.33), 0.012, slot=1).moved(*at))
    return parts


BUILDERS: dict[str, Builder] = {"car": car, "shed": shed, "facade": facade}

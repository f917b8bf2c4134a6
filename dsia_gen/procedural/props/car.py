"""Parked cars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import Floats, MeshData, merge, mesh
from dsia_gen.procedural.organic_shapes import board
from dsia_gen.procedural.params import Span, TypedParams
from dsia_gen.procedural.primitives import box, cylinder, lathe, lattice, tube
from dsia_gen.procedural.props.prop import OutdoorProp
from dsia_gen.procedural.sizes import sides

PAINT, WINDOW, TYRE, RIM, LAMP, TRIM = range(6)


class Car(OutdoorProp):
    """A parked car, its front towards -Y."""

    name = "car"
    params = {"width": Span(1.65, 1.9), "length": Span(3.6, 4.7), "height": Span(1.38, 1.65)}
    slots = (
        Slot("paint", ("plain", "stripes", "rust", "plain"), "vivid", (0.3, 0.8), (0.25, 0.45)),
        Slot("window", ("plain",), "dark", (0.5, 0.9), (0.3, 0.45)),
        Slot("tyre", ("plain",), "dark", (0.05, 0.1)),
        Slot("rim", ("metal",), "metal", (0.1, 0.2), (0.2, 0.4)),
        Slot("lamp", ("plain",), "light", (0.05, 0.1), (0.1, 0.2)),
        Slot("trim", ("plain",), "dark", (0.1, 0.2)),
    )
    tags = ("vehicle",)
    silhouette_fill = 0.65
    size = sides("width", "length")

    def build(self, p: TypedParams) -> MeshData:
        """A hatchback: a lofted body, a glasshouse of dark panes and pillars, wheels in arches, lamps and trim."""
        width, length, height = p.real("width"), p.real("length"), p.real("height")
        half, wheel = width / 2 - 0.09, height * 0.215
        belt = height * 0.63
        parts = [_body(half, length, belt, wheel), _glasshouse(half, length, belt, height)]
        for y in (-length * 0.315, length * 0.285):
            for side in (-1, 1):
                parts += _wheel(side, half, y, wheel)
        return merge([*parts, *_car_details(half, length, belt, wheel)])


def _body(half: float, length: float, belt: float, wheel: float) -> MeshData:
    """The lower body from bumper to bumper: cross-sections (17 points) over 26 stations along Y."""
    s = np.concatenate([[0.0, 0.006, 0.02], np.linspace(0.05, 0.95, 20), [0.98, 0.994, 1.0]])
    sill = wheel * 0.62
    ends = np.minimum(s, 1 - s)
    plan = half * (0.80 + 0.20 * np.clip(ends / 0.13, 0, 1) ** 0.45)
    hood = np.interp(s, [0, 0.03, 0.1, 0.28, 0.34, 0.93, 0.975, 1], [0.62, 0.75, 0.83, 0.95, 1, 1, 0.93, 0.8]) * belt
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
    # A loft whose first faces look at its axis is inside out.
    v = shell.vertices[shell.corners[: 4 * 200].reshape(-1, 4)]
    normal = np.cross(v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])
    away = v.mean(axis=1) - shell.vertices.mean(axis=0)
    away[:, 1] = 0
    return merge([shell.flipped() if (normal * away).sum() < 0 else shell, *caps])


def _cap(ring: Floats, front: bool) -> MeshData:
    """The polygon that closes one end of the body."""
    order = list(range(len(ring)))
    data = mesh(ring, [order], PAINT)
    normal = np.cross(ring[4] - ring[0], ring[8] - ring[0])[1]
    return data if (normal < 0) == front else data.flipped()


def _glasshouse(half: float, length: float, belt: float, height: float) -> MeshData:
    """Windscreen, side windows with pillars, roof and rear window over the belt line."""
    y = np.array([-0.185, -0.17, -0.06, -0.045, 0.10, 0.115, 0.13, 0.27, 0.30, 0.405, 0.425, 0.44]) * length
    rise = np.interp(y / length, [-0.185, -0.045, 0.02, 0.15, 0.3, 0.425, 0.44], [0, 0.93, 0.99, 1, 0.93, 0.2, 0])
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
    v = data.vertices[data.corners.reshape(-1, 4)]
    downward = np.cross(v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])[:, 2].sum() < 0
    return data.flipped() if downward else data


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

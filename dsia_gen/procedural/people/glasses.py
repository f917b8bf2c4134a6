"""Glasses of a parametric character: rims, bridge, temples and dark lenses as triangles."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.mesh import on_lattice
from dsia_gen.procedural.people.anatomy import Anatomy
from dsia_gen.procedural.people.isosurface import Ints
from dsia_gen.procedural.people.signed_distance import Array
from dsia_gen.procedural.primitives import tube

_ROUND = {"round": 2.0, "square": 4.5, "dark": 3.0}
"""Exponent of the superellipse that a rim follows."""
_WIDE = {"round": (0.118, 0.112), "square": (0.135, 0.092), "dark": (0.140, 0.105)}
"""Half width and half height of a rim in head heights."""
_STEPS, _SIDES = 28, 6


def glasses(body: Anatomy, style: str) -> tuple[Array, Ints, Array]:
    """Vertices (V, 3) in metres, triangles (F, 3), and (F,) 1 where a triangle is a lens, else 0: both halves."""
    # The rim about the left eye, bent round the face.
    angle = np.linspace(0.0, 2 * np.pi, _STEPS, endpoint=False)
    power, (wide, high) = 2.0 / _ROUND[style], _WIDE[style]
    x = 0.168 + wide * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    z = 0.478 + high * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    y = -0.435 + 1.1 * np.maximum(x - 0.10, 0.0) ** 2
    rim = on_lattice([body.head_point(*at) for at in zip(x, y, z, strict=True)])
    # Half the bridge over the nose, and a temple that ends behind the ear.
    thick = 0.014 * body.head_height
    inner, outer = rim[np.argmin(rim[:, 0])], rim[np.argmax(rim[:, 0])]
    bridge = np.stack([inner, (inner + body.head_point(0.0, -0.435, 0.50)) / 2, body.head_point(0.0, -0.440, 0.51)])
    hinge = np.array([0.012, 0.03, 0.02]) * body.head_height
    temple = np.stack([outer, outer + hinge, body.head_point(0.375, 0.02, 0.545), body.head_point(0.365, 0.12, 0.47)])
    parts = [_pipe(rim, 0.017 * body.head_height, closed=True), _pipe(bridge, thick), _pipe(temple, thick)]
    if style == "dark":
        # A slightly domed disc within the rim.
        middle = rim.mean(axis=0) + np.array([0.0, -0.003, 0.0])
        ring = np.arange(len(rim))
        faces = np.column_stack([np.full(len(rim), len(rim)), np.roll(ring, -1), ring])
        parts.append((np.concatenate([rim, middle[None]]), faces.astype(np.int64)))
    count, vertices, triangles, lens = 0, [], [], []
    for k, (points, faces) in enumerate(parts):
        for side in (1.0, -1.0):
            vertices.append(points * np.array([side, 1.0, 1.0]))
            triangles.append((faces if side > 0 else faces[:, ::-1]) + count)
            lens.append(np.full(len(faces), int(k == 3)))
            count += len(points)
    return np.concatenate(vertices), np.concatenate(triangles), np.concatenate(lens)


def _pipe(points: Array, radius: float, closed: bool = False) -> tuple[Array, Ints]:
    """A tube along points (N, 3) as triangles."""
    data = tube(on_lattice(points), radius, _SIDES, closed=closed)
    faces, start = [], 0
    for size in data.sizes.tolist():
        corners = data.corners[start : start + size]
        faces += [(corners[0], corners[k], corners[k + 1]) for k in range(1, size - 1)]
        start += size
    return data.vertices, np.array(faces, dtype=np.int64)

"""Shapes of furniture and nature: boards with grain, stuffed cushions, lumps, leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsia_gen.procedural.mesh import Floats, MeshData, copies, mesh, welded, without_slivers
from dsia_gen.procedural.primitives import box, lattice

AXES = "xyz"


def board(
    size: Sequence[float], at: Sequence[float] = (0.0, 0.0, 0.0), slot: int = 0, bevel: float = 0.004, seed: int = 0
) -> MeshData:
    """A box whose bottom is centred at `at`, with the grain along its longest side."""
    grain = AXES[int(np.argmax(size))]
    return box(size, bevel, slot=slot).moved(*at).grained(grain, seed)


def superellipsoid(size: Sequence[float], square: float = 0.35, rings: int = 14, segments: int = 28) -> MeshData:
    """A cushion standing on z = 0: a ball at square = 1, a box as `square` goes to 0 (Barr 1981)."""
    eta = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    omega = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    around = np.abs(np.cos(eta)) ** 0.8
    points = np.empty((segments, rings + 1, 3))
    points[..., 0] = _signed(np.cos(omega), square)[:, None] * around
    points[..., 1] = _signed(np.sin(omega), square)[:, None] * around
    points[..., 2] = _signed(np.sin(eta), 0.8)
    points = np.where(np.abs(points) < 1e-9, 0.0, points)
    data = without_slivers(welded(lattice(points, closed_u=True), 1e-7))
    half = np.asarray(size, dtype=np.float64) / 2
    extent = np.abs(data.vertices).max(axis=0)
    return replace(data, vertices=data.vertices / extent * half + np.array([0.0, 0.0, half[2]]))


def _signed(value: Floats, power: float) -> Floats:
    return np.sign(value) * np.abs(value) ** power


def cushion(size: Sequence[float], at: Sequence[float] = (0.0, 0.0, 0.0), slot: int = 0) -> MeshData:
    """A stuffed cushion whose bottom is centred at `at`."""
    return superellipsoid(size).slot(slot).moved(*at)


def lumps(points: Floats, seed: int, octaves: int = 4, gain: float = 0.5) -> Floats:
    """Fractal value noise (N,) in about [-1, 1] at points (N, 3), one lump to a unit of length."""
    total = np.zeros(len(points))
    amplitude, frequency, weight = 1.0, 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * _value_noise(points * frequency, seed + 1013 * octave)
        weight += amplitude
        amplitude, frequency = amplitude * gain, frequency * 2.03
    return total / weight


def _value_noise(points: Floats, seed: int) -> Floats:
    """Smoothly interpolated random values in [-1, 1] of the integer lattice."""
    base = np.floor(points).astype(np.int64)
    t = points - base
    t = t * t * (3 - 2 * t)
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        step = np.array(corner)
        weight = np.where(step == 1, t, 1 - t).prod(axis=1)
        total += weight * _hash(base + step, seed)
    return total


def _hash(cells: NDArray[np.int64], seed: int) -> Floats:
    """A number in [-1, 1] for each integer cell (N, 3): a multiply-xor hash in 32 bits."""
    mask = np.int64(0xFFFFFFFF)
    h = (
        cells[:, 0] * 73856093 ^ cells[:, 1] * 19349663 ^ cells[:, 2] * 83492791 ^ (seed * 2654435761 & 0xFFFFFFFF)
    ) & mask
    for _ in range(2):
        h = (h ^ (h >> 15)) * 0x2C1B3C6D & mask
        h = (h ^ (h >> 12)) * 0x297A2D39 & mask
    return (h & 0xFFFFFF) / float(0x7FFFFF) - 1.0


def leaf(length: float = 1.0, width: float = 0.45, curl: float = 0.18, slot: int = 0) -> MeshData:
    """A leaf along +X from its stem at the origin, folded along its rib, its tip bent down: 6 triangles."""
    x = np.array([0.0, 0.3, 0.65, 1.0]) * length
    half = np.array([0.0, 0.5, 0.38, 0.0]) * width
    z = -curl * length * (np.array([0.0, 0.3, 0.65, 1.0]) ** 2)
    rib = np.column_stack([x, np.zeros(4), z])
    left = np.column_stack([x, half, z + 0.35 * half])[1:3]
    right = np.column_stack([x, -half, z + 0.35 * half])[1:3]
    faces = [[0, 1, 4], [1, 2, 5, 4], [2, 3, 5], [0, 6, 1], [1, 6, 7, 2], [2, 7, 3]]
    return mesh(np.concatenate([rib, left, right]), faces, slot, smooth=True)


def leaflet(length: float = 1.0, width: float = 0.5, slot: int = 0) -> MeshData:
    """The cheapest leaf along +X: two triangles folded along the rib."""
    vertices = np.array([[0, 0, 0], [0.45, 0.5 * width, 0.12], [1, 0, -0.08], [0.45, -0.5 * width, 0.12]])
    return mesh(vertices * length, [[0, 2, 1], [0, 3, 2]], slot)


def placements(at: Floats, forward: Floats, scale: ArrayLike = 1.0, roll: ArrayLike = 0.0) -> Floats:
    """(K, 4, 4) matrices that carry +X to `forward` (K, 3) and the origin to `at` (K, 3), Z as upright as it can be.

    scale, roll: one number or (K,); roll in radians about `forward`.
    """
    x = forward / np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
    up = np.where(np.abs(x[:, 2:]) > 0.99, np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))
    y = np.cross(up, x)
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    z = np.cross(x, y)
    c, s = np.cos(np.broadcast_to(roll, len(at)))[:, None], np.sin(np.broadcast_to(roll, len(at)))[:, None]
    axes = np.stack([x, c * y + s * z, c * z - s * y], axis=-1)
    matrices = np.tile(np.eye(4), (len(at), 1, 1))
    matrices[:, :3, :3] = axes * np.broadcast_to(scale, len(at))[:, None, None]
    matrices[:, :3, 3] = at
    return matrices


def scattered(piece: MeshData, matrices: Floats, seed: int, spread: float = 0.6) -> MeshData:
    """Copies of a small piece, each drawn from a place of its own in the texture so that neighbours differ."""
    data = copies(piece, matrices)
    offsets = np.random.default_rng([seed, 31]).uniform(-spread, spread, (len(matrices), 3))
    return replace(data, rest=data.vertices + np.repeat(offsets, len(piece.vertices), axis=0))


def directions(count: int, rng: np.random.Generator) -> Floats:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice), turned at random."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k + rng.uniform(0, 2 * np.pi)
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)

"""Tileable random textures and their pyramids: noise of many slopes, tiles, bands and scattered shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.method import opencv

Floats = NDArray[np.float32]
Positions = NDArray[np.floating[Any]]
SIDE = 256
"""Pixels of a texture's side."""


@dataclass(frozen=True)
class Texture:
    """A tileable colour image and its pyramid, each (S, S, 3) float32 in [0, 1] with S halving."""

    levels: tuple[Floats, ...]

    def __call__(self, u: Positions, v: Positions, footprint: Positions) -> Floats:
        """(N, 3) colours at N positions (u, v) in texture widths, filtered over `footprint` texture widths."""
        cv2 = opencv()
        level = np.clip(np.log2(np.maximum(footprint * SIDE, 1.0)), 0, len(self.levels) - 1.001)
        lower = level.astype(np.int32)
        part = (level - lower).astype(np.float32)
        colours = np.zeros((len(u), 3), np.float32)
        for k in range(int(lower.min()), int(lower.max()) + 2):
            weight = np.where(lower == k, 1 - part, np.where(lower + 1 == k, part, 0))
            here = np.flatnonzero(weight)
            if not len(here):
                continue
            image = self.levels[k]
            side = image.shape[0]
            # OpenCV takes pictures, not lists: rows of 256 positions
            x, y = (np.mod(np.resize(c[here], (-(-len(here) // 256), 256)), 1.0).astype(np.float32) for c in (u, v))
            seen = cv2.remap(image, x * side - 0.5, y * side - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
            colours[here] += seen.reshape(-1, 3)[: len(here)] * weight[here, None]
        return colours


def random_texture(rng: np.random.Generator) -> Texture:
    """A texture of a random kind in random colours."""
    weights = np.array([0.34, 0.18, 0.14, 0.22, 0.12])
    kind = int(rng.choice(len(_KINDS), p=weights))
    image = np.clip(_KINDS[kind](rng), 0.02, 0.98).astype(np.float32)
    levels = [image]
    while levels[-1].shape[0] > 4:
        side = levels[-1].shape[0] // 2
        levels.append(levels[-1].reshape(side, 2, side, 2, 3).mean(axis=(1, 3)))
    return Texture(tuple(levels))


def noise(rng: np.random.Generator, slope: float, side: int = SIDE) -> Floats:
    """(side, side) tileable noise of unit deviation whose amplitude falls with frequency to the power `slope`."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = np.inf
    spectrum = (rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)) / frequency**slope
    field = np.fft.irfft2(spectrum, s=(side, side))
    return np.asarray((field - field.mean()) / (field.std() + 1e-9), dtype=np.float32)


def palette(rng: np.random.Generator, count: int) -> Floats:
    """(count, 3) colours around a common one: surfaces have few hues."""
    base = rng.uniform(0.12, 0.85) * (1 + rng.normal(0, 0.22, 3))
    spread = rng.uniform(0.05, 0.35)
    value = rng.normal(0, spread, (count, 1)) + rng.normal(0, spread * rng.uniform(0.05, 0.6), (count, 3))
    return np.asarray(base + value, dtype=np.float32)


def _grain(rng: np.random.Generator) -> Floats:
    colours = palette(rng, 3)
    first, second = (noise(rng, rng.uniform(0.7, 2.2))[..., None] for _ in range(2))
    strength = rng.uniform(0.15, 0.7)
    first_hue, second_hue = colours[1] - colours[0], colours[2] - colours[0]
    return colours[0] + strength * (np.tanh(first) * first_hue + 0.5 * second * second_hue)


def _tiles(rng: np.random.Generator) -> Floats:
    rows, columns = (int(n) for n in rng.choice([2, 4, 8, 16], 2))
    colours = palette(rng, rows * columns + 2).reshape(-1, 3)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    row = (y * rows).astype(int)
    shifted = x + (row % 2) * rng.choice([0.0, 0.5]) / columns
    column = (shifted * columns).astype(int) % columns
    image = colours[row * columns + column]
    joint = rng.uniform(0.01, 0.08)
    edge = np.minimum((y * rows) % 1, (shifted * columns) % 1) < joint
    image = np.where(edge[..., None], colours[-1], image)
    return image + rng.uniform(0, 0.06) * noise(rng, rng.uniform(0.5, 1.5))[..., None]


def _bands(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    across, down = (int(n) for n in rng.integers(0, 14, 2))
    wave = np.sin(2 * np.pi * (x * max(1, across) + y * down) + rng.uniform(0, 1.5) * noise(rng, 1.8))
    wave = np.tanh(wave * rng.uniform(0.5, 6))[..., None]
    colours = palette(rng, 2)
    return colours[0] + (colours[1] - colours[0]) * (0.5 + 0.5 * wave) + 0.04 * noise(rng, 1.0)[..., None]


def _shapes(rng: np.random.Generator) -> Floats:
    cv2 = opencv()
    colours = palette(rng, 24)
    image = np.tile(colours[0], (SIDE, SIDE, 1)).astype(np.float32)
    for k in range(int(rng.integers(6, 60))):
        colour = tuple(float(c) for c in colours[k % 24] + rng.normal(0, 0.12, 3))
        centre = tuple(int(c) for c in rng.integers(0, SIDE, 2))
        size = tuple(int(c) for c in rng.integers(3, 48, 2))
        if rng.random() < 0.5:
            cv2.ellipse(image, centre, size, float(rng.uniform(0, 180)), 0, 360, colour, -1)
        else:
            box = cv2.boxPoints((centre, size, float(rng.choice([0, 0, rng.uniform(0, 90)]))))
            cv2.fillPoly(image, [box.astype(np.int32)], colour)
    return image + rng.uniform(0, 0.05) * noise(rng, 1.0)[..., None]


def _plain(rng: np.random.Generator) -> Floats:
    base = palette(rng, 1)[0]
    image = base + rng.uniform(0.005, 0.05) * noise(rng, rng.uniform(0.3, 2.0))[..., None]
    return np.asarray(image + rng.uniform(0, 0.05) * noise(rng, 2.5)[..., None], dtype=np.float32)


_KINDS: tuple[Callable[[np.random.Generator], Floats], ...] = (_grain, _tiles, _bands, _shapes, _plain)

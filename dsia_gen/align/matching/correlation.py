"""Correlation of feature maps: local, global, looked up, and what follows from it. Cells are pixels of the maps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dsia_gen.align.matching.geometry import at_least_single, look_up, pixel_points

_LARGEST_BLOCK = (48 * 28) ** 2
"""Products of a block of rows that are held at once."""


def cost_volume(v1: Tensor, v2: Tensor, window: int) -> Tensor:
    """Local correlation of two feature maps (DMAligner, eq. 6): C{u, d} = 1/N sum_k V1_k(u) V2_k(u + d).

    v1, v2 (B, N, h, w); `window` is D, odd. Returns (B, D^2, h, w): channel i * D + j is the displacement
    (row i - D//2, column j - D//2). Outside the map V2 counts as zero.
    """
    radius = window // 2
    batch, n, height, width = v1.shape
    rows1 = v1.permute(0, 2, 3, 1)  # (B, h, w, N)
    # (B, h + D - 1, N, w + D - 1)
    padded = F.pad(v2, (radius, radius, radius, radius)).permute(0, 2, 1, 3).contiguous()
    band = (batch, height, width, window)
    found = []
    for i in range(window):
        # All products of two rows, of which the band around the diagonal is kept: far more of them, in far less time.
        products = (rows1 @ padded[:, i : i + height]).contiguous()
        step = products.stride()
        found.append(products.as_strided(band, (step[0], step[1], step[2] + 1, 1)))
    return torch.cat(found, dim=3).permute(0, 3, 1, 2) / n


def unit_features(features: Tensor) -> Tensor:
    """Features (B, N, h, w) of length root N, so that `cost_volume` of two gives cosines."""
    return features.shape[1] ** 0.5 * F.normalize(features, dim=1)


def global_correlation(a: Tensor, b: Tensor) -> Tensor:
    """(B, h w, h' w') cosines of all cells of features a (B, N, h, w) with all of b (B, N, h', w')."""
    first, second = (F.normalize(at_least_single(features), dim=1).flatten(2) for features in (a, b))
    with torch.autocast(a.device.type, enabled=False):  # in half precision many cells would be equally good
        return first.transpose(1, 2) @ second


def displacements(radius: int, like: Tensor) -> Tensor:
    """((2 radius + 1)^2, 2) columns and rows of a square of displacements, in the order of `cost_volume`."""
    steps = torch.arange(-radius, radius + 1, device=like.device, dtype=like.dtype)
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([columns.flatten(), rows.flatten()], dim=1)


def correlation_around(correlation: Tensor, points: Tensor, size: tuple[int, int], radius: int) -> Tensor:
    """(B, (2 radius + 1)^2, h, w): a global correlation (B, h w, h' w') looked up around points (B, 2, h, w).

    Points are in cells of the second map, whose height and width is `size`; bilinear, and zero outside of it.
    """
    batch, _, height, width = points.shape
    maps = correlation.reshape(batch * height * width, 1, *size)
    offsets = displacements(radius, points)
    centres = points.permute(0, 2, 3, 1).reshape(-1, 2, 1, 1)
    places = centres + offsets.T[None, :, :, None]
    values = look_up(maps, places, padding="zeros")
    return values.reshape(batch, height, width, -1).permute(0, 3, 1, 2)


def features_around(a: Tensor, b: Tensor, points: Tensor, radius: int) -> Tensor:
    """The same from features a (B, N, h, w) and b (B, N, h', w'), without the global correlation in memory."""
    first, second = F.normalize(a, dim=1), F.normalize(b, dim=1)
    found = [
        (first * look_up(second, points + offset.view(1, 2, 1, 1), padding="zeros")).sum(dim=1)
        for offset in displacements(radius, points)
    ]
    return torch.stack(found, dim=1)


def soft_argmax(correlation: Tensor, size: tuple[int, int], other: tuple[int, int], temperature: float) -> Tensor:
    """(B, 2, h, w) flow in cells: the mean place in the second map (height and width `other`) less that in the first.

    Weights are the softmax of a global correlation (B, h w, h' w') over the temperature; it tends to `hard_argmax`.
    """
    places = pixel_points(*other, correlation).flatten(2)[0].T
    with torch.autocast(correlation.device.type, enabled=False):
        expected = torch.softmax(correlation / temperature, dim=-1) @ places
    return expected.transpose(1, 2).reshape(-1, 2, *size) - pixel_points(*size, correlation)


def hard_argmax(correlation: Tensor, size: tuple[int, int], other: tuple[int, int]) -> Tensor:
    """(B, 2, h, w) flow in cells to the cell of the second map with the largest correlation."""
    best = correlation.argmax(dim=-1).reshape(-1, 1, *size)
    there = torch.cat([best % other[1], best // other[1]], dim=1).to(correlation)
    return there - pixel_points(*size, correlation)


def mutual(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of rows of a (N, C) and b (M, C) that are each other's nearest by cosine: both indices and the cosine."""
    if not len(a) or not len(b):
        empty = torch.zeros(0, dtype=torch.long, device=a.device)
        return empty, empty, a.new_zeros(0)
    first, second = (F.normalize(at_least_single(rows), dim=1) for rows in (a, b))
    rows = max(1, _LARGEST_BLOCK // len(second))
    nearest, value = [], []
    back = first.new_full((len(second),), -torch.inf)
    origin = torch.zeros(len(second), dtype=torch.long, device=a.device)
    for start in range(0, len(first), rows):
        with torch.autocast(a.device.type, enabled=False):
            products = first[start : start + rows] @ second.T
        best, where = products.max(dim=1)
        nearest.append(where)
        value.append(best)
        column, row = products.max(dim=0)
        better = column > back
        back, origin = torch.where(better, column, back), torch.where(better, row + start, origin)
    there = torch.cat(nearest)
    here = torch.arange(len(first), device=a.device)
    kept = origin[there] == here
    return here[kept], there[kept], torch.cat(value)[kept]

"""Plane transforms as exponentials of Lie algebras of 3x3 matrices, in coordinates from -1 to 1."""

from __future__ import annotations

import torch
from torch import Tensor

from dsia_gen.align.methods.spacejam.spacejam_config import GroupName

LARGEST = 2.0
"""Of an entry of an algebra element: a larger one leaves no picture, and its exponential loses digits."""
_SMALLEST_DEPTH = 1e-3


def project(output: Tensor, group: GroupName) -> Tensor:
    """The element of a group's algebra that a (..., 3, 3) output of the network means, float64.

    Each algebra is a subspace of the next: translation, rigid, similarity, affine, homography (trace 0).
    """
    a = output.double().clamp(-LARGEST, LARGEST)
    zero = torch.zeros_like(a[..., 0, 0])
    if group == "homography":
        last = -(a[..., 0, 0] + a[..., 1, 1])
        rows = [a[..., 0, :], a[..., 1, :], torch.stack([a[..., 2, 0], a[..., 2, 1], last], dim=-1)]
        return torch.stack(rows, dim=-2)
    turn = (a[..., 0, 1] - a[..., 1, 0]) / 2
    scale = (a[..., 0, 0] + a[..., 1, 1]) / 2
    left: dict[GroupName, tuple[Tensor, Tensor, Tensor, Tensor]] = {
        "translation": (zero, zero, zero, zero),
        "rigid": (zero, turn, -turn, zero),
        "similarity": (scale, turn, -turn, scale),
        "affine": (a[..., 0, 0], a[..., 0, 1], a[..., 1, 0], a[..., 1, 1]),
    }
    xx, xy, yx, yy = left[group]
    rows = [
        torch.stack([xx, xy, a[..., 0, 2]], dim=-1),
        torch.stack([yx, yy, a[..., 1, 2]], dim=-1),
        torch.stack([zero, zero, zero], dim=-1),
    ]
    return torch.stack(rows, dim=-2)


def exponential(element: Tensor) -> Tensor:
    """The transform (..., 3, 3) of an element of an algebra; the identity exactly for zero."""
    found: Tensor = torch.linalg.matrix_exp(element)
    return found


def mirrored(matrices: Tensor, versions: Tensor) -> Tensor:
    """Transforms (..., 3, 3) into images that were mirrored left to right where `versions` (...) is true."""
    sign = torch.where(versions, -1.0, 1.0).to(matrices)
    return torch.cat([matrices[..., :1, :] * sign[..., None, None], matrices[..., 1:, :]], dim=-2)


def displacement(matrices: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 2, H, W) pixels by which transforms (B, 3, 3) move the pixels of a map; zero exactly for the identity.

    The depth is kept from zero: what lies at infinity is read from outside the map.
    """
    height, width = size
    like = {"device": matrices.device, "dtype": matrices.dtype}
    y = (2 * torch.arange(height, **like) + 1) / height - 1
    x = (2 * torch.arange(width, **like) + 1) / width - 1
    points = torch.stack([x.expand(height, width), y[:, None].expand(height, width)]).reshape(2, -1)
    there = matrices[:, :, :2] @ points + matrices[:, :, 2:]
    depth = there[:, 2:].clamp(min=_SMALLEST_DEPTH)
    moved = there[:, :2] / depth - points
    half = torch.tensor([width / 2, height / 2], **like).view(1, 2, 1)
    return (moved * half).reshape(-1, 2, height, width)

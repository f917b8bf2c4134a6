"""Warps, flows and homographies of batches in torch.

Pixel centres lie at whole numbers, flows are displacements (right, down) in pixels, and images are looked up with
`align_corners=False` everywhere.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Mode = Literal["bilinear", "nearest", "bicubic"]
Padding = Literal["border", "zeros"]
_SMALLEST_DEPTH = 1e-3


def pixel_points(height: int, width: int, like: Tensor) -> Tensor:
    """(1, 2, H, W) column and row of each pixel, on the device and of the type of `like`."""
    rows = torch.arange(height, device=like.device, dtype=like.dtype)
    columns = torch.arange(width, device=like.device, dtype=like.dtype)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y])[None]


def at_least_single(values: Tensor) -> Tensor:
    """Values in single precision where they are in half, which has three digits of a position or of a cosine."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def look_up(image: Tensor, points: Tensor, mode: Mode = "bilinear", padding: Padding = "border") -> Tensor:
    """Values (B, C, h, w) of an image (B, C, H, W) at points (B, 2, h, w), in single precision at least."""
    height, width = image.shape[-2:]
    precision = torch.promote_types(at_least_single(points).dtype, image.dtype)
    points, image = points.to(precision), image.to(precision)
    size = torch.tensor([width, height], device=points.device, dtype=points.dtype).view(1, 2, 1, 1)
    grid = ((2 * points + 1) / size - 1).permute(0, 2, 3, 1)
    return F.grid_sample(image, grid, mode=mode, padding_mode=padding, align_corners=False)


def warp(image: Tensor, flow: Tensor, mode: Mode = "bilinear", padding: Padding = "border") -> Tensor:
    """An image (B, C, H, W) read at pixel + flow (B, 2, H, W); bit for bit the image where the flow is zero."""
    read = look_up(image, pixel_points(flow.shape[-2], flow.shape[-1], flow) + flow, mode, padding)
    if image.shape[-2:] != flow.shape[-2:]:
        return read
    # normalised coordinates have lost the last bits; the gradient is that of the look-up
    still = (flow == 0).all(dim=1, keepdim=True)
    return torch.where(still, image.detach() + (read - read.detach()), read)


def compose(flow_ab: Tensor, flow_bc: Tensor) -> Tensor:
    """The flow from a to c of flows from a to b and from b to c, (B, 2, H, W) each."""
    return flow_ab + warp(flow_bc, flow_ab)


def inside(points: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 1, h, w) bool: whether points (B, 2, h, w) lie in an image of a height and width."""
    x, y = points[:, :1], points[:, 1:2]
    return (x >= -0.5) & (x <= size[1] - 0.5) & (y >= -0.5) & (y <= size[0] - 0.5)


def project(matrices: Tensor, points: Tensor) -> Tensor:
    """Points (B, 2, h, w) under homographies (B, 3, 3); the differentiable form of a perspective map."""
    batch, _, height, width = points.shape
    flat = points.reshape(batch, 2, -1)
    with torch.autocast(points.device.type, enabled=False):  # half precision has three digits of a position
        there = matrices[:, :, :2] @ flat + matrices[:, :, 2:]
    depth = there[:, 2:]
    depth = torch.where(depth.abs() < _SMALLEST_DEPTH, torch.full_like(depth, _SMALLEST_DEPTH), depth)
    return (there[:, :2] / depth).reshape(batch, 2, height, width)


def flow_of(matrices: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 2, H, W) displacement that homographies (B, 3, 3) give the pixels of a height and width."""
    points = pixel_points(*size, matrices).expand(len(matrices), -1, -1, -1)
    return project(matrices, points) - points


def resize(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Values (B, C, H, W) at another height and width, bilinear."""
    if tuple(values.shape[-2:]) == tuple(size):
        return values
    return F.interpolate(values, size=size, mode="bilinear", align_corners=False)


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """A flow (B, 2, H, W) of the same scene in pictures of another height and width."""
    factor = torch.tensor([size[1] / flow.shape[-1], size[0] / flow.shape[-2]], device=flow.device, dtype=flow.dtype)
    return resize(flow, size) * factor.view(1, 2, 1, 1)


def reduce_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """A flow (B, 2, H, W), NaN where unknown, in smaller pictures: the mean of what is known of each new pixel.

    NaN where fewer than half of the pixels are known.
    """
    known = torch.isfinite(flow).all(dim=1, keepdim=True)
    values = torch.where(known, flow, torch.zeros_like(flow))
    share = F.adaptive_avg_pool2d(known.to(flow), size)
    mean = F.adaptive_avg_pool2d(values, size) / share.clamp(min=1e-6)
    factor = torch.tensor([size[1] / flow.shape[-1], size[0] / flow.shape[-2]], device=flow.device, dtype=flow.dtype)
    return torch.where(share < 0.5, torch.full_like(mean, torch.nan), mean * factor.view(1, 2, 1, 1))


def splat(values: Tensor, flow: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums of values (B, C, H, W) where their flow (B, 2, H, W) ends, and the sums of weights (B, 1, H, W).

    Each pixel is spread over the four around its end, bilinearly; what leaves the image is lost. With weights that are
    exponentials of a learned importance it is softmax splatting (Niklaus and Liu, CVPR 2020) before the division.
    """
    batch, channels, height, width = values.shape
    end = pixel_points(height, width, flow) + flow
    corner = end.floor()
    sums = values.new_zeros(batch, channels + 1, height * width)
    spread = torch.cat([values * weights, weights], dim=1).flatten(2)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = corner[:, 0] + dx, corner[:, 1] + dy
        share = (1 - (end[:, 0] - x).abs()) * (1 - (end[:, 1] - y).abs())
        share = share * ((x >= 0) & (x < width) & (y >= 0) & (y < height))
        index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).long().flatten(1)[:, None]
        sums = sums.scatter_add(2, index.expand(-1, channels + 1, -1), spread * share.flatten(1)[:, None])
    sums = sums.view(batch, channels + 1, height, width)
    return sums[:, :channels], sums[:, channels:]

"""Sets whose transforms are known: one smooth texture under random similarities, as images and as maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor

from dsia_gen.align.methods.spacejam.joint_features import JointMaps, principal_components
from dsia_gen.align.methods.spacejam.joint_network import warped
from dsia_gen.align.methods.spacejam.set_image import SetImage

Array = NDArray[np.float64]


def similarity(angle: float, zoom: float, shift: tuple[float, float]) -> Array:
    """(3, 3) in coordinates from -1 to 1."""
    c, s = zoom * np.cos(angle), zoom * np.sin(angle)
    return np.array([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1.0]])


def random_similarities(count: int, seed: int = 0) -> Array:
    """(N, 3, 3): turns up to 15 degrees, zooms up to 20%, shifts up to 20% of the side."""
    rng = np.random.default_rng(seed)
    return np.stack([
        similarity(rng.uniform(-1, 1) * np.radians(15), rng.uniform(0.84, 1.2), tuple(rng.uniform(-0.4, 0.4, 2)))
        for _ in range(count)
    ])  # fmt: skip


def texture(size: int = 192, seed: int = 0) -> NDArray[np.float32]:
    """(3, size, size) smooth colours from 0 to 1, that vary over all scales down to a tenth of the side."""
    rng = np.random.default_rng(seed)
    layers = sum(
        gaussian_filter(rng.normal(size=(3, size, size)), (0, size * s, size * s)) * (size * s)
        for s in (0.03, 0.07, 0.15)
    )
    low, high = layers.min(), layers.max()
    found: NDArray[np.float32] = ((layers - low) / (high - low)).astype(np.float32)
    return found


@dataclass(frozen=True)
class MadeUpSet:
    """Maps of a set and the transforms (N, 3, 3) from the texture to its images."""

    maps: JointMaps
    matrices: Array
    images: tuple[SetImage, ...]


def made_up_set(count: int = 6, size: int = 48, seed: int = 0, mirrored: tuple[int, ...] = ()) -> MadeUpSet:
    """A set of views of one texture. Its features are blurred colours and their gradients."""
    matrices = random_similarities(count, seed)
    world = torch.from_numpy(texture(seed=seed))[None].expand(count, -1, -1, -1)
    # an image shows the texture at T^-1 of its own places
    shown = warped(world, torch.linalg.inv(torch.from_numpy(matrices)), 0.5)
    for k in mirrored:
        shown[k] = shown[k].flip(-1)
        matrices[k] = np.diag([-1.0, 1, 1]) @ matrices[k]
    pictures = (shown.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    images = tuple(SetImage(f"{k}", picture) for k, picture in enumerate(pictures))
    return MadeUpSet(
        JointMaps(features(shown, size), torch.ones(count, 1, size, size, dtype=torch.bool)), matrices, images
    )


def features(shown: Tensor, size: int) -> Tensor:
    """(N, K, size, size) principal components of colours at three blurs, their gradients' lengths and squares."""
    levels = [shown]
    for sigma in (2, 4, 8):
        blurred = torch.from_numpy(gaussian_filter(shown.numpy(), (0, 0, sigma, sigma)))
        dy, dx = np.gradient(blurred.numpy(), axis=(2, 3))
        levels += [blurred, torch.from_numpy(np.hypot(dx, dy).astype(np.float32)), blurred.square()]
    stack = torch.nn.functional.interpolate(torch.cat(levels, dim=1), (size, size), mode="bilinear", antialias=True)
    keys = principal_components(stack, torch.ones(len(shown), size, size, dtype=torch.bool), 25)
    return keys / keys.square().mean().sqrt()


def share_correct(found: Array, true: Array, alpha: float = 0.1) -> float:
    """PCK of all ordered pairs: points of one image whose place in another is right within a share of the side."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(-0.6, 0.6, (60, 2)), np.ones((60, 1))], axis=1)
    right = []
    for i in range(len(true)):
        for j in range(len(true)):
            if i == j:
                continue
            here, there = _at(true[i], points), _at(true[j], points)
            seen = (np.abs(here) < 1).all(axis=1) & (np.abs(there) < 1).all(axis=1)
            answer = _at(found[j] @ np.linalg.inv(found[i]), np.concatenate([here, np.ones((60, 1))], axis=1))
            right.append(np.linalg.norm(answer - there, axis=1)[seen] <= 2 * alpha)
    return float(np.concatenate(right).mean())


def _at(matrix: Array, points: Array) -> Array:
    there = points @ matrix.T
    return there[:, :2] / there[:, 2:]

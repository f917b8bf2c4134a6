"""Changes of training samples of the motion-compensated aligner that keep their ground truth exact."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dsia_gen.align.matching.geometry import inside, look_up, pixel_points, project
from dsia_gen.align.methods.mc_aligner.mc_config import McAugmentConfig
from dsia_gen.align.training.synthetic import small_homography

Planes = dict[str, Tensor]


def changed_batch(
    rngs: list[np.random.Generator], config: McAugmentConfig, images: Planes, flows: Planes, masks: Planes
) -> tuple[Planes, Planes, Planes]:
    """All changes of a batch, by one generator a sample; `visible` of the masks is what I2 then still shows of Igt."""
    images, flows, masks = zoomed(rngs, config.zoom, images, flows, masks)
    images, flows = augmented(rngs, config, images, flows)
    size = (images["gt"].shape[-2], images["gt"].shape[-1])
    ends = pixel_points(*size, images["gt"]) + flows["gt_to_2"]
    return images, flows, {**masks, "visible": masks["visible"] * inside(ends, size)}


def zoomed(
    rngs: list[np.random.Generator], zoom: float, images: Planes, flows: Planes, masks: Planes
) -> tuple[Planes, Planes, Planes]:
    """Half of the samples of a batch are enlarged: one part of all images, of a side from 1 / (1 + `zoom`) to 1.

    A network that sees each scene in one size only knows it again. Masks and flows are those of the nearest pixel.
    """
    if zoom == 0:
        return images, flows, masks
    like = images["gt"]
    height, width = like.shape[-2:]
    size = np.array([width, height])
    scales = np.array([1 + zoom * max(0.0, rng.uniform(-1, 1)) for rng in rngs])
    corners = np.stack([rng.uniform(0, 1, 2) * (1 - 1 / z) * size for rng, z in zip(rngs, scales, strict=True)])
    scale = torch.from_numpy(scales.astype(np.float32)).to(like.device).view(-1, 1, 1, 1)
    corner = torch.from_numpy(corners.astype(np.float32)).to(like.device)[:, :, None, None]
    points = corner + (pixel_points(height, width, like) + 0.5) / scale - 0.5
    as_before = scale == 1

    def read(plane: Tensor, nearest: bool) -> Tensor:
        found = look_up(plane, points, "nearest" if nearest else "bilinear")
        return torch.where(as_before, plane, found.to(plane.dtype))

    return (
        {name: read(image, nearest=False) for name, image in images.items()},
        {name: read(flow, nearest=True) * scale for name, flow in flows.items()},
        {name: read(mask, nearest=True) for name, mask in masks.items()},
    )


def augmented(
    rngs: list[np.random.Generator], config: McAugmentConfig, images: Planes, flows: Planes
) -> tuple[Planes, Planes]:
    """Images in [0, 1] and flows of a batch, changed so that the ground truth stays exact."""
    images = dict(images)
    like = images["gt"]
    if config.colours:
        for k, rng in enumerate(rngs):
            order = torch.from_numpy(rng.permutation(3))
            gamma, gain = float(np.exp(rng.normal(0, 0.15))), np.exp(rng.normal(0, 0.1, 3)).astype(np.float32)
            factor = torch.from_numpy(gain).to(like.device).view(3, 1, 1)
            for role, image in list(images.items()):
                changed = (image[k][order].clamp(0, 1) ** gamma * factor).clamp(0, 1)
                images[role] = torch.cat([image[:k], changed[None], image[k + 1 :]])
    exposure = np.stack([np.exp(rng.normal(0, config.exposure, 3)) for rng in rngs]).astype(np.float32)
    images["2"] = (images["2"] * torch.from_numpy(exposure).to(like.device)[:, :, None, None]).clamp(0, 1)
    if config.homography == 0:
        return images, flows
    height, width = like.shape[-2:]
    moves = np.stack([small_homography(rng, config.homography, width, height) for rng in rngs]).astype(np.float32)
    there, back = torch.from_numpy(moves).to(like.device), torch.from_numpy(np.linalg.inv(moves)).to(like.device)
    points = pixel_points(height, width, like).expand(len(like), -1, -1, -1)
    before = project(back, points)
    images["2"] = look_up(images["2"], before)
    to_2 = project(there, points + flows["gt_to_2"]) - points
    to_gt = before + look_up(flows["2_to_gt"], before, "nearest") - points
    return images, {**flows, "gt_to_2": to_2, "2_to_gt": to_gt}

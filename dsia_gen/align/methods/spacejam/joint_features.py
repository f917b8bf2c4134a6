"""Features of a set of images as masked principal components in squares of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.matching.features.dino import DinoVit
from dsia_gen.align.matching.features.extractor import Extractor, features_at, working_sides
from dsia_gen.align.matching.geometry import resize
from dsia_gen.align.methods.spacejam.joint_network import warped
from dsia_gen.align.methods.spacejam.joint_saliency import salient_masks
from dsia_gen.align.methods.spacejam.mask_framing import framed_by_masks
from dsia_gen.align.methods.spacejam.roll_start import rolls
from dsia_gen.align.methods.spacejam.set_image import SetImage
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.align.photos import has_one_colour
from dsia_gen.core.errors import AlignError

Image = NDArray[np.uint8]
_FEWEST_CELLS = 12
"""Cells of a mask below which an image shows nothing that could be aligned."""
_LONGEST_SIDE = 1024


@dataclass(frozen=True)
class JointMaps:
    """What is aligned: components (N, K, s, s), zero off the masks (N, 1, s, s) bool; notes say what was unusual.

    `starts` (N, 3, 3) lead from the squares of the maps to those of the images; None where they are the same.
    """

    keys: Tensor
    masks: Tensor
    notes: tuple[str, ...] = ()
    starts: NDArray[np.float64] | None = None

    def of_images(self, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transforms (N, 3, 3) from a shared frame to the images, of those to the maps."""
        return matrices if self.starts is None else self.starts @ matrices

    def of_maps(self, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transforms (N, 3, 3) from a shared frame to the maps, of those to the images."""
        return matrices if self.starts is None else np.linalg.inv(self.starts) @ matrices


def joint_maps(images: Sequence[SetImage], extractor: Extractor, config: SpaceJamConfig, device: str) -> JointMaps:
    """The maps of a set. AlignError where its images have no texture, or a mask is empty."""
    flat = [item.name for item in images if has_one_colour(item.image)]
    if len(images) - len(flat) < 2:
        raise AlignError(f"fewer than two images have texture: {flat[0]} has one colour; give other images")
    starts = None
    if config.start == "masks" and config.mask in ("auto", "given") and all(item.mask is not None for item in images):
        images, starts = framed_by_masks(images)
    features, insides, attentions = [], [], []
    extractor = extractor.to(device)
    for item in images:
        levels = _levels(item.image).to(device)
        with torch.inference_mode():
            found = features_at(extractor, levels, config.features.side)[0].float().cpu()
            attention = _attention(extractor, levels, config)
        cells, inside = item.frame.cut_out(found.clone(), config.size)
        features.append(cells)
        insides.append(inside)
        if attention is not None:
            attentions.append(item.frame.cut_out(attention.clone()[None], config.size)[0][0])
    inside_all = torch.stack(insides)
    components = principal_components(torch.stack(features), inside_all, config.coder.components)
    masks, notes = _masks(images, components, inside_all, torch.stack(attentions) if attentions else None, config)
    small = [item.name for item, mask in zip(images, masks, strict=True) if int(mask.sum()) < _FEWEST_CELLS]
    if small:
        raise AlignError(
            f"the mask of {small[0]} covers fewer than {_FEWEST_CELLS} cells of its map; give another mask, or leave "
            "the image out"
        )
    keys = components * masks[:, None]
    keys = keys / keys.square().sum(dim=1)[masks].mean().div(keys.shape[1]).sqrt().clamp(min=1e-6)
    masks = masks[:, None]
    if starts is not None:
        turned = rolls(keys)
        keys, masks = (warped(maps, torch.from_numpy(turned)) for maps in (keys, masks.float()))
        masks, starts = masks > 0.5, starts @ turned
    return JointMaps(keys, masks, notes, starts)


def _levels(image: Image) -> Tensor:
    """(1, 3, H, W) in [-1, 1]; large photographs are scaled down first."""
    levels = torch.tensor(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    longest = max(levels.shape[-2:])
    if longest > _LONGEST_SIDE:
        size = [max(1, round(side * _LONGEST_SIDE / longest)) for side in levels.shape[-2:]]
        levels = torch.nn.functional.interpolate(levels, size, mode="bilinear", align_corners=False, antialias=True)
    return levels


def _attention(extractor: Extractor, levels: Tensor, config: SpaceJamConfig) -> Tensor | None:
    """(h, w) attention of the class token, of networks that have one, where saliency may be asked for."""
    if not isinstance(extractor, DinoVit) or config.mask in ("given", "none"):
        return None
    size = (levels.shape[-2], levels.shape[-1])
    found: Tensor = extractor.attention(resize(levels, working_sides(size, config.features.side, extractor.multiple)))[
        0
    ]
    return found.float().cpu()


def principal_components(features: Tensor, inside: Tensor, count: int) -> Tensor:
    """(N, K, h, w) principal components of features (N, C, h, w) over the cells (N, h, w) that images fill.

    Channels are standardised first; signs are such that the largest weight of each is positive. AlignError where all
    cells are alike.
    """
    cells = features.permute(0, 2, 3, 1)[inside].double()
    deviation, mean = torch.std_mean(cells, dim=0, correction=0)
    useful = deviation > 1e-6 * mean.abs().clamp(min=1.0)
    if not bool(torch.isfinite(cells).all()) or int(useful.sum()) == 0:
        raise AlignError("the images have no texture: all their features are alike; give other images")
    cells = (cells[:, useful] - mean[useful]) / deviation[useful]
    values, vectors = torch.linalg.eigh(cells.T @ cells / len(cells))
    vectors, values = vectors.flip(1), values.flip(0)
    kept = min(count, int((values > 1e-9 * values[0]).sum()))
    vectors = vectors[:, :kept]
    strongest = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True))
    vectors = vectors * torch.where(strongest < 0, -1.0, 1.0)
    result = features.new_zeros(*inside.shape, kept)
    result[inside] = (cells @ vectors).to(features.dtype)
    return result.permute(0, 3, 1, 2).contiguous()


def _masks(
    images: Sequence[SetImage], components: Tensor, inside: Tensor, attention: Tensor | None, config: SpaceJamConfig
) -> tuple[Tensor, tuple[str, ...]]:
    """(N, s, s) bool masks by the source that the configuration names, and notes."""
    without = [item.name for item in images if item.mask is None]
    if config.mask == "given" and without:
        raise AlignError(
            f"{without[0]} has no mask; give NAME_mask.png beside each image, or set mask=saliency or none"
        )
    if config.mask == "none":
        return inside, ()
    if config.mask == "given" or (config.mask == "auto" and not without):
        given = []
        for item in images:
            assert item.mask is not None
            values = torch.from_numpy(np.ascontiguousarray(item.mask))[None].float()
            given.append(item.frame.cut_out(values, config.size)[0][0] > 0.5)
        return torch.stack(given), ()
    notes = [f"{len(without)} of {len(images)} images have no mask, so saliency stands for all"]
    found, missing = salient_masks([item.image for item in images], components, inside, attention)
    if missing:
        notes.append(f"{missing} images show nothing salient and are used whole")
    return found, tuple(notes if len(without) < len(images) else notes[1:])

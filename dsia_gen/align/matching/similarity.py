"""Structural similarity of batches of images, with a gradient."""

from __future__ import annotations

import torch
from torch import Tensor

from dsia_gen.align.matching.geometry import at_least_single


def ssim_of(a: Tensor, b: Tensor) -> Tensor:
    """(B, 1, H, W) structural similarity of images (B, C, H, W) in [0, 1], the mean of the channels.

    Wang et al., TIP 2004, eq. 13, with a Gaussian window of 11 px and sigma 1.5; beyond the border the images are
    mirrored, so each side has at least 6 px.
    """
    # its import asks for torchvision, which nothing here needs
    from torchmetrics.functional.image import structural_similarity_index_measure

    with torch.autocast(a.device.type, enabled=False):  # a variance is a small difference of large squares
        _, full = structural_similarity_index_measure(
            at_least_single(a), at_least_single(b), sigma=1.5, kernel_size=11, data_range=1.0, return_full_image=True
        )
    return full.mean(dim=1, keepdim=True)

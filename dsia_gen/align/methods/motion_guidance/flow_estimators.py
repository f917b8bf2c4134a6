"""Estimators of the motion between two images, differentiable, behind one contract."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from dsia_gen.align.matching.geometry import pixel_points
from dsia_gen.align.methods.learned_flow.flow_network import FlowNetwork
from dsia_gen.align.methods.learned_flow.flow_task import load_flow_run
from dsia_gen.align.weight_files import tensors_hash


class FlowEstimator(Protocol):
    """Flow (B, 2, H, W) px from a source to images, (B, 3, H, W) in [0, 1]; with a gradient to the images."""

    def __call__(self, source: Tensor, image: Tensor, /) -> Tensor: ...


class TrainedFlow:
    """A network of `dsia-gen train flow`."""

    def __init__(self, network: FlowNetwork) -> None:
        self.network = network.eval().requires_grad_(False)

    def __call__(self, source: Tensor, image: Tensor) -> Tensor:
        """As the contract says; the network sees images as they are shown, without what is darker than black.

        The gradient goes on as if nothing had been cut off.
        """
        shown = image + (image.clamp(0, 1) - image).detach()
        return self.network.flow(source * 2 - 1, shown * 2 - 1)

    def hash(self) -> str:
        """SHA-256 over the weights."""
        return tensors_hash(self.network.inner.state_dict())


class ExactFlow:
    """The wanted flow itself, whatever the images show: the motion is not judged, only the colours under it."""

    def __init__(self, flow: Tensor) -> None:
        self.flow = torch.nan_to_num(flow, nan=0.0, posinf=0.0, neginf=0.0)

    def __call__(self, source: Tensor, image: Tensor) -> Tensor:  # noqa: ARG002  (of the contract)
        """As the contract says; the gradient is zero."""
        return self.flow.to(image).expand(len(image), -1, -1, -1)


class CentroidFlow:
    """One displacement for all pixels: that of the centroid of what differs from a background colour."""

    def __init__(self, background: Tensor) -> None:
        self.background = background

    def __call__(self, source: Tensor, image: Tensor) -> Tensor:
        """As the contract says; `background` is (1, 3, 1, 1) or an image."""
        apart = self._centroid(image) - self._centroid(source)
        return apart[:, :, None, None].expand(-1, -1, *image.shape[-2:])

    def _centroid(self, image: Tensor) -> Tensor:
        weight = (image - self.background).square().sum(dim=1, keepdim=True)
        points = pixel_points(image.shape[-2], image.shape[-1], image)
        return (points * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3)).clamp(min=1e-12)


def load_estimator(run: Path, device: str) -> TrainedFlow:
    """The network of a run of `dsia-gen train flow`. AlignError says what is wrong with it."""
    return TrainedFlow(load_flow_run(run).network.to(device))

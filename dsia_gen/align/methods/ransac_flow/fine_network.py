"""The fine network: features, their local correlation, and heads for flow and matchability."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.correlation import cost_volume, displacements, unit_features
from dsia_gen.align.matching.features.feature_encoder import FeatureEncoder, fan_out
from dsia_gen.align.matching.geometry import at_least_single, resize
from dsia_gen.align.methods.ransac_flow.ransac_config import FineConfig


@dataclass(frozen=True)
class FineAnswer:
    """Flows (B, 2, H, W) px and matchability (B, 1, H, W) in [0, 1] between two images, both ways."""

    flow12: Tensor
    flow21: Tensor
    match12: Tensor
    match21: Tensor


class FineHead(nn.Module):
    """Four convolutions of 3x3; the weights are named as the authors' are."""

    def __init__(self, inputs: int, widths: tuple[int, int, int], outputs: int) -> None:
        super().__init__()
        first, second, third = widths
        self.conv1, self.bn1 = nn.Conv2d(inputs, first, 3, padding=1, bias=False), nn.BatchNorm2d(first)
        self.conv2, self.bn2 = nn.Conv2d(first, second, 3, padding=1, bias=False), nn.BatchNorm2d(second)
        self.conv3, self.bn3 = nn.Conv2d(second, third, 3, padding=1, bias=False), nn.BatchNorm2d(third)
        self.conv4 = nn.Conv2d(third, outputs, 3, padding=1, bias=False)
        fan_out(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.conv4(F.relu(self.bn3(self.conv3(x))))


class FineNetwork(nn.Module):
    """Flow and matchability of images (B, 3, H, W) in [-1, 1] whose sides are multiples of `multiple`.

    A pass reaches `radius` cells of `stride` px.
    """

    def __init__(self, config: FineConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = config.multiple
        self.encoder = FeatureEncoder(config.encoder)
        count = (2 * config.radius + 1) ** 2
        self.flow_head = FineHead(count, config.head, count)
        self.match_head = FineHead(count, config.head, 1)
        nn.init.normal_(self.match_head.conv4.weight, std=1e-4)  # matchability begins at one half

    def forward(self, first: Tensor, second: Tensor, with_matchability: bool = True) -> FineAnswer:
        """Both ways at once; matchability is 1 where it is not asked for."""
        size = (first.shape[-2], first.shape[-1])
        features = unit_features(self.encoder(torch.cat([first, second])))
        a, b = features.chunk(2)
        window = 2 * self.config.radius + 1
        correlation = torch.cat([cost_volume(a, b, window), cost_volume(b, a, window)])
        flow = self.enlarged(self.flow_of(at_least_single(self.flow_head(correlation)), size), size)
        if with_matchability:
            match = self.enlarged(torch.sigmoid(at_least_single(self.match_head(correlation))), size)
        else:
            match = torch.ones_like(flow[:, :1])
        flow12, flow21 = flow.chunk(2)
        match12, match21 = match.chunk(2)
        return FineAnswer(flow12, flow21, match12, match21)

    def flow_of(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """(B, 2, h, w) px of an image of a height and width: the mean displacement under the softmax of logits."""
        offsets = displacements(self.config.radius, logits)
        shares = torch.softmax(logits, dim=1)
        with torch.autocast(logits.device.type, enabled=False):
            cells = torch.einsum("bkhw,kc->bchw", shares, offsets)
        factor = [float(self.config.encoder.stride)] * 2
        if self.config.convention == "corners":  # a cell is 2 / w of the way between the middles of border pixels
            factor = [stride * (side - 1) / side for stride, side in zip(factor, (size[1], size[0]), strict=True)]
        return cells * torch.tensor(factor, device=logits.device, dtype=logits.dtype).view(1, 2, 1, 1)

    def enlarged(self, values: Tensor, size: tuple[int, int]) -> Tensor:
        """Cells (B, C, h, w) as pixels of a height and width."""
        if self.config.convention == "corners":
            return F.interpolate(values, size, mode="bilinear", align_corners=True)
        return resize(values, size)


def build_fine_network(config: FineConfig, seed: int) -> FineNetwork:
    """A network with fresh weights that depend on `seed` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return FineNetwork(config)

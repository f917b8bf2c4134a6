"""RANSAC-Flow's feature extractor: a small residual network whose pooling is anti-aliased."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor
from dsia_gen.align.matching.features.features_config import EncoderConfig


class BlurPool(nn.Module):
    """Blurs by [1, 2, 1]^2 / 16 with mirrored borders and takes every `stride`-th pixel (Zhang, ICML 2019)."""

    filt: Tensor

    def __init__(self, channels: int, stride: int = 2) -> None:
        super().__init__()
        self.stride = stride
        row = torch.tensor([1.0, 2.0, 1.0])
        self.register_buffer("filt", (row[:, None] * row / 16).repeat(channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, (1, 1, 1, 1), mode="reflect" if min(x.shape[-2:]) > 1 else "replicate")
        return F.conv2d(padded, self.filt, stride=self.stride, groups=x.shape[1])


class ResidualBlock(nn.Module):
    """Two convolutions of 3x3 beside a shortcut, which is blurred before it is thinned out."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: nn.Module | None = None
        if stride > 1 or before != width:
            blur = [BlurPool(before, stride)] if stride > 1 else []
            self.downsample = nn.Sequential(*blur, nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        rest = F.relu(self.bn1(self.conv1(x)))
        rest = self.bn2(self.conv2(rest))
        return F.relu(rest + (x if self.downsample is None else self.downsample(x)))


class FeatureEncoder(Extractor):
    """Weights are named as in RANSAC-Flow's files. Shen et al., ECCV 2020, section 3.4.

    At a stride of 4 the pooling after the first convolution is left out.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        first, second, third = config.widths
        self.stride, self.channels = config.stride, third
        self.conv1 = nn.Conv2d(3, first, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        pool = [nn.MaxPool2d(2, 1), BlurPool(first)] if config.stride == 8 else []
        self.maxpool = nn.Sequential(*pool)
        self.layer1 = nn.Sequential(ResidualBlock(first, first, 1), ResidualBlock(first, first, 1))
        self.layer2 = nn.Sequential(ResidualBlock(first, second, 2), ResidualBlock(second, second, 1))
        self.layer3 = nn.Sequential(ResidualBlock(second, third, 2), ResidualBlock(third, third, 1))
        fan_out(self)

    def forward(self, images: Tensor) -> Tensor:
        """Features after a ReLU, none of them negative."""
        x = self.maxpool(F.relu(self.bn1(self.conv1(images / 2 + 0.5))))
        return self.layer3(self.layer2(self.layer1(x)))


def fan_out(module: nn.Module) -> None:
    """Fresh weights of all convolutions, by He et al. (ICCV 2015) with the outputs' number."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")

"""ResNet-50 up to its third stage, with the names of torchvision's weights."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor, imagenet_levels

_CHANNELS = {"layer2": (512, 8), "layer3": (1024, 16)}


class ResNet50(Extractor):
    """He et al., CVPR 2016; `layer3` is the paper's conv4 with 1024 channels at a stride of 16."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        self.channels, self.stride = _CHANNELS[layer]
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _stage(64, 64, 3, 1)
        self.layer2 = _stage(256, 128, 4, 2)
        self.layer3 = _stage(512, 256, 6, 2) if layer == "layer3" else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(imagenet_levels(images))))
        x = F.max_pool2d(x, 3, 2, 1)
        return self.layer3(self.layer2(self.layer1(x)))


class _Bottleneck(nn.Module):
    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, after, 1, bias=False), nn.BatchNorm2d(after)
        self.downsample: nn.Module | None = None
        if before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        rest = F.relu(self.bn1(self.conv1(x)))
        rest = F.relu(self.bn2(self.conv2(rest)))
        rest = self.bn3(self.conv3(rest))
        return F.relu(rest + (x if self.downsample is None else self.downsample(x)))


def _stage(before: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    rest = [_Bottleneck(4 * width, width, 1) for _ in range(blocks - 1)]
    return nn.Sequential(_Bottleneck(before, width, stride), *rest)

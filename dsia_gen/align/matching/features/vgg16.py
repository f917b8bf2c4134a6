"""VGG-16 up to one of its poolings, with the names of torchvision's weights."""

from __future__ import annotations

from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor, imagenet_levels

_WIDTHS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


class Vgg16(Extractor):
    """Simonyan and Zisserman, ICLR 2015; `pool3` has 256 channels at a stride of 8."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        levels = int(layer.removeprefix("pool"))
        layers: list[nn.Module] = []
        before = 3
        for width, convolutions in _WIDTHS[:levels]:
            for _ in range(convolutions):
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.channels, self.stride = before, 2**levels

    def forward(self, images: Tensor) -> Tensor:
        return self.features(imagenet_levels(images))

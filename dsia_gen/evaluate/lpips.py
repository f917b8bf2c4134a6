"""LPIPS on trunks of AlexNet and VGG16 that are built here: torchvision is not needed, their weights are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torchmetrics.functional.image as torchmetrics_images
from torch import Tensor, nn

from dsia_gen.align.methods.method import UnavailableError
from dsia_gen.align.weight_files import load_weights
from dsia_gen.core.errors import AlignError

# (channels, kernel, stride, padding) of a convolution with a ReLU, or None for a pooling of 2 or 3
_ALEX = ((64, 11, 4, 2), None, (192, 5, 1, 2), None, (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1))
_VGG = tuple(
    layer
    for channels, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    for layer in ((channels, 3, 1, 1),) * repeats + (None,)
)[:-1]
# of the training images, in [-1, 1]
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


@dataclass(frozen=True)
class Trunk:
    """A network whose inner features LPIPS compares."""

    file: str
    """Name of torchvision's weights in the cache of torch."""
    heads: str
    """Name of the file of linear weights that torchmetrics ships."""
    layers: tuple[tuple[int, int, int, int] | None, ...]
    pool: int
    taps: tuple[int, ...]
    """Places of the compared layers, counted as torchvision counts."""

    def build(self) -> nn.Sequential:
        """The network with fresh weights."""
        made: list[nn.Module] = []
        before = 3
        for layer in self.layers:
            if layer is None:
                made.append(nn.MaxPool2d(self.pool, 2))
            else:
                channels, *shape = layer
                made += [nn.Conv2d(before, channels, *shape), nn.ReLU()]
                before = channels
        return nn.Sequential(*made)


TRUNKS = {
    "alex": Trunk("alexnet-owt-7be5be79.pth", "alex.pth", _ALEX, 3, (1, 4, 7, 9, 11)),
    "vgg": Trunk("vgg16-397923af.pth", "vgg.pth", _VGG, 2, (3, 8, 15, 22, 29)),
}


class Lpips(nn.Module):
    """LPIPS (Zhang et al., CVPR 2018), version 0.1: squared distances of unit features, weighted and averaged."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.taps = trunk.taps
        self.trunk = trunk.build()
        heads = load_weights(Path(torchmetrics_images.__file__).parent / "lpips_models" / trunk.heads)
        self.heads = nn.ParameterList(heads[f"lin{k}.model.1.weight"] for k in range(len(trunk.taps)))
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    def features(self, images: Tensor) -> list[Tensor]:
        """Unit features at the taps of images (B, 3, H, W) in [-1, 1]."""
        x, found = (images - self.shift) / self.scale, []
        for place, layer in enumerate(self.trunk):
            x = layer(x)
            if place in self.taps:
                length = x.square().sum(dim=1, keepdim=True).add(1e-8).sqrt()
                found.append(x / length)
        return found

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """(B,) distances of images (B, 3, H, W) in [-1, 1]."""
        apart = [(f - g).square() for f, g in zip(self.features(a), self.features(b), strict=True)]
        return sum((d * head).sum(dim=1).mean(dim=(1, 2)) for d, head in zip(apart, self.heads, strict=True))


def open_trunk(name: str, weights: str | None = None) -> Lpips:
    """LPIPS on the trunk `name`, whose weights are in the file `weights`, or in the cache of torch.

    UnavailableError says what is missing and where it goes.
    """
    trunk = TRUNKS[name]
    path = Path(weights) if weights else Path(torch.hub.get_dir()) / "checkpoints" / trunk.file
    if not path.is_file():
        address = f"https://download.pytorch.org/models/{trunk.file}"
        raise UnavailableError(f"the weights of LPIPS are not in {path}; download {address} and put it there")
    network = Lpips(trunk)
    try:
        tensors = load_weights(path)
    except AlignError as error:
        raise UnavailableError(str(error)) from error
    own = network.trunk.state_dict()
    found = {key: tensors.get(f"features.{key}", tensors.get(key)) for key in own}
    wrong = [key for key, value in found.items() if value is None or value.shape != own[key].shape]
    if wrong:
        raise UnavailableError(f"{path} has no features.{wrong[0]} of this shape; give torchvision's {trunk.file}")
    network.trunk.load_state_dict(found)
    return network

"""LPIPS and DreamSim: distances by networks, where their weights and libraries are. Nothing is downloaded here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dsia_gen.align.devices import device_by_name
from dsia_gen.align.methods.method import Image, UnavailableError

Distance = Callable[[Image, Image], float]
"""Two (H, W, 3) uint8 images -> a distance, lower is more alike."""


def open_lpips(device: str) -> Distance:
    """LPIPS with AlexNet (Zhang et al., CVPR 2018), by torchmetrics; UnavailableError says what is missing."""
    folder, file = Path(torch.hub.get_dir()) / "checkpoints", "alexnet-owt-7be5be79.pth"
    if not (folder / file).is_file():
        address = f"https://download.pytorch.org/models/{file}"
        raise UnavailableError(f"the weights of LPIPS are not here; download {address} to {folder}")
    try:
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        network = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
    except (ImportError, RuntimeError, OSError) as error:
        fix = "install a torchvision that fits this torch"
        raise UnavailableError(f"LPIPS cannot start ({_first(error)}); {fix}") from error
    network = network.eval().to(device_by_name(device))

    @torch.no_grad()
    def distance(a: Image, b: Image) -> float:
        return float(network(_batch(a, device), _batch(b, device)))

    return distance


def open_dreamsim(device: str) -> Distance:
    """DreamSim (Fu et al., NeurIPS 2023), by its authors' package; UnavailableError says what is missing."""
    try:
        import dreamsim
    except ImportError as error:
        raise UnavailableError("DreamSim is not installed; run: pip install dreamsim (it needs torchvision)") from error
    cache = Path(torch.hub.get_dir()).parent / "dreamsim"
    if not cache.is_dir():
        fix = f"let dreamsim(cache_dir={str(cache)!r}) fetch them"
        raise UnavailableError(f"the weights of DreamSim are not in {cache}; {fix}")
    try:
        model, preprocess = dreamsim.dreamsim(pretrained=True, device=device_by_name(device), cache_dir=str(cache))
    except (ImportError, RuntimeError, OSError) as error:
        raise UnavailableError(f"DreamSim cannot start ({_first(error)})") from error

    @torch.no_grad()
    def distance(a: Image, b: Image) -> float:
        from PIL import Image as Pillow

        first, second = (preprocess(Pillow.fromarray(x)).to(device_by_name(device)) for x in (a, b))
        return float(model(first, second))

    return distance


PERCEPTUAL: dict[str, tuple[str, Callable[[str], Distance]]] = {
    "lpips": ("LPIPS", open_lpips),
    "dreamsim": ("DreamSim", open_dreamsim),
}
"""Measures of Table 3: title, and how to open each."""


def _batch(image: Image, device: str) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(image)).to(device_by_name(device))
    return pixels.permute(2, 0, 1)[None].float() / 255


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:140]

"""LPIPS and DreamSim: distances by networks, where their weights and libraries are. Nothing is downloaded here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dsia_gen.align.devices import device_by_name
from dsia_gen.align.methods.method import Image, UnavailableError
from dsia_gen.evaluate.lpips import open_trunk

Distance = Callable[[Image, Image], float]
"""Two (H, W, 3) uint8 images -> a distance, lower is more alike."""


Opening = Callable[[str, "str | None"], Distance]
"""(device, file of weights or None) -> the distance; UnavailableError says what is missing."""


def open_lpips(trunk: str, device: str, weights: str | None) -> Distance:
    """LPIPS on a trunk of `lpips.TRUNKS`; UnavailableError says what is missing."""
    network = open_trunk(trunk, weights).to(device_by_name(device))

    @torch.no_grad()
    def distance(a: Image, b: Image) -> float:
        return float(network(_batch(a, device), _batch(b, device)))

    return distance


def open_dreamsim(device: str, weights: str | None) -> Distance:  # noqa: ARG001  (it knows its own files)
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


PERCEPTUAL: dict[str, tuple[str, Opening]] = {
    "lpips": ("LPIPS (Alex)", partial(open_lpips, "alex")),
    "lpips_vgg": ("LPIPS (VGG)", partial(open_lpips, "vgg")),
    "dreamsim": ("DreamSim", open_dreamsim),
}
"""Measures of Table 3: title, and how to open each."""


def _batch(image: Image, device: str) -> Tensor:
    """(1, 3, H, W) in [-1, 1]."""
    pixels = torch.from_numpy(np.ascontiguousarray(image)).to(device_by_name(device))
    return pixels.permute(2, 0, 1)[None].float() / 127.5 - 1


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:140]

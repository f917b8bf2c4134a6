"""Networks that estimate optical flow, taken from ptlflow (Apache-2.0), with and without its own start-up.

`import ptlflow` loads every network it has, and through some of them torchvision, which has no build that fits the CPU
torch of this project. Where that fails, the one network asked for is loaded from its own file.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.methods.learned_flow.flow_config import FlowNetworkConfig
from dsia_gen.align.weight_files import load_module, load_weights
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion

_SMALLEST = 128
"""Side in pixels below which a pyramid of cost volumes of four levels has an empty one."""
FAMILIES = {
    "raft": "raft", "raft_small": "raft", "gma": "gma", "pwcnet": "pwcnet", "gmflow": "gmflow",
    "gmflow_refine": "gmflow", "sea_raft_s": "sea_raft", "sea_raft_m": "sea_raft", "sea_raft_l": "sea_raft",
    "dpflow": "dpflow", "rapidflow": "rapidflow", "liteflownet": "liteflownet", "rpknet": "rpknet",
    "flowformer": "flowformer", "flowformerplusplus": "flowformerplusplus",
}  # fmt: skip
"""Networks by their names in ptlflow, and the folder that holds each."""
_INSTALL = "pip install ptlflow (where there is no torchvision: pip install --no-deps ptlflow lightning einops loguru)"


class FlowNetwork(nn.Module):
    """A network of ptlflow that takes images as this project has them."""

    def __init__(self, inner: nn.Module, name: str) -> None:
        super().__init__()
        self.inner = inner
        self.name = name

    def forward(self, image1: Tensor, image2: Tensor) -> dict[str, Any]:
        """Answer for RGB images (B, 3, H, W) in [-1, 1]; its `flows` are (B, 1, 2, H, W) px from 1 to 2."""
        images = torch.stack([image1, image2], dim=1).flip(2) / 2 + 0.5  # ptlflow takes BGR in [0, 1]
        return dict(self.inner({"images": images}))

    def loss(self, outputs: dict[str, Any], flow: Tensor, valid: Tensor) -> Tensor:
        """The network's own published loss against a flow (B, 2, H, W) where valid (B, 1, H, W)."""
        return self.inner.loss_fn(outputs, {"flows": flow[:, None], "valids": valid[:, None]})

    def flow(self, image1: Tensor, image2: Tensor) -> Tensor:
        """Flow (B, 2, H, W) px from image 1 (B or 1, 3, H, W) to image 2, in [-1, 1], of any size; differentiable."""
        height, width = image1.shape[-2:]
        smallest = _SMALLEST // 2 ** max(0, 4 - int(getattr(self.inner, "corr_levels", 4)))
        pads = (0, max(0, smallest - width), 0, max(0, smallest - height))
        first, second = (F.pad(image, pads, mode="replicate") for image in (image1, image2))
        flows: Tensor = self(first.expand(len(second), -1, -1, -1), second)["flows"]
        return flows[:, 0, :, :height, :width]

    @torch.no_grad()
    def estimate(self, source: NDArray[np.uint8], target: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow (H, W, 2) px from source to target, both (H, W, 3) uint8 of any size."""
        device = next(self.parameters()).device
        frames = torch.from_numpy(np.stack([source, target])).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
        flow = self.flow(frames[:1], frames[1:])[0]
        return np.ascontiguousarray(flow.permute(1, 2, 0).float().cpu().numpy())


def build_flow_network(config: FlowNetworkConfig, seed: int) -> FlowNetwork:
    """The network of a configuration, with the weights it names or with random ones drawn from the seed."""
    cls = network_class(config.model)
    tensors = read_weights(config.model, config.weights) if config.weights is not None else None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            network = FlowNetwork(cls(**config.arguments), config.model)
        except TypeError as error:
            reason = f"do not fit {config.model} ({error})"
            raise AlignError(f"network.arguments {reason}; see ptlflow's documentation") from error
    if tensors is not None:
        load_module(network.inner, tensors, Path(str(config.weights)))
    return network


def network_class(name: str) -> Any:
    """The class of a network; AlignError names what is missing."""
    if name not in FAMILIES:
        raise AlignError(f"{name!r} is not a known flow network{suggestion(name, list(FAMILIES))}")
    path = f"ptlflow.models.{FAMILIES[name]}.{FAMILIES[name]}"
    try:
        if path not in sys.modules:
            import_network(path)
        return getattr(sys.modules[path], name)
    except ImportError as error:
        missing = (error.name or "ptlflow").split(".")[0]
        raise AlignError(f"{name} needs {missing}; run: {_INSTALL}") from error


def import_network(path: str) -> None:
    """Import a module of ptlflow; where the package cannot start, its two outer packages are replaced by empty ones."""
    try:
        importlib.import_module(path)
    except ImportError:
        spec = importlib.util.find_spec("ptlflow")
        if spec is None or not spec.submodule_search_locations:
            raise
        root = Path(spec.submodule_search_locations[0])
        for name in [n for n in sys.modules if n == "ptlflow" or n.startswith("ptlflow.")]:
            del sys.modules[name]
        for name, folder in (("ptlflow", root), ("ptlflow.models", root / "models")):
            package = types.ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
        importlib.import_module(path)


def read_weights(name: str, weights: str) -> dict[str, Tensor]:
    """Tensors of a file (.safetensors, .ckpt, .pth), or of a set published by ptlflow that torch's cache holds."""
    path = Path(weights)
    if path.suffix:
        if not path.is_file():
            raise AlignError(f"the weights {weights} of {name} are not there; give a file")
    else:
        sets = dict(getattr(network_class(name), "pretrained_checkpoints", None) or {})
        if weights not in sets:
            raise AlignError(f"ptlflow publishes no weights {weights!r} for {name}; known: {', '.join(sets) or 'none'}")
        address = sets[weights]
        path = Path(torch.hub.get_dir()) / "checkpoints" / address.rpartition("/")[2]
        if not path.is_file():
            raise AlignError(f"the weights {weights!r} of {name} are not here; download {address} to {path.parent}")
    return {key.removeprefix("module."): value for key, value in load_weights(path).items()}

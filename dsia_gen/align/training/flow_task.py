"""Training a flow network on the exact flow of a data set, as the paper does with its baselines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor, nn

from dsia_gen.align.config import FlowRunConfig
from dsia_gen.align.methods.flow_network import FlowNetwork, build_flow_network
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, Validation
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp, psnr
from dsia_gen.core.io import disk, json_bytes, replace_bytes
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb
from dsia_gen.spec.outputs import FLOW_ENDS

_CONFIG, _WEIGHTS = "flow.json", "flow.safetensors"


class FlowTask:
    """The network learns from the loss that its authors published."""

    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop"
    multiple = 8
    frozen: tuple[nn.Module, ...] = ()

    def __init__(self, config: FlowRunConfig, network: FlowNetwork | None = None) -> None:
        self.config = config
        self.network = network if network is not None else build_flow_network(config.network, config.train.seed)
        self.source, self.target = FLOW_ENDS[config.direction]
        self.flows: tuple[str, ...] = (config.direction,)
        self.phases = (Phase("flow", self.network, self.loss),)

    def begin(self, batch: Batch) -> None:
        """Nothing to prepare."""

    def at_step(self, step: int) -> None:
        """Nothing changes with the step."""

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """The network's loss; pixels without ground truth do not count."""
        flow = batch.flows[self.config.direction]
        valid = torch.isfinite(flow).all(dim=1, keepdim=True)
        if self.config.inside_only:
            valid = valid & _lands_inside(flow)
        flow = torch.nan_to_num(flow)
        outputs = model(batch.images[self.source], batch.images[self.target])
        with torch.no_grad():
            epe = (outputs["flows"][:, 0] - flow).norm(dim=1, keepdim=True)[valid].mean()
        return self.network.loss(outputs, flow, valid.float()), {"flow/epe": epe}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """End-point error, PSNR of the warp against Igt, and panels: source, target, estimated flow, exact flow."""
        assert isinstance(module, FlowNetwork)
        found = measured(source, self.config.train.validation_samples, lambda sample: self._measure(module, sample))
        rows, panels = zip(*found, strict=True)
        means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        return Validation({name: value for name, value in means.items() if np.isfinite(value)}, list(panels[:8]))

    def _measure(self, module: FlowNetwork, sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
        first, second = sample.image(self.source), sample.image(self.target)
        exact = np.asarray(sample[f"flow_{self.config.direction}"], dtype=np.float32)
        flow = module.estimate(first, second)
        known = np.isfinite(exact).all(axis=-1)
        row = {"flow/epe": float(np.linalg.norm(flow - exact, axis=-1)[known].mean())}
        if self.target == "2":
            row["psnr/warp"] = psnr(backward_warp(second, flow), sample.image("gt"))
        largest = flow_scale(exact)
        panel = [first, second, flow_to_rgb(flow, largest), flow_to_rgb(exact, largest)]
        return row, np.concatenate(panel, axis=1)

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the network, weights first."""
        assert isinstance(module, FlowNetwork)
        temporary = run / f".{_WEIGHTS}.tmp"
        save_tensors(temporary, module.inner.state_dict())
        with disk("write", run / _WEIGHTS):
            temporary.replace(run / _WEIGHTS)
        replace_bytes(run / _CONFIG, json_bytes(self.config.model_dump(mode="json")))


def _lands_inside(flow: Tensor) -> Tensor:
    """(B, 1, H, W): pixel + flow lies in the image."""
    height, width = flow.shape[-2:]
    rows = torch.arange(height, device=flow.device)[:, None] + flow[:, 1]
    columns = torch.arange(width, device=flow.device)[None, :] + flow[:, 0]
    inside = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    return inside[:, None]


def is_flow_run(run: Path) -> bool:
    """Whether a folder is a finished run of `dsia-gen train flow`."""
    return (run / _CONFIG).is_file()


def load_flow_run(run: Path) -> tuple[FlowNetwork, FlowRunConfig, dict[str, Any]]:
    """The network of a run, its configuration, and the hash of its weights."""
    try:
        config = FlowRunConfig.model_validate(json.loads((run / _CONFIG).read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise AlignError(
            f"{run / _CONFIG} cannot be read ({' '.join(str(error).split())[:160]}); train again"
        ) from error
    bare = config.network.model_copy(update={"weights": None})
    network = build_flow_network(bare, config.train.seed)
    load_module(network.inner, load_tensors(run / _WEIGHTS), run / _WEIGHTS)
    return network, config, {"weights": tensors_hash(network.inner.state_dict())}

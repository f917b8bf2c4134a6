"""Training a flow network on the exact flow of a data set, as the paper does with its baselines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor, nn

from dsia_gen.align.matching.geometry import inside, pixel_points
from dsia_gen.align.methods.learned_flow.flow_config import FlowRunConfig
from dsia_gen.align.methods.learned_flow.flow_network import FlowNetwork, build_flow_network
from dsia_gen.align.methods.learned_flow.noised_images import partly_noised
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp, psnr
from dsia_gen.core.io import json_bytes, replace_bytes, replacing
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb
from dsia_gen.spec.outputs import FLOW_ENDS

_CONFIG, _WEIGHTS = "flow.json", "flow.safetensors"


class FlowTask(TrainingTask):
    """The network learns from the loss that its authors published."""

    config: FlowRunConfig
    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop"
    multiple = 8

    def __init__(self, config: FlowRunConfig, network: FlowNetwork | None = None) -> None:
        self.config = config
        self.network = network if network is not None else build_flow_network(config.network, config.train.seed)
        self.source, self.target = FLOW_ENDS[config.direction]
        self.flows = (config.direction,)
        self.phases = (Phase("flow", self.network, self.loss),)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """The network's loss; pixels without ground truth do not count."""
        flow = batch.flows[self.config.direction]
        valid = torch.isfinite(flow).all(dim=1, keepdim=True)
        if self.config.inside_only:
            size = (flow.shape[-2], flow.shape[-1])
            valid = valid & inside(pixel_points(*size, flow) + flow, size)
        flow = torch.nan_to_num(flow)
        target = batch.images[self.target]
        if self.config.noised:
            target = partly_noised(target, batch.positions, self.config.train.seed, self.config.noised)
        outputs = model(batch.images[self.source], target)
        with torch.no_grad():
            epe = (outputs["flows"][:, 0] - flow).norm(dim=1, keepdim=True)[valid].mean()
        return self.network.loss(outputs, flow, valid.float()), {"flow/epe": epe}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """End-point error, PSNR of the warp against Igt, and panels: source, target, estimated flow, exact flow."""
        assert isinstance(module, FlowNetwork)

        def measure(sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
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

        found = measured(source, self.config.train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the network, weights first."""
        assert isinstance(module, FlowNetwork)
        with replacing(run / _WEIGHTS) as temporary:
            save_tensors(temporary, module.inner.state_dict())
        replace_bytes(run / _CONFIG, json_bytes(self.config.model_dump(mode="json")))


@dataclass(frozen=True)
class FlowRun:
    """A finished run: its network, its configuration, and the SHA-256 of its weights."""

    network: FlowNetwork
    config: FlowRunConfig
    hash: str


def load_flow_run(run: Path) -> FlowRun:
    """Read a run of `dsia-gen train flow`; AlignError says what is wrong with it."""
    try:
        config = FlowRunConfig.model_validate_json((run / _CONFIG).read_bytes())
    except (OSError, ValidationError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AlignError(f"{run / _CONFIG} cannot be read ({reason}); train again") from error
    network = build_flow_network(config.network.model_copy(update={"weights": None}), config.train.seed)
    load_module(network.inner, load_tensors(run / _WEIGHTS), run / _WEIGHTS)
    return FlowRun(network, config, tensors_hash(network.inner.state_dict()))

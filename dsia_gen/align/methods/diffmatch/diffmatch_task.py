"""Training of DiffMatch on exact flow: the field stage and the upsampler."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.diffusion.noise import sample_noise
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.matching.geometry import inside, pixel_points, reduce_flow, resize
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.diffmatch.diffmatch_pipeline import DiffMatchPipeline, as_flow
from dsia_gen.align.methods.diffmatch.field_condition import ConditionMaker, field_of_cells
from dsia_gen.align.methods.diffmatch.field_denoiser import FieldDenoiser, build_denoiser
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation
from dsia_gen.align.training.warm_start import warm_start
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb
from dsia_gen.spec.outputs import FLOW_ENDS


class DiffMatchTask(TrainingTask):
    """The network learns to denoise the exact field."""

    config: DiffMatchConfig
    memory_settings = "train.batch_size (and raise train.accumulate), grid or unet.widths"
    multiple = 1

    def __init__(self, config: DiffMatchConfig, maker: ConditionMaker | None = None) -> None:
        self.config = config
        network = build_denoiser(config, config.train.seed)
        self.first: DiffMatchPipeline | None = None
        if config.upsample is not None:
            if config.upsample.field is None:
                raise AlignError("upsample.field is empty; name the run of `dsia-gen train diffmatch` to begin with")
            self.first = DiffMatchPipeline.from_pretrained(config.upsample.field)
            begun = warm_start(network, self.first.network.state_dict(), config.upsample.field)
            self.notes = (begun.sentence(),)
        self.maker = maker if maker is not None else ConditionMaker(config)
        self.frozen = (self.maker, *(self.first.modules if self.first is not None else ()))
        self.schedule = build_noise_schedule("x0", config.diffusion)
        self.flows = config.directions
        self.planes = tuple(f"occlusion_{direction}" for direction in config.directions)
        self.phases = (Phase("diffmatch", network, self.loss),)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Eq. 9 over cells whose flow is known."""
        config = self.config
        first, second, flow, hidden = chosen_directions(batch, config.directions, config.train.seed)
        field, known = exact_field(flow, hidden if config.visible_only else torch.zeros_like(hidden), config)
        given = None
        if config.upsample is not None:
            given = reduced_field(flow, (config.upsample.coarse[1], config.upsample.coarse[0]), config)
        condition = self.maker(first, second, given)
        clean = torch.where(torch.isfinite(field), field, condition.initial)
        noise, t = sample_noise(batch.positions, config.train.seed, clean, config.diffusion.timesteps)
        if config.regression:
            t = torch.zeros_like(t)
        answer = model(self.schedule.add_noise(clean, noise, t), t, condition.initial, condition.cost)
        loss = field_error(answer, clean, known)
        return loss, {"error/initial": field_error(condition.initial, clean, known)}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """End-point errors of the initial field, of single hypotheses and of their mean, and panels."""
        assert isinstance(module, FieldDenoiser)
        pipeline = DiffMatchPipeline(self.config, module, self.maker, self.first)
        direction = self.config.directions[0]

        def measure(sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
            return measure_sample(pipeline, sample, direction)

        found = measured(source, self.config.train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        assert isinstance(module, FieldDenoiser)
        DiffMatchPipeline(self.config, module, self.maker, self.first).save_pretrained(run / "pipeline")


def chosen_directions(batch: Batch, directions: tuple[str, ...], seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images, flow and reasons of occlusion of each sample in one direction, which its position decides."""
    rows = []
    for k, position in enumerate(batch.positions):
        direction = directions[int(np.random.default_rng([seed, 6, position]).integers(len(directions)))]
        source, target = FLOW_ENDS[direction]
        flow, hidden = batch.flows[direction], batch.planes[f"occlusion_{direction}"]
        rows.append((batch.images[source][k], batch.images[target][k], flow[k], hidden[k]))
    first, second, flows, reasons = (torch.stack(parts) for parts in zip(*rows, strict=True))
    return first, second, flows, reasons


def exact_field(flow: Tensor, hidden: Tensor, config: DiffMatchConfig) -> tuple[Tensor, Tensor]:
    """The field (B, 2, h, w) of a flow (B, 2, H, W) px, NaN where unknown, and (B, 1, h, w) where it supervises.

    Hidden pixels have a field, too, but supervise no more than those that leave the image.
    """
    size = (flow.shape[-2], flow.shape[-1])
    seen = (hidden == 0) & inside(pixel_points(*size, flow) + flow, size)
    shown = torch.where(seen, flow, torch.full_like(flow, torch.nan))
    fields = [field_of_cells(reduce_flow(values, config.rows_columns), config.unit) for values in (shown, flow)]
    known = torch.isfinite(fields[0]).all(dim=1, keepdim=True)
    return torch.where(known, fields[0], fields[1]), known


def reduced_field(flow: Tensor, coarse: tuple[int, int], config: DiffMatchConfig) -> Tensor:
    """The exact field as a first stage of a height and width would give it at best, enlarged; 0 where unknown."""
    field = field_of_cells(reduce_flow(flow, coarse), config.unit)
    return resize(torch.nan_to_num(field), config.rows_columns)


def field_error(answer: Tensor, clean: Tensor, known: Tensor) -> Tensor:
    """Mean square of the difference of fields over known cells."""
    squares = torch.where(known, (answer - clean).square().sum(dim=1, keepdim=True), torch.zeros_like(clean[:, :1]))
    return squares.sum() / known.sum().clamp(min=1)


def measure_sample(
    pipeline: DiffMatchPipeline, sample: SampleLike, direction: str
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Errors on visible pixels; the panel shows both images, the warp, the estimated and the exact flow."""
    source, target = FLOW_ENDS[direction]
    first, second = sample.image(source), sample.image(target)
    found = pipeline.estimate(first, second)
    size = (first.shape[0], first.shape[1])
    exact = np.asarray(sample[f"flow_{direction}"], dtype=np.float32)
    seen = np.isfinite(exact).all(axis=-1) & (np.asarray(sample[f"occlusion_{direction}"]) == 0)
    flow = as_flow(found.mean, size)

    def error(estimate: NDArray[np.float32]) -> float:
        return float(np.linalg.norm(estimate - exact, axis=-1)[seen].mean()) if seen.any() else float("nan")

    single = [error(as_flow(found.fields[k : k + 1], size)) for k in range(len(found.fields))]
    row = {"epe/mean": error(flow), "epe/single": float(np.mean(single))}
    row |= {"epe/initial": error(as_flow(found.initial, size)), "uncertainty": float(found.deviation(size).mean())}
    largest = flow_scale(exact)
    panel = [first, second, backward_warp(second, flow), flow_to_rgb(flow, largest), flow_to_rgb(exact, largest)]
    return row, np.concatenate(panel, axis=1)

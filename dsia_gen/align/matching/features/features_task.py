"""Training of a feature encoder on exact flow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.diffusion.noise import generator_for
from dsia_gen.align.matching.correlation import mutual
from dsia_gen.align.matching.features.extractor import cell_places
from dsia_gen.align.matching.features.feature_encoder import FeatureEncoder
from dsia_gen.align.matching.features.features_run_config import FeaturesRunConfig
from dsia_gen.align.matching.features.open_features import write_encoder
from dsia_gen.align.matching.geometry import at_least_single, inside, look_up, pixel_points
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb
from dsia_gen.spec.outputs import FLOW_ENDS


class FeaturesTask(TrainingTask):
    """Cells that the exact flow joins get features that no other cells have."""

    config: FeaturesRunConfig
    memory_settings = "train.batch_size, cells or data.crop"

    def __init__(self, config: FeaturesRunConfig) -> None:
        self.config = config
        with torch.random.fork_rng():
            torch.manual_seed(config.train.seed)
            self.encoder = FeatureEncoder(config.encoder)
        self.multiple = self.encoder.multiple
        check_crop(config.data.crop, self.multiple, "encoder")
        self.source, self.target = FLOW_ENDS[config.direction]
        self.flows = (config.direction,)
        self.planes = (f"occlusion_{config.direction}",)
        self.phases = (Phase("features", self.encoder, self.loss),)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Symmetric InfoNCE (van den Oord et al., 2018) over cells of the whole batch."""
        both = model(torch.cat([batch.images[self.source], batch.images[self.target]]))
        first, second = F.normalize(at_least_single(both), dim=1).chunk(2)
        flow = batch.flows[self.config.direction]
        places, visible = joined_cells(flow, batch.planes[self.planes[0]], (first.shape[-2], first.shape[-1]))
        there = look_up(second, places)
        chosen = [
            cells_of(visible[k, 0], self.config.cells, self.config.train.seed, position)
            for k, position in enumerate(batch.positions)
        ]
        a = torch.cat([first[k].flatten(1)[:, cells].T for k, cells in enumerate(chosen)])
        b = F.normalize(torch.cat([there[k].flatten(1)[:, cells].T for k, cells in enumerate(chosen)]), dim=1)
        if len(a) < 2:
            return both.sum() * 0, {"share": first.new_zeros(())}
        with torch.autocast(a.device.type, enabled=False):
            logits = a @ b.T / self.config.temperature
        own = torch.arange(len(a), device=a.device)
        loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
        return loss, {"share": (logits.argmax(dim=1) == own).float().mean().detach()}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """Share of mutual nearest cells within one cell of the exact flow; panels: both images and the flow."""
        assert isinstance(module, FeatureEncoder)

        def measure(sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
            first, second = sample.image(self.source), sample.image(self.target)
            exact = np.asarray(sample[f"flow_{self.config.direction}"], dtype=np.float32)
            row = matched_share(module, first, second, exact)
            return row, np.concatenate([first, second, flow_to_rgb(exact, flow_scale(exact))], axis=1)

        found = measured(source, self.config.train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the encoder."""
        assert isinstance(module, FeatureEncoder)
        write_encoder(module, self.config.encoder, run)


def joined_cells(flow: Tensor, occlusion: Tensor, cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Places (B, 2, h, w) in cells of the other map of the middles of cells, and whether they are seen there.

    `flow` (B, 2, H, W) px is NaN where unknown, `occlusion` (B, 1, H, W) is 0 where the other image shows the pixel.
    """
    size = (flow.shape[-2], flow.shape[-1])
    middles = cell_places(cells, size).to(flow).T.reshape(1, 2, *cells).expand(len(flow), -1, -1, -1)
    # the nearest pixel's flow and reason: between pixels there may be an edge
    moved = middles + look_up(flow, middles, "nearest")
    seen = (look_up(occlusion.to(flow), middles, "nearest") == 0) & torch.isfinite(moved).all(dim=1, keepdim=True)
    unit = torch.tensor([cells[1] / size[1], cells[0] / size[0]], device=flow.device, dtype=flow.dtype)
    moved = torch.where(seen, moved, torch.zeros_like(moved))
    return (moved + 0.5) * unit.view(1, 2, 1, 1) - 0.5, seen & inside(moved, size)


def cells_of(visible: Tensor, count: int, seed: int, position: int) -> Tensor:
    """At most `count` indices of visible cells (h, w), drawn for the position of a sample."""
    indices = visible.flatten().nonzero()[:, 0].cpu()
    order = torch.randperm(len(indices), generator=generator_for(seed, 5, position))[:count]
    return indices[order].to(visible.device)


@torch.no_grad()
def matched_share(
    encoder: FeatureEncoder, first: NDArray[np.uint8], second: NDArray[np.uint8], exact: NDArray[np.float32]
) -> dict[str, float]:
    """Of mutual nearest cells whose flow is known: the share within one cell of it, and how many there are."""
    parameter = next(encoder.parameters())
    height, width = (side // encoder.multiple * encoder.multiple for side in first.shape[:2])
    pair = np.stack([image[:height, :width] for image in (first, second)])
    features = encoder(torch.from_numpy(pair).permute(0, 3, 1, 2).to(parameter) / 127.5 - 1)
    cells = (features.shape[-2], features.shape[-1])
    here, there, _ = mutual(features[0].flatten(1).T, features[1].flatten(1).T)
    flow = torch.from_numpy(exact[:height, :width]).permute(2, 0, 1)[None]
    places, known = joined_cells(flow, torch.zeros_like(flow[:, :1]), cells)
    wanted, known = places[0].flatten(1).T[here.cpu()], known.flatten()[here.cpu()]
    found = pixel_points(*cells, flow)[0].flatten(1).T[there.cpu()]
    apart = (found - wanted).abs().amax(dim=1)[known]
    return {"matches": float(len(apart)), "within_a_cell": float((apart <= 1).float().mean())} if len(apart) else {}

"""Training of RANSAC-Flow's fine network: three stages, no labels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.matching.coarse import CoarseMatcher
from dsia_gen.align.matching.features.open_features import open_features
from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.method import Image
from dsia_gen.align.methods.ransac_flow.fine_network import FineNetwork, build_fine_network
from dsia_gen.align.methods.ransac_flow.ransac_config import RansacConfig
from dsia_gen.align.methods.ransac_flow.ransac_losses import ransac_loss
from dsia_gen.align.methods.ransac_flow.ransac_pairs import (
    PAIRS,
    VALID,
    CoarsePairs,
    KnownHomographies,
    Match,
    match_by_dis,
    pair_key,
)
from dsia_gen.align.methods.ransac_flow.ransac_pipeline import RansacPipeline, fine_flow
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured, read_triplet
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.core.image_metrics import backward_warp, psnr
from dsia_gen.core.io import json_bytes
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb


class RansacTask(TrainingTask):
    """The network learns to rebuild one image from the other."""

    config: RansacConfig
    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop"
    frozen: tuple[nn.Module, ...] = ()

    def __init__(self, config: RansacConfig, run: Path) -> None:
        self.config = config
        self.multiple = config.network.multiple
        check_crop(config.data.crop, self.multiple, "network")
        network = build_fine_network(config.network, config.train.seed)
        if config.weights:
            network.load_state_dict(RansacPipeline.read_network(config.weights).state_dict())
        self.phases = (Phase("ransac", network, self.loss),)
        self.step = 0
        self.match, self.known = match_by_dis, None
        if config.pairs.coarse == "features":
            matcher = CoarseMatcher(open_features(config.coarse.features), config.coarse)
            self.match = FeatureMatch(matcher)
            settings = json_bytes(config.coarse.model_dump(mode="json"))
            key = hashlib.blake2b(settings, digest_size=8).hexdigest()
            self.known = KnownHomographies(run / "coarse", key)
            self.precomputed = "homographies"
        self.prepare = CoarsePairs(self.match, self.known, config.pairs.jitter)

    match: Match
    known: KnownHomographies | None

    def precompute(self, source: SourceLike, device: torch.device, progress: Callable[[int, int], None]) -> None:
        """Homographies of all pairs of the samples of one process that are not kept yet."""
        assert self.known is not None and isinstance(self.match, FeatureMatch)
        self.match.matcher.extractor.to(device)
        before = dict(self.known.read())
        found = {}
        for index in range(len(source)):
            sample = source[index]
            try:
                images, _ = read_triplet(sample, self.config.data.mask)
            except (OSError, ValueError, KeyError, RuntimeError):  # the loader passes it over, and says so
                progress(index + 1, len(source))
                continue
            for first, second in PAIRS:
                key = pair_key(images[first], images[second])
                if key not in before and key not in found:
                    found[key] = self.match(images[first], images[second])
            progress(index + 1, len(source))
        self.match.matcher.extractor.to("cpu")  # the loader's processes match what is new
        if found:
            first_key = min(found)
            self.known.write(found, f"{first_key}_{len(found)}")

    def at_step(self, step: int) -> None:
        """The stage of a step."""
        self.step = step

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Eq. 1, of which the stages leave out parts."""
        stages, steps = self.config.stages, self.config.train.steps
        with_cycle = self.step >= stages.cycle * steps
        with_matchability = self.step >= stages.matchability * steps
        first, second = batch.images["1"], batch.images["2"]
        answer = model(first, second, with_matchability)
        shown = (batch.images[VALID] > 0).to(first)
        levels = (first / 2 + 0.5, second / 2 + 0.5)
        valid = (torch.ones_like(shown), shown)
        return ransac_loss(answer, levels, valid, self.config.losses, with_cycle, with_matchability)

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """End-point errors of the coarse and of the fine flow on visible pixels, and panels."""
        assert isinstance(module, FineNetwork)

        def measure(sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
            return measure_sample(module, self.config, self.prepare, sample)

        found = measured(source, self.config.train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    prepare: CoarsePairs

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        assert isinstance(module, FineNetwork)
        RansacPipeline.write(self.config, module, run / "pipeline")


class FeatureMatch:
    """The first homography of deep features, the identity where there is none."""

    def __init__(self, matcher: CoarseMatcher) -> None:
        self.matcher = matcher

    def __call__(self, image1: Image, image2: Image) -> NDArray[np.float64]:
        size = (image2.shape[0], image2.shape[1])
        found = self.matcher.homographies(self.matcher.matches(image1, image2), size, 1)
        return found[0] if found else np.eye(3)


def measure_sample(
    network: FineNetwork, config: RansacConfig, pairs: CoarsePairs, sample: SampleLike
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Errors of one homography and of the fine flow on it; the panel shows I1, I2, the warp, the flow, matchability."""
    images, _ = read_triplet(sample, config.data.mask)
    first, direction = ("1", "1_to_2") if "flow_1_to_2" in sample else ("gt", "gt_to_2")
    matrix = pairs.matrix(images[first], images["2"])
    height, width = images[first].shape[:2]
    coarse = homography_flow(matrix, height, width)
    flow, match = fine_flow(network, config, images[first], images["2"], coarse)
    exact = np.asarray(sample[f"flow_{direction}"], dtype=np.float32)
    seen = np.isfinite(exact).all(axis=-1) & (np.asarray(sample[f"occlusion_{direction}"]) == 0)
    row = {"psnr/warp": psnr(backward_warp(images["2"], flow), images[first], seen)}
    for name, estimate in (("coarse", coarse), ("fine", flow)):
        apart = np.linalg.norm(estimate - exact, axis=-1)
        row[f"epe/{name}"] = float(apart[seen].mean()) if seen.any() else float("nan")
    trusted = match >= config.matchable
    row["matchable"] = float(trusted.mean())
    apart = np.linalg.norm(flow - exact, axis=-1)
    for name, where in (("matchable", seen & trusted), ("unmatchable", seen & ~trusted)):
        if where.any():
            row[f"epe/{name}"] = float(apart[where].mean())
    largest = flow_scale(exact)
    shown = np.rint(np.clip(match, 0, 1) * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    panel = [images[first], images["2"], backward_warp(images["2"], flow), flow_to_rgb(flow, largest), shown]
    return row, np.concatenate(panel, axis=1)

"""Training of the motion-compensated aligner."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.matching.features.features_config import FeaturesConfig
from dsia_gen.align.matching.features.open_features import open_features
from dsia_gen.align.methods.blend import BLEND
from dsia_gen.align.methods.mc_aligner.mc_augment import changed_batch
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig
from dsia_gen.align.methods.mc_aligner.mc_losses import mc_loss
from dsia_gen.align.methods.mc_aligner.mc_network import MULTIPLE, McNetwork, build_mc_network
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.methods.mc_aligner.start import start
from dsia_gen.align.methods.method import Image, ImagePair
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured, read_triplet
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.align.training.warm_start import WarmStart, warm_start
from dsia_gen.core.image_metrics import backward_warp, iou, psnr


class McTask(TrainingTask):
    """The network learns from Igt, from the exact flow and from what moves."""

    config: McConfig
    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop"
    multiple = MULTIPLE
    flows = ("gt_to_2", "2_to_gt")
    planes = ("occlusion_gt_to_2", "dynamic_gt")

    def __init__(self, config: McConfig, warm: bool = True) -> None:
        """`warm`: take the weights that come from elsewhere; a run that goes on has its own."""
        self.config = config
        check_crop(config.data.crop, MULTIPLE, "network")
        network = build_mc_network(config.model, config.train.seed)
        if network.semantics is not None and warm:
            classifier = open_features(FeaturesConfig(kind="lite0", layer="block10"))
            network.semantics.lite0.load_state_dict(classifier.state_dict())
        self.started: WarmStart | None = None
        if config.weights and warm:
            given = McPipeline.from_pretrained(config.weights).network.state_dict()
            self.started = warm_start(network, given, config.weights)
            self.notes = (self.started.sentence(),)
        self.phases = (Phase("mc_aligner", network, self.loss),)

    def save_inputs(self, run: Path) -> None:
        """What was taken of other weights."""
        if self.started is not None:
            self.started.write(run)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """The loss of a batch, augmented by draws that depend on the positions of its samples alone."""
        images = {role: (image + 1) / 2 for role, image in batch.images.items()}
        flows = dict(batch.flows)
        truth = {
            "visible": (batch.planes["occlusion_gt_to_2"] == 0).float(),
            "dynamic_gt": (batch.planes["dynamic_gt"] > 0).float(),
        }
        rngs = [np.random.default_rng([self.config.train.seed, 3, position]) for position in batch.positions]
        images, flows, truth = changed_batch(rngs, self.config.augment, images, flows, truth)
        begun = start(as_images(images["1"]), as_images(images["2"]), self.config.model.gain)
        begun = begun.to(images["gt"].device, self.config.train.channels_last)
        truth |= {f"flow_{name}": flow for name, flow in flows.items()}
        return mc_loss(model(begun), begun, images["gt"], truth, self.config.losses)

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """PSNR of answers and of simple ones, errors of the camera's flow, IoU, panels: I1, I2, Igt, answer, mask."""
        assert isinstance(module, McNetwork)
        pipeline = McPipeline(self.config, module)
        found = measured(source, self.config.train.validation_samples, lambda sample: measure_sample(pipeline, sample))
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        assert isinstance(module, McNetwork)
        McPipeline(self.config, module).save_pretrained(run / "pipeline")


def measure_sample(pipeline: McPipeline, sample: SampleLike) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Measures of one sample, beside copies, the mean without training and the exact warp; and its panel."""
    images, moving = read_triplet(sample, "dynamic_gt")
    answer = pipeline(images["1"], images["2"])
    exact = np.asarray(sample["flow_gt_to_2"], dtype=np.float32)
    rivals = {"answer": answer.image, "copy_1": images["1"], "copy_2": images["2"]}
    rivals["blend"] = BLEND.align(ImagePair(images["1"], images["2"])).image
    rivals["warp"] = backward_warp(images["2"], exact)
    regions: dict[str, NDArray[np.bool_] | None] = {"": None, "_dynamic": moving}
    pairs = product(rivals.items(), regions.items())
    row = {f"psnr{region}/{name}": psnr(image, images["gt"], where) for (name, image), (region, where) in pairs}
    assert answer.flow is not None and answer.mask is not None
    seen = (np.asarray(sample["occlusion_gt_to_2"]) == 0) & np.isfinite(exact).all(axis=-1)
    apart = np.linalg.norm(answer.flow - exact, axis=-1)
    for name, where in (("moving", seen & moving), ("static", seen & ~moving)):
        if where.any():
            row[f"flow/{name}"] = float(apart[where].mean())
    row["mask/iou"] = iou(answer.mask > 0.5, moving)
    mask = np.rint(answer.mask * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    return row, np.concatenate([images["1"], images["2"], images["gt"], answer.image, mask], axis=1)


def as_images(images: Tensor) -> list[Image]:
    """(H, W, 3) uint8 of (B, 3, H, W) in [0, 1]."""
    levels = (images * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return [np.ascontiguousarray(image) for image in levels]

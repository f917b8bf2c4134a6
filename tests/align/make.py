"""Small configurations and pipelines for tests of the aligner."""

from __future__ import annotations

from typing import Any

import numpy as np

from dsia_gen.align.codecs.codec import LosslessCodec
from dsia_gen.align.codecs.codec_config import CodecRunConfig
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.dmaligner.model import Condition, build_aligner

WITHOUT_LEARNING = (
    "identity", "reference", "homography", "homography_dis", "multi_homography", "mesh", "ecc", "dis", "farneback",
    "blend", "oracle_flow", "oracle_flow_1_to_2",
)  # fmt: skip
"""Methods that need no weights, in the order of the tables."""


def noise_image(height: int = 24, width: int = 32, seed: int = 0) -> Any:
    """(H, W, 3) noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def aligner_config(**changes: Any) -> AlignerConfig:
    """An aligner of a few thousand weights on synthetic samples of 32x24; `changes` are sections."""
    document: dict[str, Any] = {
        "name": "test",
        "codec": {"kind": "lossless", "factor": 4},
        "model": {
            "mask": {"window": 3, "width": 8, "layers": 1},
            "unet": {"widths": [8, 8], "layers": 1, "attention": [False, False], "groups": 4},
        },
        "losses": {"domain": "latent"},
        "data": {"synthetic": {"count": 5, "width": 32, "height": 24}, "crop": [16, 16], "workers": 0, "holdout": 0.0},
        "train": {"steps": 4, "batch_size": 2, "learning_rate": 1e-3, "warmup": 2, "ema": 0.9, "device": "cpu"},
        "sampling": {"step_size": 250},
    }
    document["train"] |= {"validation_samples": 1, "checkpoint_every": 100, "validate_every": 0, "log_every": 1}
    for section, values in changes.items():
        document[section] = {**document.get(section, {}), **values}
    return AlignerConfig.model_validate(document)


def codec_config(**changes: Any) -> CodecRunConfig:
    """A VQ-VAE of a few thousand weights."""
    base = aligner_config().model_dump()
    document: dict[str, Any] = {
        "name": "test",
        "codec": {
            "kind": "vq",
            "widths": [8, 8],
            "layers": 1,
            "latent_channels": 3,
            "codes": 16,
            "groups": 4,
            "attention": False,
        },
        "data": base["data"],
        "train": base["train"],
    }
    for section, values in changes.items():
        document[section] = {**document.get(section, {}), **values}
    return CodecRunConfig.model_validate(document)


def make_pipeline(**changes: Any) -> DMAlignerPipeline:
    config = aligner_config(**changes)
    codec = LosslessCodec()
    return DMAlignerPipeline(config, codec, build_aligner(config.model, codec.channels, 0))


def with_perfect_denoiser(pipeline: DMAlignerPipeline, role: int) -> DMAlignerPipeline:
    """A network that always answers V1 (role 0), V2 (role 1) or V_M (role 2)."""
    n = pipeline.codec.channels

    def denoise(x_t: Any, t: Any, condition: Condition) -> Any:
        return condition.latents[:, role * n : (role + 1) * n].expand_as(x_t)

    pipeline.model.denoise = denoise  # type: ignore[method-assign]
    return pipeline

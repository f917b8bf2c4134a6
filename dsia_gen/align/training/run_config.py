"""Configuration that every training has: data, training loop, and what may change later. Needs no torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from dsia_gen.config.presets import find_preset
from dsia_gen.core.bounds import NameText, PathText, Seed63
from dsia_gen.core.strict_yaml import Config, read_config

Pixels16 = Annotated[int, Field(ge=1, le=16384)]
"""A side of an image or of a part of one."""
Channels = Annotated[int, Field(ge=1, le=16384)]
Levels = Annotated[tuple[Channels, ...], Field(min_length=1, max_length=16)]
LossWeight = Annotated[float, Field(ge=0, le=1e6)]
STEP_LIMIT = 1_000_000_000
Fraction = Annotated[float, Field(ge=0, lt=1)]


class SyntheticConfig(Config):
    """Synthetic triplets with exact flow, for trials without a data set and for training before one."""

    kind: Annotated[
        Literal["patch", "layered"],
        Field(description="a texture under a homography and a moving patch, or scenes of planes, boxes and figures"),
    ] = "patch"
    count: Annotated[int, Field(ge=1, le=10_000_000, description="samples")] = 4
    width: Annotated[int, Field(ge=8, le=4096, description="pixels")] = 96
    height: Annotated[int, Field(ge=8, le=4096, description="pixels")] = 64
    seed: Annotated[Seed63, Field(description="seed of the textures and motions")] = 0


class DataConfig(Config):
    """Where samples come from and how they are cut."""

    path: Annotated[
        PathText | None,
        Field(description="folder of a data set, or of shards exported from one; empty takes `synthetic`"),
    ] = None
    synthetic: SyntheticConfig = SyntheticConfig()
    subsets: Annotated[list[str], Field(description="LcLf, LcSf, ScLf, ScSf; empty is all")] = Field(
        default_factory=list
    )
    holdout: Annotated[
        float, Field(ge=0, lt=1, description="share of scenes kept for validation; 0 validates on training samples")
    ] = 0.1
    mask: Annotated[
        Literal["dynamic_union", "dynamic_1", "dynamic_gt"], Field(description="M_gt: which dynamic mask supervises")
    ] = "dynamic_union"
    crop: Annotated[
        tuple[Pixels16, Pixels16] | None, Field(description="width and height of random crops; null is the image")
    ] = (480, 256)
    flip_horizontal: Annotated[bool, Field(description="mirror half of the samples left to right")] = True
    flip_vertical: Annotated[bool, Field(description="mirror half of the samples upside down")] = True
    workers: Annotated[int, Field(ge=0, le=256, description="loader processes; 0 loads in the training process")] = 4
    cache: Annotated[
        bool,
        Field(description="keep opened samples in memory, ten bytes a pixel, in each loader process; for small sets"),
    ] = False
    mix: Annotated[
        float, Field(ge=0, le=0.95, description="share of samples of `synthetic` among those of the data set")
    ] = 0.0
    kept: Annotated[
        PathText | None,
        Field(description="folder that keeps samples of `synthetic`, so that later epochs and runs read them"),
    ] = None


class TrainConfig(Config):
    """The training loop."""

    steps: Annotated[int, Field(ge=1, le=STEP_LIMIT, description="optimizer steps")] = 250_000
    batch_size: Annotated[int, Field(ge=1, le=65536, description="samples of one process in one pass")] = 4
    accumulate: Annotated[int, Field(ge=1, le=65536, description="passes before an optimizer step")] = 1
    learning_rate: Annotated[float, Field(gt=0, le=1e3, description="of AdamW")] = 1e-4
    warmup: Annotated[int, Field(ge=0, le=STEP_LIMIT, description="steps over which the rate grows from zero")] = 1000
    decay: Annotated[Literal["constant", "cosine"], Field(description="the rate after the warm-up")] = "constant"
    betas: Annotated[tuple[Fraction, Fraction], Field(description="of AdamW")] = (0.9, 0.999)
    weight_decay: Annotated[float, Field(ge=0, le=1e3, description="of AdamW")] = 0.01
    clip: Annotated[float, Field(ge=0, le=1e6, description="largest norm of the gradient; 0 does not clip")] = 1.0
    ema: Annotated[float, Field(ge=0, lt=1, description="decay of the averaged weights; 0 keeps none")] = 0.9999
    compile: Annotated[
        Literal["none", "inductor", "aot_eager"],
        Field(description="torch.compile of what learns; inductor needs a GPU or a C++ compiler, aot_eager neither"),
    ] = "none"
    tf32: Annotated[bool, Field(description="float32 products in TF32 on GPUs that have it")] = True
    precision: Annotated[Literal["fp32", "bf16", "fp16"], Field(description="fp32, or mixed precision")] = "fp32"
    channels_last: Annotated[bool, Field(description="memory layout that suits tensor cores, of the codec too")] = False
    device: Annotated[Literal["auto", "cpu"], Field(description="auto takes a GPU where there is one")] = "auto"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of weights, order, crops, flips, noise, timesteps")] = 0
    threads: Annotated[int, Field(ge=0, le=1024, description="CPU threads of one process; 0 leaves torch's choice")] = 0
    trackers: Annotated[
        tuple[Literal["tensorboard", "wandb"], ...], Field(max_length=2, description="where curves and panels go")
    ] = ("tensorboard",)
    log_every: Annotated[int, Field(ge=1, le=STEP_LIMIT, description="steps between scalars")] = 50
    validate_every: Annotated[
        int, Field(ge=0, le=STEP_LIMIT, description="steps between validations with panels; 0 is at the end")
    ] = 5000
    validation_samples: Annotated[
        int,
        Field(ge=1, le=100_000, description="samples of one validation, from all held-out scenes; its card has errors"),
    ] = 64
    checkpoint_every: Annotated[int, Field(ge=1, le=STEP_LIMIT, description="steps between checkpoints")] = 5000
    keep: Annotated[int, Field(ge=1, le=100_000, description="checkpoints to keep")] = 3


class RunConfig(Config):
    """One training; each kind of training adds its own sections."""

    name: Annotated[NameText, Field(description="name of the run, in its model card")]
    data: DataConfig = DataConfig()
    train: TrainConfig = TrainConfig()

    @classmethod
    def load(cls, name: str, overrides: Sequence[str] = ()) -> Self:
        """Read a preset of align_configs/ or a YAML file; `overrides` are `dotted.key=value`."""
        return read_config(cls, find_preset("align_configs", name), overrides)


_FREE = re.compile(
    r"name|sampling|guidance|flow|data\.(workers|cache|kept)"
    r"|train\.(steps|log_every|validate_every|validation_samples|checkpoint_every|keep|threads|device|compile|tf32|trackers)"
)
"""Fields that may differ between a checkpoint and the run that goes on from it."""


def differences(saved: JsonValue, current: JsonValue, path: str = "") -> list[str]:
    """Fields, with both values, that keep a run from going on from a checkpoint; both are dumped configurations."""
    if _FREE.fullmatch(path):
        return []
    if isinstance(saved, dict) and isinstance(current, dict):
        names = {key: f"{path}.{key}" if path else key for key in sorted({*saved, *current})}
        return [line for key, name in names.items() for line in differences(saved.get(key), current.get(key), name)]
    return [] if saved == current else [f"{path} is {current!r} here and {saved!r} in the checkpoint"]

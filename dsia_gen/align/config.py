"""Configuration of codec, aligner, training and sampling. Needs no torch, so that help texts are quick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dsia_gen.config.presets import find_preset
from dsia_gen.core.strict_yaml import Config, read_config

PositiveInt = Annotated[int, Field(ge=1)]
Target = Literal["x0", "epsilon", "v", "flow"]


class LosslessCodecConfig(Config):
    """Pixel-unshuffle: every block of pixels becomes channels. Nothing is trained or lost; for trials on a CPU."""

    kind: Annotated[Literal["lossless"], Field(description="which codec")]
    factor: Annotated[int, Field(ge=1, le=16, description="side of a block in pixels")] = 4


class VQCodecConfig(Config):
    """VQ-VAE; the defaults are the vq-f4 configuration of latent diffusion (55.3M parameters)."""

    kind: Annotated[Literal["vq"], Field(description="which codec")]
    weights: Annotated[
        str | None,
        Field(description="diffusers folder, latent-diffusion checkpoint (.ckpt, .safetensors), run folder or hub id"),
    ] = None
    subfolder: Annotated[str | None, Field(description="folder inside `weights`, such as vqvae")] = None
    revision: Annotated[str | None, Field(description="revision on the hub; empty is its main branch")] = None
    widths: Annotated[
        tuple[PositiveInt, ...],
        Field(min_length=1, description="channels of each level; n levels shrink 2^(n-1) times"),
    ] = (128, 256, 512)
    layers: Annotated[int, Field(ge=1, le=8, description="residual blocks of a level")] = 2
    latent_channels: Annotated[int, Field(ge=1, le=64, description="channels N of the latent")] = 3
    codes: Annotated[int, Field(ge=2, le=65536, description="entries of the codebook")] = 8192
    groups: Annotated[int, Field(ge=1, description="groups of the group norms; must divide the widths")] = 32
    attention: Annotated[bool, Field(description="self-attention in the middle block")] = True
    quantise: Annotated[bool, Field(description="look latents up in the codebook before decoding")] = True


CodecConfig = Annotated[LosslessCodecConfig | VQCodecConfig, Field(discriminator="kind")]


class MaskConfig(Config):
    """Dynamics-aware mask producing (eq. 6, 7, 9)."""

    window: Annotated[
        int, Field(ge=1, le=63, description="D: side of the square of displacements, in latents; odd")
    ] = 17
    normalise: Annotated[
        Literal["channels", "cosine"],
        Field(description="dot product divided by N as in eq. 6, or between vectors of unit length"),
    ] = "channels"
    features: Annotated[
        int, Field(ge=0, le=256, description="channels of learned features to correlate; 0 is the latents, as in eq. 6")
    ] = 0
    see_latents: Annotated[bool, Field(description="show V1 and V2 to the predictor beside the cost volume")] = False
    width: Annotated[int, Field(ge=4, le=512, description="channels of the predictor's hidden layers")] = 64
    layers: Annotated[
        int, Field(ge=1, le=12, description="hidden layers; their spacing doubles: 1, 2, 4, 8, 1, ...")
    ] = 4
    dilations: Annotated[int, Field(ge=0, le=16, description="r: how often the mask grows by one latent")] = 2
    detach_fusion: Annotated[bool, Field(description="stop the denoiser's gradient at the mask of eq. 7")] = False

    @model_validator(mode="after")
    def _odd(self) -> MaskConfig:
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd, so that it has a middle, not {self.window}")
        return self


class UNetConfig(Config):
    """The denoiser; the defaults have the shape of latent diffusion's vq-f4 models (about 274M parameters)."""

    widths: Annotated[tuple[PositiveInt, ...], Field(min_length=1, description="channels of each level")] = (
        224,
        448,
        672,
        896,
    )
    layers: Annotated[int, Field(ge=1, le=8, description="residual blocks of a level")] = 2
    attention: Annotated[tuple[bool, ...], Field(description="self-attention at each level; as many as widths")] = (
        False,
        True,
        True,
        True,
    )
    head_width: Annotated[int, Field(ge=1, description="channels of an attention head")] = 32
    groups: Annotated[int, Field(ge=1, description="groups of the group norms; must divide the widths")] = 32
    checkpointing: Annotated[bool, Field(description="compute activations twice instead of keeping them")] = False

    @model_validator(mode="after")
    def _consistent(self) -> UNetConfig:
        if len(self.attention) != len(self.widths):
            raise ValueError(f"attention has {len(self.attention)} entries and widths {len(self.widths)}; give as many")
        wrong = [width for width in self.widths if width % self.groups]
        if wrong:
            raise ValueError(f"groups ({self.groups}) must divide every width; it does not divide {wrong[0]}")
        return self


class ModelConfig(Config):
    """The aligner: mask module and denoiser."""

    target: Annotated[Target, Field(description="what the denoiser predicts; flow is rectified flow")] = "x0"
    mask: Annotated[MaskConfig | None, Field(description="the mask module; null leaves it out (V1 and V2 only)")] = (
        MaskConfig()
    )
    unet: UNetConfig = UNetConfig()
    residual: Annotated[
        Literal["none", "v1", "v_m"],
        Field(
            description="predict x0 as a change of V1, or of V_M (V1 without the mask module); not in the paper: none"
        ),
    ] = "none"

    @model_validator(mode="after")
    def _residual_needs_x0(self) -> ModelConfig:
        if self.residual != "none" and self.target != "x0":
            raise ValueError(f"residual needs target x0, not {self.target}; set residual to none")
        return self


class DiffusionConfig(Config):
    """The forward process (eq. 4, 5). Rectified flow needs the number of timesteps only."""

    timesteps: Annotated[int, Field(ge=2, le=100_000, description="T")] = 1000
    beta_schedule: Annotated[
        Literal["linear", "scaled_linear", "squaredcos_cap_v2"], Field(description="as diffusers names them")
    ] = "linear"
    beta_start: Annotated[float, Field(gt=0, lt=1, description="beta_1")] = 1e-4
    beta_end: Annotated[float, Field(gt=0, lt=1, description="beta_T")] = 0.02


class LossConfig(Config):
    """Eq. 10 to 12."""

    domain: Annotated[
        Literal["image", "latent"],
        Field(
            description="eq. 10 on decoded images, or on the denoiser's own target (no decoder: less memory and time)"
        ),
    ] = "image"
    norm: Annotated[
        Literal["l2", "mse", "l1"],
        Field(description="of eq. 10: root of the mean square of a sample, mean square, or mean absolute value"),
    ] = "l2"
    gamma: Annotated[float, Field(ge=0, le=1, description="weight of the dynamic part in eq. 10")] = 0.5
    denoising: Annotated[float, Field(ge=0, description="lambda_1")] = 2.0
    mask: Annotated[float, Field(ge=0, description="lambda_2")] = 0.1
    mask_on: Annotated[
        Literal["dilated", "undilated"], Field(description="prediction that eq. 11 compares with the dynamic mask")
    ] = "dilated"
    mask_positive: Annotated[float, Field(gt=0, description="weight of dynamic pixels in eq. 11; 1 is the paper")] = 1.0
    detach_mask: Annotated[
        bool, Field(description="treat the mask as a constant weight in eq. 10, so that it cannot hide errors")
    ] = True
    checkpoint_decoder: Annotated[
        bool, Field(description="compute the decoder's activations twice instead of keeping them (2.9 GiB a sample)")
    ] = False


class SyntheticConfig(Config):
    """Made-up triplets: a texture under a homography and a moving patch. For trials without a data set."""

    count: Annotated[int, Field(ge=1, le=100_000, description="samples")] = 4
    width: Annotated[int, Field(ge=8, le=4096, description="pixels")] = 96
    height: Annotated[int, Field(ge=8, le=4096, description="pixels")] = 64
    seed: Annotated[int, Field(ge=0, description="seed of the textures and motions")] = 0


class DataConfig(Config):
    """Where samples come from and how they are cut."""

    path: Annotated[
        str | None, Field(description="folder of a data set, or of shards exported from one; empty takes `synthetic`")
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
        tuple[PositiveInt, PositiveInt] | None, Field(description="width and height of random crops; null is the image")
    ] = (480, 256)
    flip_horizontal: Annotated[bool, Field(description="mirror half of the samples left to right")] = True
    flip_vertical: Annotated[bool, Field(description="mirror half of the samples upside down")] = True
    workers: Annotated[int, Field(ge=0, le=256, description="loader processes; 0 loads in the training process")] = 4
    cache: Annotated[
        bool,
        Field(description="keep opened samples in memory, ten bytes a pixel, in each loader process; for small sets"),
    ] = False


class SamplingConfig(Config):
    """Inference (eq. 13, 14)."""

    step_size: Annotated[int, Field(ge=1, description="Delta: timesteps between two denoising steps")] = 20
    eta: Annotated[float, Field(ge=0, le=1, description="0 is deterministic DDIM, 1 adds as much noise as DDPM")] = 0.0
    hypotheses: Annotated[int, Field(ge=1, le=64, description="answers to average")] = 1
    tile: Annotated[
        tuple[PositiveInt, PositiveInt] | None, Field(description="width and height of tiles in pixels; null is none")
    ] = None
    overlap: Annotated[int, Field(ge=0, description="pixels that neighbouring tiles share")] = 64


class TrainConfig(Config):
    """The training loop."""

    steps: Annotated[int, Field(ge=1, description="optimizer steps")] = 250_000
    batch_size: Annotated[int, Field(ge=1, description="samples of one process in one pass")] = 4
    accumulate: Annotated[int, Field(ge=1, description="passes before an optimizer step")] = 1
    learning_rate: Annotated[float, Field(gt=0, description="of AdamW")] = 1e-4
    warmup: Annotated[int, Field(ge=0, description="steps over which the rate grows from zero")] = 1000
    decay: Annotated[Literal["constant", "cosine"], Field(description="the rate after the warm-up")] = "constant"
    betas: Annotated[
        tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]],
        Field(description="of AdamW"),
    ] = (0.9, 0.999)
    weight_decay: Annotated[float, Field(ge=0, description="of AdamW")] = 0.01
    clip: Annotated[float, Field(ge=0, description="largest norm of the gradient; 0 does not clip")] = 1.0
    ema: Annotated[float, Field(ge=0, lt=1, description="decay of the averaged weights; 0 keeps none")] = 0.9999
    precision: Annotated[Literal["fp32", "bf16", "fp16"], Field(description="fp32, or mixed precision")] = "fp32"
    channels_last: Annotated[bool, Field(description="memory layout that suits tensor cores")] = False
    device: Annotated[Literal["auto", "cpu"], Field(description="auto takes a GPU where there is one")] = "auto"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of weights, order, crops, flips, noise, timesteps")] = 0
    threads: Annotated[int, Field(ge=0, description="CPU threads of one process; 0 leaves torch's choice")] = 0
    log_every: Annotated[int, Field(ge=1, description="steps between scalars")] = 50
    validate_every: Annotated[
        int, Field(ge=0, description="steps between validations with panels; 0 is at the end")
    ] = 5000
    validation_samples: Annotated[int, Field(ge=1, description="samples of one validation")] = 8
    checkpoint_every: Annotated[int, Field(ge=1, description="steps between checkpoints")] = 5000
    keep: Annotated[int, Field(ge=1, description="checkpoints to keep")] = 3


class CodecLossConfig(Config):
    """Training of the codec. The perceptual and adversarial terms are optional."""

    reconstruction: Annotated[float, Field(ge=0, description="weight of the mean absolute error")] = 1.0
    codebook: Annotated[float, Field(ge=0, description="weight of the codebook term")] = 1.0
    commitment: Annotated[float, Field(ge=0, description="share of the commitment in the codebook term")] = 0.25
    ssim: Annotated[float, Field(ge=0, description="weight of 1 - SSIM: a perceptual term without a network")] = 0.0
    lpips: Annotated[float, Field(ge=0, description="weight of LPIPS; needs torchvision and its weights")] = 0.0
    adversarial: Annotated[float, Field(ge=0, description="weight of the patch discriminator (hinge)")] = 0.0
    adversarial_start: Annotated[int, Field(ge=0, description="step at which the discriminator enters")] = 10_000
    discriminator_width: Annotated[int, Field(ge=4, description="channels of its first layer")] = 64


class AlignerConfig(Config):
    """One training of the aligner."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="name of the run, in its model card")]
    codec: CodecConfig
    model: ModelConfig = ModelConfig()
    diffusion: DiffusionConfig = DiffusionConfig()
    losses: LossConfig = LossConfig()
    data: DataConfig = DataConfig()
    train: TrainConfig = TrainConfig()
    sampling: SamplingConfig = SamplingConfig()

    @model_validator(mode="after")
    def _consistent(self) -> AlignerConfig:
        if self.sampling.step_size > self.diffusion.timesteps:
            raise ValueError(f"sampling.step_size is larger than diffusion.timesteps ({self.diffusion.timesteps})")
        if self.model.target == "flow" and self.sampling.eta > 0:
            raise ValueError("sampling.eta must be 0 for rectified flow, which has no noise to add")
        return self


class CodecRunConfig(Config):
    """One training of the codec."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="name of the run, in its model card")]
    codec: VQCodecConfig
    losses: CodecLossConfig = CodecLossConfig()
    data: DataConfig = DataConfig()
    train: TrainConfig = TrainConfig()


class FlowNetworkConfig(Config):
    """A network that estimates optical flow, from the library ptlflow."""

    model: Annotated[str, Field(description="its name in ptlflow: raft, raft_small, gma, pwcnet, gmflow, dpflow, ...")]
    weights: Annotated[
        str | None,
        Field(description="file (.safetensors, .ckpt) or set published by ptlflow to begin with; empty is random"),
    ] = None
    arguments: Annotated[
        dict[str, int | float | bool | str], Field(description="of the network, as ptlflow names them")
    ] = Field(default_factory=dict)


class FlowRunConfig(Config):
    """One training of a flow network on exact flow, with the network's own published loss."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="name of the run, in its model card")]
    network: FlowNetworkConfig
    direction: Annotated[
        Literal["1_to_2", "2_to_1", "1_to_gt", "gt_to_1", "gt_to_2", "2_to_gt"],
        Field(description="which exact flow supervises, between which images"),
    ] = "1_to_2"
    inside_only: Annotated[bool, Field(description="learn only from pixels whose flow ends inside the other image")] = (
        False
    )
    data: DataConfig = DataConfig()
    train: TrainConfig = TrainConfig()


def load_flow_config(name: str, overrides: Sequence[str] = ()) -> FlowRunConfig:
    """Read a preset of align_configs/ or a YAML file; `overrides` are `dotted.key=value`."""
    return read_config(FlowRunConfig, find_preset("align_configs", name), overrides)


def load_aligner_config(name: str, overrides: Sequence[str] = ()) -> AlignerConfig:
    """Read a preset of align_configs/ or a YAML file; `overrides` are `dotted.key=value`."""
    return read_config(AlignerConfig, find_preset("align_configs", name), overrides)


def load_codec_config(name: str, overrides: Sequence[str] = ()) -> CodecRunConfig:
    """Read a preset of align_configs/ or a YAML file; `overrides` are `dotted.key=value`."""
    return read_config(CodecRunConfig, find_preset("align_configs", name), overrides)


_FREE = {
    "name": None,
    "sampling": None,
    "data": {"workers", "cache"},
    "train": {
        "steps",
        "log_every",
        "validate_every",
        "validation_samples",
        "checkpoint_every",
        "keep",
        "threads",
        "device",
    },
}
"""Fields that may differ between a checkpoint and the run that goes on from it."""


def differences(saved: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Fields, with both values, that keep a run from going on from a checkpoint; both are dumped configurations."""
    found = []
    for key in sorted({*saved, *current}):
        free = _FREE.get(key, set())
        if free is None:
            continue
        found += _differences(saved.get(key), current.get(key), key, free)
    return found


def _differences(saved: Any, current: Any, path: str, free: set[str]) -> list[str]:
    if isinstance(saved, dict) and isinstance(current, dict):
        keys = sorted({*saved, *current} - free)
        return [line for key in keys for line in _differences(saved.get(key), current.get(key), f"{path}.{key}", set())]
    return [] if saved == current else [f"{path} is {current!r} here and {saved!r} in the checkpoint"]

"""The model card of a run: what was trained, on what, how well, and what the paper left to choose."""

from __future__ import annotations

from pathlib import Path

import yaml

from dsia_gen import __version__
from dsia_gen.align.config import AlignerConfig, CodecRunConfig, FlowRunConfig, VQCodecConfig
from dsia_gen.align.training.trainer import Outcome
from dsia_gen.core.io import replace_bytes

_USE = """```python
from dsia_gen.align.images import read_image
from dsia_gen.align.methods.dmaligner.aligner_pipeline import AlignerPipeline

pipeline = AlignerPipeline.from_pretrained("{run}")
answer = pipeline(read_image("I1.png"), read_image("I2.png"))  # answer.image, answer.mask
```

or `dsia-gen align --checkpoint {run} I1.png I2.png -o aligned.png`."""


_ABOUT: dict[type, str] = {
    AlignerConfig: "A diffusion aligner in the manner of DMAligner: it draws I2 as the camera of I1 would see it.",
    CodecRunConfig: "A VQ-VAE for the latents of an aligner.",
    FlowRunConfig: "Optical flow by a network of ptlflow, trained on exact flow; `dsia-gen evaluate` opens it.",
}


def write_card(run: Path, config: AlignerConfig | CodecRunConfig | FlowRunConfig, outcome: Outcome) -> None:
    """Write README.md into the run, and into its pipeline or codec folder."""
    text = model_card(run.name, config, outcome).encode()
    replace_bytes(run / "README.md", text)
    inner = run / ("pipeline" if isinstance(config, AlignerConfig) else "codec")
    if inner.is_dir():
        replace_bytes(inner / "README.md", text)


def model_card(run: str, config: AlignerConfig | CodecRunConfig | FlowRunConfig, outcome: Outcome) -> str:
    """Markdown."""
    parts = [
        f"# {config.name}",
        _ABOUT[type(config)],
        f"Trained with dsia-gen {__version__} for {config.train.steps} steps of {config.train.batch_size} x "
        f"{config.train.accumulate} samples a process, on {_data(config)}.",
        "## Measured on validation samples",
        _table(outcome),
    ]
    if isinstance(config, AlignerConfig):
        parts += ["## Choices that the paper leaves open", _choices(config), "## Use", _USE.format(run=run)]
    if outcome.skipped:
        parts += ["## Samples that could not be read", *(f"- {reason} ({n}x)" for reason, n in outcome.skipped.items())]
    settings = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    parts += ["## Limits", _limits(config), "## Configuration", f"```yaml\n{settings}```"]
    return "\n\n".join(parts) + "\n"


def _data(config: AlignerConfig | CodecRunConfig | FlowRunConfig) -> str:
    data = config.data
    if data.path is None:
        return f"{data.synthetic.count} made-up triplets of {data.synthetic.width}x{data.synthetic.height}"
    subsets = f", subsets {', '.join(data.subsets)}" if data.subsets else ""
    held_out = f"{data.holdout:.0%} of the scenes" if data.holdout else "none: training samples were measured"
    return f"the data set `{Path(data.path).name}`{subsets} (held out for validation: {held_out})"


def _table(outcome: Outcome) -> str:
    if not outcome.validation:
        return "Nothing was measured."
    rows = [f"| {name} | {value:.3f} |" for name, value in sorted(outcome.validation.items())]
    return "\n".join(["| measure | value |", "|---|---|", *rows])


def _choices(config: AlignerConfig) -> str:
    """One line for each choice, with the field that holds it."""
    model, losses, train = config.model, config.losses, config.train
    lines = [
        f"target `{model.target}` (`model.target`){_residual(model.residual)}",
        f"gamma = {losses.gamma}; the norm of eq. 10 is `{losses.norm}`, in the {losses.domain} domain (`losses`)",
        f"the mask is {'a constant weight' if losses.detach_mask else 'part of the gradient'} in eq. 10",
        f"{config.diffusion.timesteps} steps, beta schedule {config.diffusion.beta_schedule} "
        f"{config.diffusion.beta_start} to {config.diffusion.beta_end} (`diffusion`)",
        f"UNet widths {list(model.unet.widths)}, {model.unet.layers} residual blocks a level (`model.unet`)",
        f"AdamW at {train.learning_rate}, batch {train.batch_size} x {train.accumulate}, average {train.ema} (`train`)",
        "encoder and decoder of the codec are both frozen",
    ]
    if model.mask is None:
        lines.append("no mask module (`model.mask: null`)")
    else:
        fusion = "stops" if model.mask.detach_fusion else "goes on"
        lines += [
            f"D = {model.mask.window}, cost volume normalised by {model.mask.normalise} (`model.mask`)",
            f"mask predictor: {model.mask.layers} convolutions of width {model.mask.width}"
            + (f" on {model.mask.features} learned features" if model.mask.features else ""),
            f"M_gt is {config.data.mask}, in the view of I1; eq. 11 sees the {losses.mask_on} mask; dynamic pixels "
            f"weigh {losses.mask_positive}",
            f"the gradient of eq. 10 {fusion} at the fusion of eq. 7",
        ]
    return "\n".join(f"- {line}" for line in lines)


def _residual(kind: str) -> str:
    base = {"none": "", "v1": "V1", "v_m": "V_M"}[kind]
    return f", as a change of {base}, which the paper does not do (`model.residual`)" if base else ""


def _limits(config: AlignerConfig | CodecRunConfig | FlowRunConfig) -> str:
    lines = ["It learned from rendered scenes; other cameras, light and motion may be beyond it."]
    if isinstance(config, AlignerConfig) and isinstance(config.codec, VQCodecConfig):
        lines.append("The codec bounds the answers: `psnr/codec` above is of Igt, encoded and decoded.")
        if config.codec.weights is None:
            lines.append("**The codec was never trained: this run is good for measuring speed only.**")
    if config.data.path is None:
        lines.append("Made-up triplets only: this run shows that training works, and nothing more.")
    return " ".join(lines)

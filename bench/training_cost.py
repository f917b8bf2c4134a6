"""Floating-point operations of a training step, counted by torch, and the hours that a GPU needs for them.

`python -m bench.training_cost [PRESET...]` prints Markdown: TFLOP by part for one sample at the preset's crop, then
hours of the preset's whole training. Nothing is computed: shapes alone pass through the networks (torch's meta device).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from dsia_gen.align.codecs.codec import build_codec
from dsia_gen.align.codecs.codec_config import VQCodecConfig
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.model import build_aligner

PRESETS = ("dmaligner", "released_recipe", "dmaligner_motion")
PEAK_TFLOPS = {"A100 (bf16)": 312, "H100 SXM (bf16)": 989}
"""Dense products a second by the makers' data sheets, in TFLOP/s."""
SHARES = (0.2, 0.4)
"""Shares of the peak that a training of convolutions and attention at this size may reach: assumed, not measured."""


@dataclass(frozen=True)
class SampleCost:
    """TFLOP of one sample: forward passes of the parts, and forward with backward where a step needs both."""

    encode: float
    decode: float
    denoise: float
    mask: float
    learning: float
    """Mask module and denoiser, with the gradients of their weights."""
    through_decoder: float
    """The frozen decoder, with the gradient of its input."""
    encodings: int
    image_loss: bool
    stored: bool
    """Whether latents are kept on disk."""

    @property
    def step(self) -> float:
        """Of one sample in one step."""
        encoding = 0.0 if self.stored else self.encodings * self.encode
        return encoding + self.learning + (self.through_decoder if self.image_loss else 0.0)


def sample_cost(config: AlignerConfig) -> SampleCost:
    """Count the operations of one sample at the crop of a configuration."""
    width, height = config.data.crop or (480, 256)
    codec_config = config.codec
    if isinstance(codec_config, VQCodecConfig):  # the look-up in the codebook has no meta kernel and costs little
        codec_config = codec_config.model_copy(update={"weights": None, "quantise": False})
    with torch.device("meta"):
        codec = build_codec(codec_config).requires_grad_(False)
        model = build_aligner(config.model, codec.channels, 0)
        image = torch.zeros(1, 3, height, width)
        latent = torch.zeros(1, codec.channels, height // codec.factor, width // codec.factor)
        predicted = torch.zeros_like(latent, requires_grad=True)
        shown = [latent] * (3 if config.model.motion else 2)

        def learn() -> None:
            prediction, logits = model(latent, torch.zeros(1), *shown)
            (prediction.sum() + (logits.sum() if logits is not None else 0.0)).backward()

        with torch.no_grad():
            encode = count(lambda: codec.encode(image))
            decode = count(lambda: codec.decode(latent))
            whole = count(lambda: model(latent, torch.zeros(1), *shown))
            mask = count(lambda: model.mask(latent, latent)) if model.mask is not None else 0.0
        learning, through = count(learn), count(lambda: codec.decode(predicted).sum().backward())
    image_loss, stored = config.losses.domain == "image", config.latents is not None
    return SampleCost(encode, decode, whole - mask, mask, learning, through, len(shown) + 1, image_loss, stored)


def count(run: Callable[[], object]) -> float:
    """TFLOP of a call; a product and its sum are two operations."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops()) / 1e12


def main(presets: list[str]) -> None:
    """Print both tables."""
    print("| preset | encode | decode | denoiser | mask | a step of one sample | 250,000 steps of 8, EFLOP |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for name in presets:
        config = AlignerConfig.load(name)
        variants = [("", config)]
        if config.losses.domain == "image":
            losses = config.losses.model_copy(update={"domain": "latent"})
            variants.append((", loss on latents", config.model_copy(update={"losses": losses})))
        if config.latents is None:
            variants.append((", latents on disk", variants[-1][1].model_copy(update={"latents": "latents"})))
        for label, variant in variants:
            cost = sample_cost(variant)
            batch = config.train.batch_size * config.train.accumulate
            exa = cost.step * batch * config.train.steps / 1e6
            parts = " | ".join(f"{value:.3f}" for value in (cost.encode, cost.decode, cost.denoise, cost.mask))
            print(f"| `{name}`{label} | {parts} | {cost.step:.2f} | {exa:.1f} |", flush=True)
            rows.append((f"`{name}`{label}", exa))
    print("\n| preset | " + " | ".join(f"hours on one {device}" for device in PEAK_TFLOPS) + " |")
    print("|---|" + "---|" * len(PEAK_TFLOPS))
    for label, exa in rows:
        cells = []
        for peak in PEAK_TFLOPS.values():
            hours = [exa * 1e6 / (peak * share) / 3600 for share in SHARES]
            cells.append(f"{hours[1]:,.0f} to {hours[0]:,.0f}")
        print(f"| {label} | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.training_cost", description=__doc__)
    parser.add_argument("presets", metavar="PRESET", nargs="*", help=f"{', '.join(PRESETS)} if none")
    main(parser.parse_args().presets or list(PRESETS))

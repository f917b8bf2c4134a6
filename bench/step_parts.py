"""What the parts of a training step cost on a CPU: `python -m bench.step_parts PRESET [WIDTH HEIGHT REPEATS]`.

Seconds of processor time of one thread, so that other programs do not count; parts are timed in turn, again and again,
in one process. Prints medians and ranges as Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from dsia_gen.align.codecs.codec import build_codec
from dsia_gen.align.codecs.codec_config import VQCodecConfig
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.model import build_aligner


def parts(config: AlignerConfig, width: int, height: int) -> dict[str, Callable[[], object]]:
    """By name what one sample of a step computes; the weights are fresh, which changes no time."""
    codec_config = config.codec
    if isinstance(codec_config, VQCodecConfig):
        codec_config = codec_config.model_copy(update={"weights": None})
    codec = build_codec(codec_config).requires_grad_(False)
    model = build_aligner(config.model, codec.channels, 0)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-6, fused=True)
    images = torch.rand(3 + (config.model.motion is not None), 3, height, width) * 2 - 1
    with torch.no_grad():
        latents = codec.encode(images)
    x0, *shown = latents.chunk(len(images))
    predicted = x0.clone().requires_grad_()

    def encode() -> object:
        with torch.no_grad():
            return codec.encode(images)

    def learn() -> None:
        prediction, _ = model(x0, torch.zeros(1), *shown)
        prediction.square().mean().backward()

    def mask() -> None:
        assert model.mask is not None
        model.mask(shown[0], shown[-1]).square().mean().backward()

    found: dict[str, Callable[[], object]] = {
        f"{len(images)} encodings": encode,
        "network, forward and backward": learn,
        "AdamW": optimizer.step,
        "decoder, forward and backward": lambda: codec.decode(predicted).square().mean().backward(),
    }
    return {**found, "mask module alone, forward and backward": mask} if model.mask is not None else found


def main(preset: str, width: int, height: int, repeats: int) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    runs = parts(AlignerConfig.load(preset), width, height)
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            begun = time.process_time()
            run()
            if repeat:  # the first is a warm-up
                taken[name].append(time.process_time() - begun)
    print(f"`{preset}`, one sample of {width}x{height}, {repeats} repeats, seconds of one thread\n")
    print("| part | median | range |\n|---|---|---|")
    for name, seconds in taken.items():
        print(f"| {name} | {statistics.median(seconds):.3f} | {min(seconds):.3f} to {max(seconds):.3f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.step_parts", description=__doc__)
    parser.add_argument("preset", metavar="PRESET", help="of align_configs, such as dmaligner")
    for name, default in (("width", 96), ("height", 64), ("repeats", 9)):
        parser.add_argument(
            name, metavar=name.upper(), type=int, nargs="?", default=default, help="%(default)s if none"
        )
    main(**vars(parser.parse_args()))

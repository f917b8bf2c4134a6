"""Steps a second and peak memory of a configuration, and seconds an image, on synthetic samples and fresh weights."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import torch

from dsia_gen.align.codecs.codec import Codec, build_codec
from dsia_gen.align.codecs.codec_config import VQCodecConfig
from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.dmaligner.aligner_task import AlignerTask
from dsia_gen.align.methods.dmaligner.model import build_aligner
from dsia_gen.align.training.data import Batch, Triplets, collate
from dsia_gen.align.training.run_config import SyntheticConfig
from dsia_gen.align.training.synthetic import SyntheticTriplets
from dsia_gen.align.training.trainer import make_accelerator


@dataclass(frozen=True)
class TrainingSpeed:
    """What a training step costs."""

    device: str
    parameters: int
    steps_a_second: float
    samples_a_second: float
    peak_bytes: int
    """GPU memory where there is one, otherwise the largest resident size of this process so far."""


def measure_speed(config: AlignerConfig, steps: int = 10, warmup: int = 2) -> TrainingSpeed:
    """Time optimizer steps of a configuration. Speed does not depend on weights, so the codec is a fresh one.

    For the peak memory of a CPU run, measure each configuration in a process of its own.
    """
    accelerator = make_accelerator(config.train)
    task = AlignerTask(config, fresh_codec(config))
    module = task.phases[0].module
    model, optimizer = accelerator.prepare(module, torch.optim.AdamW(module.parameters(), lr=1e-5, fused=True))
    task.codec.to(accelerator.device)
    batch = _batch(config, task.multiple).to(accelerator.device, config.train.channels_last)
    on_gpu = accelerator.device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    begun = 0.0
    with out_of_memory(task.memory_settings):
        for step in range(warmup + steps):
            if step == warmup:
                begun = _now(on_gpu)
            optimizer.zero_grad()
            for _ in range(config.train.accumulate):
                with accelerator.autocast():
                    loss, _ = task.loss(model, batch)
                accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), config.train.clip or float("inf"))
            optimizer.step()
    rate = steps / (_now(on_gpu) - begun)
    samples = rate * config.train.batch_size * config.train.accumulate
    peak = torch.cuda.max_memory_allocated() if on_gpu else _resident()
    return TrainingSpeed(
        accelerator.device.type, sum(p.numel() for p in module.parameters() if p.requires_grad), rate, samples, peak
    )


def seconds_an_image(config: AlignerConfig, size: tuple[int, int], repeats: int = 1) -> list[float]:
    """Seconds of each of `repeats` answers of (width, height), with the configured sampling, after a first step."""
    codec = fresh_codec(config)
    if config.train.threads:
        torch.set_num_threads(config.train.threads)
    pipeline = DMAlignerPipeline(config, codec, build_aligner(config.model, codec.channels, 0))
    on_gpu = config.train.device == "auto" and torch.cuda.is_available()
    pipeline.to("cuda" if on_gpu else "cpu")
    sample = SyntheticTriplets(SyntheticConfig(count=1, width=size[0], height=size[1]))[0]
    images = sample.image("1"), sample.image("2")
    pipeline(*images, sampling=pipeline.sampling(step_size=config.diffusion.timesteps))
    taken = []
    for _ in range(repeats):
        begun = _now(on_gpu)
        pipeline(*images)
        taken.append(_now(on_gpu) - begun)
    return taken


def fresh_codec(config: AlignerConfig) -> Codec:
    """Without weights: they change no time."""
    codec = config.codec
    return build_codec(codec.model_copy(update={"weights": None}) if isinstance(codec, VQCodecConfig) else codec)


def _batch(config: AlignerConfig, multiple: int) -> Batch:
    width, height = config.data.crop or (config.data.synthetic.width, config.data.synthetic.height)
    count = config.train.batch_size
    source = SyntheticTriplets(SyntheticConfig(count=count, width=width, height=height))
    triplets = Triplets(source, config.data, config.train.seed, multiple)
    return collate([triplets[position] for position in range(count)])


def _now(on_gpu: bool) -> float:
    if on_gpu:
        torch.cuda.synchronize()
    return time.perf_counter()


def _resident() -> int:
    import resource  # of POSIX systems only

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

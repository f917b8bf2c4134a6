"""A GPU that trains: `python -m bench.gpu_training -o FOLDER [--minutes 10] [--device auto] [--size 480x256]`.

Measures `dmaligner`, `dmaligner_motion` and `mc_aligner` one after the other: seconds a step (median), peak memory,
share of the time that the GPU is busy (nvidia-smi), and how far it is from its peak (operations counted by torch). Then
trains `mc_aligner` on made-up scenes for the time that is left. Figures go to FOLDER/figures.json as they are measured,
the run to FOLDER/mc_aligner. Works without a GPU, too: with --device cpu and a small size it is a trial of itself.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from bench.aligner_speed import fresh_codec
from bench.gpu import busy_share
from bench.training_cost import sample_cost
from dsia_gen.align.layered.triplets import LayeredTriplets
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.aligner_task import AlignerTask
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig
from dsia_gen.align.methods.mc_aligner.mc_task import McTask
from dsia_gen.align.training.data import Batch, Triplets, collate
from dsia_gen.align.training.entry_points import train
from dsia_gen.align.training.run_config import SyntheticConfig
from dsia_gen.align.training.synthetic import SyntheticTriplets
from dsia_gen.align.training.task import TrainingTask
from dsia_gen.align.training.trainer import make_accelerator
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.io import json_bytes, replace_bytes

PRESETS: dict[str, tuple[str, ...]] = {
    "dmaligner": ("train.accumulate=1",),
    "dmaligner, loss on latents": ("train.accumulate=1", "losses.domain=latent"),
    "dmaligner, loss on latents, compiled": ("train.accumulate=1", "losses.domain=latent", "train.compile=inductor"),
    "dmaligner_motion": ("train.accumulate=1",),
    "mc_aligner_layered": (),
}
"""Name of a figure, whose first word is the preset, to the changes of it."""


def steps_of(task: TrainingTask, batch: Batch, seconds: float) -> list[float]:
    """Seconds of each step within `seconds`, at least three, after three that warm up."""
    config = task.config.train
    accelerator = make_accelerator(config)
    on_gpu = accelerator.device.type == "cuda"
    phase = task.phases[0]
    if config.channels_last:
        phase.module.to(memory_format=torch.channels_last)
    module, optimizer = accelerator.prepare(
        phase.module, torch.optim.AdamW(phase.module.parameters(), 1e-6, fused=True)
    )
    if config.compile != "none":
        module = torch.compile(module, backend=config.compile)
    for frozen in task.frozen:
        frozen.to(
            accelerator.device, memory_format=torch.channels_last if config.channels_last else torch.preserve_format
        )
    placed = batch.to(accelerator.device, config.channels_last)
    taken: list[float] = []
    end = float("inf")
    while len(taken) < 6 or time.perf_counter() < end:
        begun = time.perf_counter()
        optimizer.zero_grad()
        with accelerator.autocast():
            loss, _ = phase.loss(module, placed)
        accelerator.backward(loss)
        optimizer.step()
        if on_gpu:
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - begun)
        if len(taken) == 3:
            end = time.perf_counter() + seconds
    accelerator.free_memory()
    return taken[3:]


def measure(name: str, changes: tuple[str, ...], size: tuple[int, int], seconds: float, device: str) -> dict[str, Any]:
    """Figures of one preset at a size (width, height)."""
    preset = name.split(",")[0]
    own = [*changes, f"train.device={device}", f"data.crop=[{size[0]},{size[1]}]"]
    own += [] if torch.cuda.is_available() else ["train.precision=fp32", "train.batch_size=1"]
    kind: type[McConfig | AlignerConfig] = McConfig if preset.startswith("mc") else AlignerConfig
    config = kind.load(preset, own)
    task: TrainingTask = (
        AlignerTask(config, fresh_codec(config)) if isinstance(config, AlignerConfig) else McTask(config)
    )
    made = SyntheticConfig(count=config.train.batch_size, width=size[0], height=size[1])
    source = SyntheticTriplets(made) if isinstance(config, AlignerConfig) else LayeredTriplets(made)
    triplets = Triplets(source, config.data, 0, task.multiple, task.flows, task.planes, prepare=task.prepare)
    batch = collate([triplets[k] for k in range(config.train.batch_size)])
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with busy_share() as readings:
        taken = steps_of(task, batch, seconds)
    figures: dict[str, Any] = {
        "batch": config.train.batch_size, "size": f"{size[0]}x{size[1]}", "steps": len(taken),
        "seconds_a_step": statistics.median(taken), "range": [min(taken), max(taken)],
        "busy_percent": statistics.mean(readings) if readings else None,
    }  # fmt: skip
    if torch.cuda.is_available():
        figures["device"] = torch.cuda.get_device_name()
        figures["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30
    if isinstance(config, AlignerConfig):
        tera = sample_cost(config).step * config.train.batch_size
        figures["tflops_a_second"] = tera / figures["seconds_a_step"]
    return figures


def main() -> None:
    """Measure within half of the time, train in the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--device", choices=["auto", "cpu"], default="auto")
    parser.add_argument("--size", default="480x256")
    parser.add_argument("--presets", default=";".join(PRESETS), help="names, separated by ;")
    given = parser.parse_args()
    end = time.perf_counter() + 60 * given.minutes
    width, height = (int(side) for side in given.size.split("x"))
    names = [name for name in PRESETS if name in given.presets.split(";")]
    figures: dict[str, Any] = {}
    given.output.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        share = (end - time.perf_counter() - 30 * given.minutes) / (len(names) - number)
        try:
            figures[name] = measure(name, PRESETS[name], (width, height), max(1.0, share / 3), given.device)
        except (DsiaError, RuntimeError) as error:  # a GPU's memory, a missing library: the others go on
            figures[name] = {"error": str(error)}
        gc.collect()
        torch.cuda.empty_cache()
        print(json.dumps({name: figures[name]}), flush=True)
        replace_bytes(given.output / "figures.json", json_bytes(figures))
    left = end - time.perf_counter()
    known = figures.get("mc_aligner_layered", {}).get("seconds_a_step")
    if known and left > 20:
        steps = max(1, int(0.7 * left / known))
        changes = [f"train.steps={steps}", f"train.device={given.device}", "data.path=null", "train.validate_every=0"]
        changes += ["data.synthetic.kind=layered", "data.synthetic.count=100000", "train.decay=cosine"]
        outcome = train(McConfig.load("mc_aligner_layered", changes), given.output / "mc_aligner")
        figures["training"] = {"steps": steps, "validation": dict(outcome.validation)}
        replace_bytes(given.output / "figures.json", json_bytes(figures))


if __name__ == "__main__":
    main()

"""The training loop: any task, any number of processes, any interruption."""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml
from accelerate import Accelerator
from accelerate.utils import gather_object
from pydantic import ValidationError
from torch import Tensor, nn
from tqdm import tqdm

from dsia_gen.align.config import TrainConfig, differences
from dsia_gen.align.methods.dmaligner.aligner_pipeline import out_of_memory
from dsia_gen.align.training.checkpoint import (
    latest_checkpoint,
    load_modules,
    load_optimizers,
    optimizer_tensors,
    prefixed,
    save_checkpoint,
)
from dsia_gen.align.training.data import Batch, Kept, Positions, Triplets, collate, loader, open_source
from dsia_gen.align.training.ema import EMA, evaluating
from dsia_gen.align.training.task import Phase, Task, Validation
from dsia_gen.align.training.tensorboard import Board
from dsia_gen.align.weight_files import save_tensors
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk, json_bytes, replace_bytes
from dsia_gen.core.strict_yaml import Config

_log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What a training did."""

    start: int
    """Step at which this call began: 0, or that of the checkpoint."""
    losses: list[float] = field(default_factory=list)
    """Loss of the first phase at each step of this call, averaged over processes."""
    validation: Mapping[str, float] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    """How often each unreadable sample was passed over."""


def make_accelerator(config: TrainConfig) -> Accelerator:
    """Devices and processes as accelerate finds them."""
    if config.threads:
        torch.set_num_threads(config.threads)
    return Accelerator(
        cpu=config.device == "cpu", mixed_precision="no" if config.precision == "fp32" else config.precision
    )


class Trainer:
    """Trains a task in a folder, from its newest checkpoint where there is one."""

    def __init__(self, task: Task, run: Path, accelerator: Accelerator, progress: bool = True) -> None:
        self.task = task
        self.config = task.config.train
        self.run = run
        self.accelerator = accelerator
        self.progress = progress
        self.triplets, self.held_out = self._open_data()
        main = task.phases[0].module
        self.average = EMA(main, self.config.ema) if self.config.ema else None
        self.raw = {phase.name: phase.module for phase in task.phases}
        self.start = self._prepare_run()
        self.outcome = Outcome(self.start)
        self.modules, self.optimizers = self._prepare_modules()
        self.board = Board(run / "tensorboard", self.start, accelerator.is_main_process)

    def _open_data(self) -> tuple[Triplets, Any]:
        data = self.task.config.data
        source, held_out = open_source(data)
        source = Kept(source) if data.cache else source
        return Triplets(source, data, self.config.seed, self.task.multiple, self.task.flows), held_out

    def _prepare_run(self) -> int:
        """Write the configuration, or check that the run's own is the same. The step to go on from."""
        found = latest_checkpoint(self.run)
        current = self.task.config.model_dump(mode="json")
        if found is not None:
            wrong = differences(_with_defaults(type(self.task.config), found.state["config"]), current)
            if wrong:
                raise AlignError(
                    f"{found.folder} was trained with another configuration: {'; '.join(wrong[:8])}; "
                    "use that configuration or another output folder"
                )
        if self.accelerator.is_main_process:
            with disk("write", self.run):
                self.run.mkdir(parents=True, exist_ok=True)
            replace_bytes(self.run / "config.yaml", yaml.safe_dump(current, sort_keys=False).encode())
        self.accelerator.wait_for_everyone()
        return found.step if found else 0

    def _prepare_modules(self) -> tuple[dict[str, nn.Module], dict[str, Any]]:
        if self.start == 0:
            first = [self.triplets[position] for position in range(self.config.batch_size)]
            self.task.begin(collate(first).to(torch.device("cpu")))
            if self.average:
                self.average.module.load_state_dict(self.task.phases[0].module.state_dict())
        modules, optimizers = {}, {}
        for phase in self.task.phases:
            if self.config.channels_last:
                phase.module.to(memory_format=torch.channels_last)
            optimizer = torch.optim.AdamW(
                phase.module.parameters(),
                lr=self.config.learning_rate,
                betas=self.config.betas,
                weight_decay=self.config.weight_decay,
                fused=True,  # one pass over the weights; on CPUs, too
            )
            modules[phase.name], optimizers[phase.name] = self.accelerator.prepare(phase.module, optimizer)
        for module in (*self.task.frozen, *([self.average.module] if self.average else [])):
            module.to(self.accelerator.device)
        if self.start:
            self._restore(optimizers)
        return modules, optimizers

    def _restore(self, optimizers: Mapping[str, Any]) -> None:
        found = latest_checkpoint(self.run)
        assert found is not None
        load_modules(self.raw, found.folder / "model.safetensors")
        load_optimizers({n: o.optimizer for n, o in optimizers.items()}, found.folder / "optimizer.safetensors")
        if self.average:
            load_modules({self.task.phases[0].name: self.average.module}, found.folder / "ema.safetensors")
        if self.accelerator.is_main_process:
            self.outcome.skipped.update(found.state.get("skipped", {}))
        if self.accelerator.scaler is not None and found.state.get("scaler"):
            self.accelerator.scaler.load_state_dict(found.state["scaler"])

    def fit(self) -> Outcome:
        """Train to the configured step, validate and export. AlignError when the loss is no longer a number."""
        batches = self._batches()
        bar = self._bar()
        for step in range(self.start, self.config.steps):
            self.task.at_step(step)
            with out_of_memory(self.task.memory_settings):
                scalars = self._step(step, [next(batches) for _ in range(self.config.accumulate)])
            self.outcome.losses.append(scalars["loss/total"])
            bar.update(self._samples_a_step)
            bar.set_postfix(step=step + 1, loss=f"{scalars['loss/total']:.4f}", refresh=False)
            self._after(step + 1, scalars)
        bar.close()
        self._finish()
        return self.outcome

    @property
    def _samples_a_step(self) -> int:
        return self.config.batch_size * self.config.accumulate * self.accelerator.num_processes

    def _batches(self) -> Iterator[Batch]:
        positions = Positions(
            self.start,
            self.config.batch_size,
            self.config.accumulate,
            self.accelerator.process_index,
            self.accelerator.num_processes,
        )
        on_gpu = self.accelerator.device.type == "cuda"
        for batch in loader(self.triplets, positions, self.task.config.data.workers, pin=on_gpu):
            self._note_skipped(batch.skipped)
            yield batch.to(self.accelerator.device, self.config.channels_last)

    def _note_skipped(self, reasons: list[str]) -> None:
        for reason in reasons:
            if reason not in self.outcome.skipped:
                _log.warning("skipped %s", reason)
            self.outcome.skipped[reason] += 1

    def _bar(self) -> Any:
        return tqdm(
            total=self.config.steps * self._samples_a_step,
            initial=self.start * self._samples_a_step,
            unit=" samples",
            desc=f"train {self.task.config.name}",
            disable=not (self.progress and self.accelerator.is_main_process),
        )

    def _step(self, step: int, batches: list[Batch]) -> dict[str, float]:
        scalars: dict[str, float] = {}
        for phase in self.task.phases:
            if step >= phase.start:
                scalars = {**self._phase(phase, step, batches), **scalars}
        if self.average:
            self.average.update(self.task.phases[0].module, step + 1)
        return scalars

    def _phase(self, phase: Phase, step: int, batches: list[Batch]) -> dict[str, float]:
        module, optimizer = self.modules[phase.name], self.optimizers[phase.name]
        for group in optimizer.param_groups:
            group["lr"] = self.config.learning_rate * rate(step, self.config)
        optimizer.zero_grad()
        sums: dict[str, Tensor] = {}
        for k, batch in enumerate(batches):
            last = k == len(batches) - 1
            with nullcontext() if last else self.accelerator.no_sync(module):
                with self.accelerator.autocast():
                    loss, parts = phase.loss(module, batch)
                self.accelerator.backward(loss / len(batches))
            for name, value in {"loss/total": loss.detach(), **parts}.items():
                sums[name] = sums.get(name, 0) + value.float() / len(batches)
        reduced = self.accelerator.reduce(sums, reduction="mean")
        scalars = {name: float(value) for name, value in reduced.items()}
        length = self._clip(module)
        overflow = self.accelerator.scaler is not None  # its skipped steps are how it finds its scale
        if not math.isfinite(scalars["loss/total"]) or not (math.isfinite(length) or overflow):
            self._stop(phase, step, batches)
        optimizer.step()
        return {**scalars, f"gradient/{phase.name}": length}

    def _clip(self, module: nn.Module) -> float:
        length = self.accelerator.clip_grad_norm_(module.parameters(), self.config.clip or float("inf"))
        return float(length) if length is not None else 0.0

    def _stop(self, phase: Phase, step: int, batches: list[Batch]) -> None:
        name = f"step_{step:08d}_{self.accelerator.process_index}"
        folder = self.run / "nan"
        with disk("write", folder):
            folder.mkdir(exist_ok=True)
        tensors = {f"{k}/image_{role}": image for k, b in enumerate(batches) for role, image in b.images.items()}
        tensors |= {f"{k}/mask": batch.mask for k, batch in enumerate(batches)}
        save_tensors(folder / f"{name}.safetensors", tensors)
        samples = [{"samples": batch.ids, "positions": batch.positions} for batch in batches]
        replace_bytes(folder / f"{name}.json", json_bytes({"step": step, "phase": phase.name, "batches": samples}))
        raise AlignError(
            f"the loss of {phase.name} is not a number at step {step}; its batch is in {folder / name}.safetensors; "
            "lower train.learning_rate or set train.precision to fp32, and go on from the last checkpoint"
        )

    def _after(self, step: int, scalars: Mapping[str, float]) -> None:
        config, last = self.config, step == self.config.steps
        if step % config.log_every == 0 or last:
            figures = {**scalars, "rate": config.learning_rate * rate(step - 1, config)}
            self.board.scalars({**figures, "data/skipped": float(self.outcome.skipped.total())}, step)
        if (config.validate_every and step % config.validate_every == 0) or last:
            self._validate(step)
        if step % config.checkpoint_every == 0 or last:
            self._save(step)

    @property
    def kept(self) -> nn.Module:
        """The weights to keep: averaged where an average is kept."""
        return self.average.module if self.average else self.task.phases[0].module

    def _validate(self, step: int) -> None:
        if self.accelerator.is_main_process:
            with evaluating(self.kept), self.accelerator.autocast():
                result: Validation = self.task.validate(self.kept, self.held_out)
            self.board.validation(result, step)
            self.outcome.validation = dict(result.scalars)
        self.accelerator.wait_for_everyone()

    def _save(self, step: int) -> None:
        skipped = self._gather_skipped()
        if self.accelerator.is_main_process:
            scaler = self.accelerator.scaler
            state = {
                "config": self.task.config.model_dump(mode="json"),
                "scaler": scaler.state_dict() if scaler is not None else None,
                "validation": dict(self.outcome.validation),
                "skipped": skipped,
                "torch": torch.__version__,
            }
            tensors = {
                "model": prefixed(self.raw),
                "optimizer": optimizer_tensors({n: o.optimizer for n, o in self.optimizers.items()}),
            }
            if self.average:
                tensors["ema"] = prefixed({self.task.phases[0].name: self.average.module})
            save_checkpoint(self.run, step, tensors, state, self.config.keep)
        self.accelerator.wait_for_everyone()

    def _gather_skipped(self) -> dict[str, int]:
        """How often each sample was passed over in all processes, also written for people."""
        everyone = gather_object([dict(self.outcome.skipped)])
        total: Counter[str] = sum((Counter(part) for part in everyone), Counter())
        if self.accelerator.is_main_process and total:
            replace_bytes(self.run / "skipped.json", (json.dumps(dict(total), indent=2) + "\n").encode())
        return dict(total)

    def _finish(self) -> None:
        if self.start >= self.config.steps:  # nothing was left to train
            self._validate(self.start)
        if self.accelerator.is_main_process:
            with evaluating(self.kept):
                self.task.export(self.kept, self.run)
        self.board.close()
        self.accelerator.wait_for_everyone()


def _with_defaults(model: type[Config], saved: dict[str, Any]) -> dict[str, Any]:
    """A saved configuration, completed with fields that came later."""
    try:
        return model.model_validate(saved).model_dump(mode="json")
    except ValidationError:  # of another kind: the comparison names where
        return saved


def rate(step: int, config: TrainConfig) -> float:
    """Factor of the learning rate at a step (from 0): linear warm-up, then constant or half a cosine to zero."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.decay == "constant":
        return 1.0
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

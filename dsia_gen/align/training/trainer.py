"""The training loop: any task, any number of processes, any interruption."""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import yaml
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.tracking import WandBTracker
from accelerate.utils import DistributedDataParallelKwargs, gather_object
from torch import Tensor, nn

from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.training import checkpoint
from dsia_gen.align.training.compile_check import check_compiled
from dsia_gen.align.training.data import (
    Batch,
    CachedSource,
    PartOfSource,
    Positions,
    Triplets,
    collate,
    loader,
    open_source,
)
from dsia_gen.align.training.ema import ema_model, evaluating
from dsia_gen.align.training.run_config import TrainConfig
from dsia_gen.align.training.task import Phase, TrainingTask
from dsia_gen.align.weight_files import save_tensors
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, make_folder, replace_bytes
from dsia_gen.core.progress import ProgressDisplay, Tally

_log = logging.getLogger(__name__)


@dataclass
class TrainingOutcome:
    """What a training did."""

    start: int
    """Step at which this call began: 0, or that of the checkpoint."""
    losses: list[float] = field(default_factory=list)
    """Loss of the first phase at each step of this call, averaged over processes."""
    validation: Mapping[str, float] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    """How often each unreadable sample was passed over."""
    errors: Mapping[str, float] = field(default_factory=dict)
    """Standard errors of the validation."""
    notes: tuple[str, ...] = ()
    """What the task had to say before the first step."""


def make_accelerator(config: TrainConfig, run: Path | None = None, parts_rest: bool = False) -> Accelerator:
    """Devices and processes as accelerate finds them, and the trackers of a run.

    `parts_rest`: some weights have no gradient in some steps, which several processes have to agree on.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    if torch.cuda.is_available():
        torch.set_float32_matmul_precision("high" if config.tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = config.tf32
    trackers: list[Any] = []
    for name in config.trackers if run is not None else ():
        if find_spec(name) is None:  # accelerate would go on without it
            install = "'dsia-gen[align]'" if name == "tensorboard" else name
            raise AlignError(f"train.trackers asks for {name}; install it with: pip install {install}")
        trackers.append(WandBTracker("dsia-gen", name=run.name, dir=str(run)) if run and name == "wandb" else name)
    precision = "no" if config.precision == "fp32" else config.precision
    # accelerate keeps the precision of the first training of a process, and its device; a later one has its own
    AcceleratorState._reset_state(reset_partial_state=not torch.distributed.is_initialized())
    return Accelerator(
        cpu=config.device == "cpu",
        mixed_precision=precision,
        log_with=trackers or None,
        project_dir=run,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)] if parts_rest else None,
    )


def has_dilated_convolutions(task: TrainingTask) -> bool:
    """Whether a network that is trained has any: torch 2.13 on CPUs has wrong gradients of their weights under autocast
    in the layout channels-last; those of other convolutions are right."""
    modules = (module for phase in task.phases for module in phase.module.modules())
    return any(isinstance(module, nn.Conv2d) and max(map(int, module.dilation)) > 1 for module in modules)


class Trainer:
    """Trains a task in a folder, from its newest checkpoint where there is one."""

    def __init__(self, task: TrainingTask, run: Path, accelerator: Accelerator, progress: bool = True) -> None:
        self.task = task
        self.config = task.config.train
        self.run = run
        self.accelerator = accelerator
        self.progress = progress
        data = task.config.data
        source, self.held_out = open_source(data)
        source = CachedSource(source) if data.cache else source
        self.triplets = Triplets(
            source, data, self.config.seed, task.multiple, task.flows, task.planes, task.prepare, task.latents
        )
        half = self.config.precision != "fp32"
        self.channels_last = self.config.channels_last
        if self.channels_last and half and accelerator.device.type == "cpu" and has_dilated_convolutions(task):
            self.channels_last = False
            _log.warning(
                "train.channels_last is left out: on CPUs dilated convolutions are not sound with it in half precision"
            )
        self.raw = {phase.name: phase.module for phase in task.phases}
        found = checkpoint.resumable_checkpoint(run, task.config)
        if accelerator.is_main_process:
            settings = yaml.safe_dump(task.config.model_dump(mode="json"), sort_keys=False)
            replace_bytes(run / "config.yaml", settings.encode())
        accelerator.wait_for_everyone()
        self.start = found.step if found else 0
        self.outcome = TrainingOutcome(self.start, notes=task.notes)
        for note in task.notes:
            _log.warning("%s", note)
        self.modules: dict[str, nn.Module] = {}
        self.optimizers: dict[str, Any] = {}
        self._prepare_modules(found)
        if accelerator.is_main_process:
            task.save_inputs(run)
        # what an interrupted run wrote after its last checkpoint is computed again, and hidden
        if self.config.trackers:
            accelerator.init_trackers("tensorboard", init_kwargs={"tensorboard": {"purge_step": self.start}})

    def _prepare_modules(self, found: checkpoint.Checkpoint | None) -> None:
        """Modules and optimizers on their devices, as they begin or as the checkpoint has them."""
        main = self.task.phases[0]
        if self.task.precomputed:
            for module in self.task.frozen:
                module.to(self.accelerator.device)
            tally = Tally(self.task.precomputed, "sample", len(self.triplets.source), 0)
            rank, processes = self.accelerator.process_index, self.accelerator.num_processes

            def progress(done: int, total: int) -> None:  # noqa: ARG001  (of one part)
                tally.done = done * processes

            with ProgressDisplay(tally.state, quiet=not (self.progress and self.accelerator.is_main_process)):
                part = PartOfSource(self.triplets.source, rank, processes)
                self.task.precompute(part, self.accelerator.device, progress)
            self.accelerator.wait_for_everyone()
        if found is None:
            first = [self.triplets[position] for position in range(self.config.batch_size)]
            self.task.begin(collate(first).to(torch.device("cpu")))
        self.ema = ema_model(main.module, self.config.ema, self.start) if self.config.ema else None
        for phase in self.task.phases:
            if self.channels_last:
                phase.module.to(memory_format=torch.channels_last)
            lr, betas, decay = self.config.learning_rate, self.config.betas, self.config.weight_decay
            # fused: one pass over the weights; on CPUs, too
            optimizer = torch.optim.AdamW(phase.module.parameters(), lr, betas, weight_decay=decay, fused=True)
            self.modules[phase.name], self.optimizers[phase.name] = self.accelerator.prepare(phase.module, optimizer)
            if self.config.compile != "none":
                self.modules[phase.name] = torch.compile(self.modules[phase.name], backend=self.config.compile)
        for module in (*self.task.frozen, *([self.ema.module] if self.ema else [])):
            module.to(self.accelerator.device)
        for module in self.task.frozen if self.channels_last else ():
            module.to(memory_format=torch.channels_last)
        if found is None:
            return
        checkpoint.load_modules(self.raw, found.folder / "model.safetensors")
        optimizers = {name: prepared.optimizer for name, prepared in self.optimizers.items()}
        checkpoint.load_optimizers(optimizers, found.folder / "optimizer.safetensors")
        if self.ema:
            checkpoint.load_modules({main.name: self.ema.module}, found.folder / "ema.safetensors")
        if self.accelerator.is_main_process:
            self.outcome.skipped.update(found.state.skipped)
        if self.accelerator.scaler is not None and found.state.scaler:
            self.accelerator.scaler.load_state_dict(found.state.scaler)

    def fit(self) -> TrainingOutcome:
        """Train to the configured step, validate and export. AlignError when the loss is no longer a number."""
        config, device = self.config, self.accelerator.device
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        positions = Positions(self.start, config.batch_size, config.accumulate, rank, processes)
        batches = iter(loader(self.triplets, positions, self.task.config.data.workers, pin=device.type == "cuda"))
        tally = Tally(f"train {self.task.config.name}", "step", config.steps, self.start, begun_at=self.start)
        with ProgressDisplay(tally.state, quiet=not (self.progress and self.accelerator.is_main_process)):
            self._take_steps(batches, tally)
        if self.start >= config.steps:  # nothing was left to train
            self._validate(self.start)
        if self.accelerator.is_main_process:
            with evaluating(self.kept):
                self.task.export(self.kept, self.run)
        self.accelerator.wait_for_everyone()
        self.accelerator.end_training()
        return self.outcome

    def _take_steps(self, batches: Iterator[Batch], tally: Tally) -> None:
        """Train the steps that are left; validate and write checkpoints on the way."""
        config, device = self.config, self.accelerator.device
        per_step = config.batch_size * config.accumulate * self.accelerator.num_processes
        for step in range(self.start, config.steps):
            self.task.at_step(step)
            scalars: dict[str, float] = {}
            with out_of_memory(self.task.memory_settings):
                parts = [next(batches) for _ in range(config.accumulate)]
                for reason in (reason for batch in parts for reason in batch.skipped):
                    if reason not in self.outcome.skipped:
                        _log.warning("skipped %s", reason)
                    self.outcome.skipped[reason] += 1
                parts = [batch.to(device, self.channels_last) for batch in parts]
                if step == self.start and self.config.compile != "none":
                    self._check_compiled(parts[0])
                for phase in self.task.phases:
                    if step >= phase.start:
                        scalars = {**self._train_phase(phase, step, parts), **scalars}
                if self.ema:
                    self.ema.update_parameters(self.task.phases[0].module)
            self.outcome.losses.append(scalars["loss/total"])
            done, last = step + 1, step + 1 == config.steps
            tally.done, tally.note = done, f"loss {scalars['loss/total']:.4f}, {done * per_step:,} samples"
            if done % config.log_every == 0 or last:
                figures = {**scalars, "rate": config.learning_rate * rate(step, config)}
                self.accelerator.log({**figures, "data/skipped": float(self.outcome.skipped.total())}, step=done)
            if (config.validate_every and done % config.validate_every == 0) or last:
                tally.note += ", validating"
                self._validate(done)
            if done % config.checkpoint_every == 0 or last:
                self._save(done)

    def _check_compiled(self, batch: Batch) -> None:
        for phase in self.task.phases:
            module = self.modules[phase.name]

            def loss(of: nn.Module, phase: Phase = phase) -> Tensor:
                with self.accelerator.autocast():
                    return phase.loss(of, batch)[0]

            with self.accelerator.no_sync(module):
                check_compiled(self.config.compile, phase.name, module, loss)

    def _train_phase(self, phase: Phase, step: int, batches: list[Batch]) -> dict[str, float]:
        """One optimizer step of a phase: what to log, averaged over processes.

        Batches that make a loss that is not a number are written before AlignError is raised.
        """
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
        length = self.accelerator.clip_grad_norm_(module.parameters(), self.config.clip or float("inf"))
        length = float(length) if length is not None else 0.0
        overflow = self.accelerator.scaler is not None  # its skipped steps are how it finds its scale
        if not math.isfinite(scalars["loss/total"]) or not (math.isfinite(length) or overflow):
            name = f"step_{step:08d}_{self.accelerator.process_index}"
            folder = self.run / "nan"
            make_folder(folder)
            tensors = {f"{k}/image_{role}": image for k, b in enumerate(batches) for role, image in b.images.items()}
            tensors |= {f"{k}/mask": batch.mask for k, batch in enumerate(batches)}
            save_tensors(folder / f"{name}.safetensors", tensors)
            samples = [{"samples": batch.ids, "positions": batch.positions} for batch in batches]
            replace_bytes(folder / f"{name}.json", json_bytes({"step": step, "phase": phase.name, "batches": samples}))
            raise AlignError(
                f"the loss of {phase.name} is not a number at step {step}; its batch is in "
                f"{folder / name}.safetensors; lower train.learning_rate or set train.precision to fp32, and go on "
                "from the last checkpoint"
            )
        optimizer.step()
        return {**scalars, f"gradient/{phase.name}": length}

    @property
    def kept(self) -> nn.Module:
        """The weights to keep: the EMA where there is one."""
        return self.ema.module if self.ema else self.task.phases[0].module

    def _validate(self, step: int) -> None:
        if self.accelerator.is_main_process:
            with evaluating(self.kept), self.accelerator.autocast():
                result = self.task.validate(self.kept, self.held_out)
            scalars = {f"validation/{name}": value for name, value in result.scalars.items()}
            self.accelerator.log(scalars, step=step)
            panels = {f"panels/{k}": panel[None] for k, panel in enumerate(result.panels)}
            for tracker in self.accelerator.trackers:
                layout = {"dataformats": "NHWC"} if tracker.name == "tensorboard" else {}
                tracker.log_images(panels, step=step, **layout)
            self.outcome.validation, self.outcome.errors = dict(result.scalars), dict(result.errors)
        self.accelerator.wait_for_everyone()

    def _save(self, step: int) -> None:
        """A checkpoint; what all processes passed over is also written to skipped.json for people."""
        everyone = gather_object([dict(self.outcome.skipped)])
        skipped: Counter[str] = sum((Counter(part) for part in everyone), Counter())
        if self.accelerator.is_main_process:
            if skipped:
                replace_bytes(self.run / "skipped.json", (json.dumps(dict(skipped), indent=2) + "\n").encode())
            scaler = self.accelerator.scaler
            state = checkpoint.CheckpointState(
                step=step,
                config=self.task.config.model_dump(mode="json"),
                scaler=scaler.state_dict() if scaler is not None else None,
                validation=dict(self.outcome.validation),
                skipped=dict(skipped),
                torch=torch.__version__,
            )
            optimizers = {name: prepared.optimizer for name, prepared in self.optimizers.items()}
            states = checkpoint.optimizer_tensors(optimizers)
            tensors = {"model": checkpoint.prefixed(self.raw), "optimizer": states}
            if self.ema:
                tensors["ema"] = checkpoint.prefixed({self.task.phases[0].name: self.ema.module})
            checkpoint.save_checkpoint(self.run, tensors, state, self.config.keep)
        self.accelerator.wait_for_everyone()


def rate(step: int, config: TrainConfig) -> float:
    """Factor of the learning rate at a step (from 0): linear warm-up, then constant or half a cosine to zero."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.decay == "constant":
        return 1.0
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

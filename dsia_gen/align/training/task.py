"""What the training loop asks of a task: modules, losses, validation and what is left at the end."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.training.data import Batch, Prepare, SourceLike, StoredLatents
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.errors import AlignError

Scalars = dict[str, Tensor]
Loss = Callable[[nn.Module, Batch], tuple[Tensor, Scalars]]
"""(module as the accelerator wrapped it, batch on the device) -> the loss to lower, and what to log."""


@dataclass(frozen=True)
class Phase:
    """One module with its own optimizer, trained in every step from step `start` on."""

    name: str
    module: nn.Module
    loss: Loss
    start: int = 0


@dataclass(frozen=True)
class Validation:
    """Measures on validation samples, and image panels of the first few."""

    scalars: Mapping[str, float]
    panels: Sequence[NDArray[np.uint8]] = field(default_factory=list)
    errors: Mapping[str, float] = field(default_factory=dict)
    """Standard error of each mean: two runs that differ by less cannot be told apart by it."""

    @classmethod
    def mean(cls, rows: Sequence[Mapping[str, float]], panels: Sequence[NDArray[np.uint8]]) -> Validation:
        """Means over the samples that have a finite value; a measure without one is left out."""
        scalars, errors = {}, {}
        for name in sorted({name for row in rows for name in row}):
            finite = [row[name] for row in rows if name in row and math.isfinite(row[name])]
            if finite:
                scalars[name] = float(np.mean(finite))
            if len(finite) > 1:
                errors[name] = float(np.std(finite, ddof=1) / math.sqrt(len(finite)))
        return cls(scalars, panels[:8], errors)


class TrainingTask(ABC):
    """A training. The first phase's module is the one that is averaged, validated and kept."""

    config: RunConfig
    phases: tuple[Phase, ...]
    frozen: tuple[nn.Module, ...] = ()
    """Modules that do not learn and are needed on the device."""
    memory_settings: str
    """Settings to lower when a GPU's memory is too small."""
    multiple: int
    """Sides of training images are multiples of this."""
    flows: tuple[str, ...] = ()
    """Directions of flow that the task learns from, such as "1_to_2"."""
    planes: tuple[str, ...] = ()
    """Masks and codes that the task learns from, such as "occlusion_gt_to_2"; of a view by name and role."""

    prepare: Prepare | None = None
    """Makes further images of a sample, or other ones in their place, of the whole images before they are cut."""

    latents: StoredLatents | None = None
    """Latents that a sample brings along, so that no step encodes."""
    precomputed: str = ""
    """What `precompute` makes of every sample before the first step, such as "latents"; empty makes nothing."""
    notes: tuple[str, ...] = ()
    """What the user should know before the first step: a sentence each."""

    def save_inputs(self, run: Path) -> None:  # noqa: B027  (nothing to write is a good default)
        """Write what the run needs beside its checkpoints; called in the main process before the first step."""

    def precompute(  # noqa: B027
        self, source: SourceLike, device: torch.device, progress: Callable[[int, int], None]
    ) -> None:
        """Make and keep what is `precomputed` of a source; each process has a part of it."""

    def begin(self, batch: Batch) -> None:  # noqa: B027
        """Before the first step of a fresh run, on the CPU; `batch` is the same in every process."""

    def at_step(self, step: int) -> None:  # noqa: B027
        """Before a step."""

    @abstractmethod
    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """Measure `module`, which has the weights to be kept."""

    @abstractmethod
    def export(self, module: nn.Module, run: Path) -> None:
        """Write what others load."""


def check_crop(crop: tuple[int, int] | None, multiple: int, what: str) -> None:
    """AlignError when the sides of a crop (width, height) are not multiples of what a network or codec divides."""
    if crop and (crop[0] % multiple or crop[1] % multiple):
        raise AlignError(f"data.crop {crop[0]}x{crop[1]} must be a multiple of {multiple} for this {what}")

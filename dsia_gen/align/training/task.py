"""What the training loop asks of a task: modules, losses, validation and what is left at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.config import AlignerConfig, CodecRunConfig, FlowRunConfig
from dsia_gen.align.training.data import Batch, SourceLike

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
    """Measures on validation samples, and pictures of the first few."""

    scalars: Mapping[str, float]
    panels: list[NDArray[np.uint8]] = field(default_factory=list)


class Task(Protocol):
    """A training. The first phase's module is the one that is averaged, validated and kept."""

    memory_settings: str
    """Settings to lower when a GPU's memory is too small."""
    multiple: int
    """Sides of training images are multiples of this."""
    flows: tuple[str, ...]
    """Directions of flow that the task learns from, such as "1_to_2"."""

    @property
    def config(self) -> AlignerConfig | CodecRunConfig | FlowRunConfig: ...
    @property
    def phases(self) -> tuple[Phase, ...]: ...
    @property
    def frozen(self) -> tuple[nn.Module, ...]: ...

    def begin(self, batch: Batch) -> None:
        """Before the first step of a fresh run, on the CPU; `batch` is the same in every process."""

    def at_step(self, step: int) -> None:
        """Before a step."""

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """Measure `module`, which has the weights to be kept."""

    def export(self, module: nn.Module, run: Path) -> None:
        """Write what others load."""

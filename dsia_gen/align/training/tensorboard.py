"""Scalars and image panels for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsia_gen.align.training.task import Validation
from dsia_gen.core.errors import AlignError


class Board:
    """Writes below `folder`; a process that is not the main one writes nothing."""

    def __init__(self, folder: Path, start: int, active: bool) -> None:
        self._writer = _writer(folder, start) if active else None

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def validation(self, result: Validation, step: int) -> None:
        if self._writer is None:
            return
        self.scalars({f"validation/{name}": value for name, value in result.scalars.items()}, step)
        for k, panel in enumerate(result.panels):
            self._writer.add_image(f"panels/{k}", panel, step, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _writer(folder: Path, start: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise AlignError("training needs tensorboard; install it with: pip install 'dsia-gen[align]'") from error
    # what an interrupted run wrote after its last checkpoint is made again, and hidden
    return SummaryWriter(folder, purge_step=start)

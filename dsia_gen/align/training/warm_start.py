"""Weights of another run as the start of a training: what fits is taken, and what does not is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes

FILE = "warm_start.json"


@dataclass(frozen=True)
class WarmStart:
    """Which weights of a module came from where; names, sorted."""

    source: str
    taken: tuple[str, ...]
    partly: tuple[str, ...]
    """Of a layer with another number of inputs: those that both have were taken, further ones begin at zero."""
    fresh: tuple[str, ...]
    """Not there, or of another shape: as the module was made."""
    unused: tuple[str, ...]
    """Of the source, without a place in the module."""

    def sentence(self) -> str:
        """What was taken, for people."""
        whole = len(self.taken) + len(self.partly) + len(self.fresh)
        parts = [f"{len(self.taken)} of {whole} weights are those of {self.source}"]
        for names, text in ((self.partly, "partly"), (self.fresh, "not"), (self.unused, "found no place")):
            if names:
                listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
                parts.append(f"{len(names)} {text} ({listed})")
        return "; ".join(parts)

    def write(self, run: Path) -> None:
        """All names, into a file of the run."""
        replace_bytes(run / FILE, json_bytes(asdict(self)))


@torch.no_grad()
def warm_start(module: nn.Module, tensors: Mapping[str, Tensor], source: str) -> WarmStart:
    """Put tensors into the weights of a module that have their names and shapes. AlignError when none has."""
    taken, partly, fresh = [], [], []
    own = module.state_dict()
    for name, weight in own.items():
        given = tensors.get(name)
        if given is None or given.dim() != weight.dim():
            fresh.append(name)
        elif given.shape == weight.shape:
            weight.copy_(given)
            taken.append(name)
        elif weight.dim() > 1 and (given.shape[0], *given.shape[2:]) == (weight.shape[0], *weight.shape[2:]):
            both = min(given.shape[1], weight.shape[1])
            weight.zero_()
            weight[:, :both] = given[:, :both]
            partly.append(name)
        else:
            fresh.append(name)
    if not taken:
        raise AlignError(f"{source} has no weight that fits this network; set weights to a run of the same kind")
    unused = tuple(sorted(name for name in tensors if name not in own))
    return WarmStart(source, tuple(sorted(taken)), tuple(sorted(partly)), tuple(sorted(fresh)), unused)

"""Holds what torch.compile made of a module against the module itself: a compiler may pass over parts of a gradient.

torch 2.13 does so on CPUs for networks that warp images, and answers as before: the loss falls, and half of the
network does not learn.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dsia_gen.core.errors import AlignError

_APART = 0.5
"""Length of a difference, of that of a gradient, beyond which half precision and another order do not explain it."""
_SMALL = 1e-3
"""Length of a gradient, of that of the longest, below which it may be noise."""
_SHARE = 0.1
"""Of the weights, whose gradients may still be apart."""


def check_compiled(backend: str, name: str, compiled: nn.Module, loss: Callable[[nn.Module], Tensor]) -> None:
    """Gradients of a module before and after torch.compile; buffers and random numbers stay as they were.

    Parameters
    ----------
    backend : str
        Of torch.compile, as `train.compile` has it.
    name : str
        What errors call the module.
    compiled : Module
        What torch.compile gave; it holds the module that it was made of.
    loss : callable
        The scaled loss of a batch for a module.

    Raises
    ------
    AlignError
        When more than a tenth of the weights get other gradients.
    """
    plain = compiled._orig_mod
    assert isinstance(plain, nn.Module)
    expected, found = (_gradients(plain, module, loss) for module in (plain, compiled))
    longest = max((float(gradient.norm()) for gradient in expected.values()), default=0.0)
    known = {key: gradient for key, gradient in expected.items() if float(gradient.norm()) > _SMALL * longest}
    apart = [key for key, gradient in known.items() if not _near(found.get(key), gradient)]
    if len(apart) > _SHARE * len(known):
        raise AlignError(
            f"train.compile={backend} gives {len(apart)} of {len(known)} weights of {name} other gradients than the "
            f"network itself has (torch {torch.__version__}, {apart[0]} among them); set train.compile=none"
        )


def _gradients(plain: nn.Module, module: nn.Module, loss: Callable[[nn.Module], Tensor]) -> dict[str, Tensor]:
    """Gradients by the names of the weights of `plain`, which are those of `module`, too."""
    buffers = {key: buffer.clone() for key, buffer in plain.named_buffers()}
    with torch.random.fork_rng():
        plain.zero_grad()
        loss(module).backward()
    named = {key: weight.grad for key, weight in plain.named_parameters() if weight.grad is not None}
    copies = {key: gradient.detach().float().clone() for key, gradient in named.items()}
    plain.zero_grad()
    with torch.no_grad():
        for key, buffer in plain.named_buffers():
            buffer.copy_(buffers[key])
    return copies


def _near(found: Tensor | None, expected: Tensor) -> bool:
    return found is not None and float((found - expected).norm()) <= _APART * float(expected.norm())

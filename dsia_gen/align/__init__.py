"""Aligners: methods, their training, and `AlignerPipeline`, which is loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsia_gen.align.pretrained import AlignerPipeline as AlignerPipeline

__all__ = ["AlignerPipeline"]


def __getattr__(name: str) -> Any:
    """`AlignerPipeline` imports torch, which the command line does without until it aligns."""
    if name != "AlignerPipeline":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dsia_gen.align.pretrained import AlignerPipeline

    return AlignerPipeline

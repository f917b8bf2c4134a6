"""Work side by side on the share of the cores that this process has: on spans of many pixels, and on several calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from dsia_gen.core.cpus import share
from dsia_gen.core.leaving import in_parallel

T = TypeVar("T")

SPAN = 1 << 14
"""Pixels worked on at once: bounds the memory of intermediate float64 arrays, and they stay in the cache."""


def over_spans(call: Callable[[slice], T], n: int) -> list[T]:
    """Call a function with slices of at most SPAN that cover a range.

    Embree and NumPy let go of the interpreter's lock, so that threads help. Each span gives the same bits whichever
    thread has it and whatever their number is.

    Parameters
    ----------
    call : callable
        Gets a slice; writes to no place that another slice has.
    n : int
        Length of the range.

    Returns
    -------
    list
        What the calls returned, in the order of the range.

    Raises
    ------
    Exception
        The first error of a call, in the order of the range.
    """
    spans = [slice(start, min(start + SPAN, n)) for start in range(0, n, SPAN)]
    return side_by_side([partial(call, span) for span in spans])


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make calls, each in any thread.

    Parameters
    ----------
    calls : sequence of callable
        None waits for another. Each may call this function itself.

    Returns
    -------
    list
        What the calls returned, in their order.

    Raises
    ------
    Exception
        The first error of a call, in their order; what still runs then is not waited for.
    """
    threads = min(share(), len(calls))
    if threads <= 1:
        return [call() for call in calls]
    return in_parallel(lambda call: call(), calls, threads)

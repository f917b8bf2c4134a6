"""Work on the parts of a data set, here or in processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from dsia_gen.core.cpus import shared_cores

Progress = Callable[[int, int], None]
"""Called with the number of samples done and of all samples."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def each_done(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[tuple[Item, Result]]:
    """Items with their results: in order without workers, else as processes finish them. An error cancels the rest."""
    if workers <= 1 or len(items) <= 1:
        yield from ((item, work(item)) for item in items)
        return
    context = multiprocessing.get_context("spawn")
    processes = min(workers, len(items))
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        with shared_cores(processes):  # they are started as items are submitted
            futures = {pool.submit(work, item): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

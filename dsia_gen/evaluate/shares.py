"""An evaluation in several processes: each computes its share of the samples, and their results are put together."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from dsia_gen.core.cpus import cores, shared_cores
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.io import disk
from dsia_gen.evaluate.result_store import ResultStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsia_gen.evaluate.loop import Progress
    from dsia_gen.evaluate.run_evaluation import Bar, Request

    Evaluate = Callable[[Request, Path, Bar, Path], object]

T = TypeVar("T")
FOLDER = "shares"
_LOOK_SECONDS = 0.2
_log = logging.getLogger(__name__)


def share_of(items: Sequence[T], request: Request) -> list[T]:
    """Every n-th item, where the request is one of n shares."""
    number, total = request.share
    return list(items[number::total])


def compute_shares(evaluate: Evaluate, request: Request, folder: Path, progress: Progress) -> None:
    """Let processes compute the results of a request below `folder`, and take them over into `folder`/results.

    `evaluate` is given, so that this module need not know the one that calls it; processes find it by its name.
    A process that ends early is reported; what it left out is for the caller to compute.
    """
    context = multiprocessing.get_context("spawn")
    messages: Queue[tuple[int, str, int, int]] = context.Queue()
    workers = []
    for number in range(request.workers):
        own = replace(request, workers=1, share=(number, request.workers), options=_on_device(request, number))
        arguments = (evaluate, own, folder, folder / FOLDER / str(number), messages)
        workers.append(context.Process(target=work, args=arguments, daemon=True))
    try:
        with shared_cores(request.workers):
            for worker in workers:
                worker.start()
        done: dict[tuple[int, str], tuple[int, int]] = {}
        while any(worker.is_alive() for worker in workers) or not messages.empty():
            with suppress(Empty):
                number, title, count, whole = messages.get(timeout=_LOOK_SECONDS)
                done[number, title] = (count, whole)
                progress(sum(n for n, _ in done.values()), sum(n for _, n in done.values()))
        for number, worker in enumerate(workers):
            worker.join()
            if worker.exitcode:
                _log.warning("process %d of %d ended early (%s)", number + 1, request.workers, worker.exitcode)
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
        take_over(folder)


def work(
    evaluate: Evaluate, request: Request, whole: Path, folder: Path, messages: Queue[tuple[int, str, int, int]]
) -> None:
    """One process: evaluate a share into `folder`; what is stored in `whole` is not computed again."""
    torch.set_num_threads(max(1, cores() // request.share[1]))

    @contextmanager
    def bar(title: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, total: messages.put((request.share[0], title, done, total))

    with suppress(DsiaError):  # the caller meets it, too, and reports it
        evaluate(request, folder, bar, whole)


def take_over(folder: Path) -> None:
    """Move results that processes left below `folder`/shares, in this call or before, to `folder`/results."""
    shares = folder / FOLDER
    for path in sorted(shares.glob("*/results/**/*.jsonl")):
        inside = path.relative_to(shares).parent  # <number>/results/...
        store = ResultStore(folder.joinpath(*inside.parts[1:]))
        for record in ResultStore(path.parent).records(path.stem):
            if store.get(path.stem, record.sample, record.key) is None:
                store.add(path.stem, record)
        with disk("remove", path):
            path.unlink()
    for place in sorted((p for p in shares.rglob("*") if p.is_dir() and not p.is_symlink()), reverse=True):
        with suppress(OSError):
            place.rmdir()
    with suppress(OSError):
        shares.rmdir()


def _on_device(request: Request, number: int) -> Any:
    """The options of a process: GPUs are given in turn."""
    count = torch.cuda.device_count() if request.options.device in ("auto", "cuda") else 0
    return replace(request.options, device=f"cuda:{number % count}") if count > 1 else request.options

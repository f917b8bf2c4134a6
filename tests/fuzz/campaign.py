"""Runs one target: damaged files, one after another, in bounded time and memory; what falls is kept as a file."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from dsia_gen.core.errors import DsiaError
from tests.fuzz.targets import TARGETS, Target

CPU_SECONDS = 5.0
"""Processor time that one file may take."""
MEMORY = 2**30
"""Bytes of address space that reading may add to what the process has at its start."""
LONGEST_MESSAGE = 20_000
"""Letters of an error: a configuration names fifty problems at most."""
BATCH = 250
"""Cases of one run of Hypothesis, which keeps all of a run in memory."""
CURRENT = "current"
"""Where the file lies that is being read: it is kept when the process dies of it."""


class OverdueError(BaseException):
    """A file took longer than it may. Not an Exception, so that no reader takes it for one of its own."""


@dataclass
class Tally:
    """What came of a target."""

    target: str
    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    mebibytes: int = 0
    fallen: dict[str, str] = field(default_factory=dict)
    """Where each kind of failure came from, and the file that causes it."""


@contextmanager
def limits() -> Iterator[None]:
    """Bounds of memory for this process, and a clock of its processor time for each file."""

    def overdue(*_: Any) -> None:
        raise OverdueError

    statm = Path("/proc/self/statm")
    before = resource.getrlimit(resource.RLIMIT_AS)
    if statm.is_file():  # elsewhere the limit is not kept by the system
        pages = int(statm.read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, before[1]))
    former = signal.signal(signal.SIGPROF, overdue)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
        resource.setrlimit(resource.RLIMIT_AS, before)


def judge(target: Target, path: Path) -> str | None:
    """Read a file: None when it is read or refused with one of our own errors, else what fell and where."""
    try:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        target.read(path)
    except DsiaError as error:
        words = str(error)
        if not words.strip() or len(words) > LONGEST_MESSAGE:
            return f"a message of {len(words)} letters from {_origin(error)}"
        raise
    except OverdueError as error:
        return f"took more than {CPU_SECONDS:g} s in {_origin(error)}"
    except Exception as error:
        return f"{type(error).__name__} in {_origin(error)}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def _origin(error: BaseException) -> str:
    """The last place of the package that an error went through."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if "dsia_gen" in f.filename]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "no module of the package"


def run_target(name: str, cases: int, first: int, keep: Path, seconds: float = 1e9) -> Tally:
    """Try `cases` damaged files on a target, or as many as `seconds` allow; smallest files that fall go to `keep`."""
    target, tally = TARGETS[name], Tally(name)
    begin = time.monotonic()
    warnings.simplefilter("ignore")
    work = keep / f".{name}"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        path = target.place(Path(scratch))
        target.check_seeds(path)
        with limits():
            number = first
            while tally.cases < cases and time.monotonic() - begin < seconds:
                _batch(target, path, min(BATCH, cases - tally.cases), number, tally, keep)
                number += 1
    shutil.rmtree(work, ignore_errors=True)
    tally.seconds = round(time.monotonic() - begin, 1)
    tally.mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally


def _batch(target: Target, path: Path, cases: int, number: int, tally: Tally, keep: Path) -> None:
    known = set(tally.fallen)
    smallest: dict[str, bytes] = {}
    counted = tally.cases

    @seed(number)
    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False,
    )  # fmt: skip
    @given(target.files)
    def try_one(data: bytes) -> None:
        path.write_bytes(data)
        (keep / f".{target.name}" / CURRENT).write_bytes(data)
        begin = time.process_time()
        fell = None
        try:
            fell = judge(target, path)
        except DsiaError:
            tally.refused += not smallest
        tally.cases += not smallest  # shrinking counts for nothing
        tally.slowest = max(tally.slowest, round(time.process_time() - begin, 3))
        if fell is not None and fell not in known:
            smallest[fell] = min(smallest.get(fell, data), data, key=len)
            raise AssertionError(fell)

    with suppress(AssertionError, Flaky):
        try_one()
    if not smallest:
        # what was tried twice is one case of a small space, and is counted as tried
        tally.cases = max(tally.cases, counted + cases)
    for fell, data in smallest.items():
        name = hashlib.sha256(data).hexdigest()[:12] + target.suffix
        (keep / target.name).mkdir(parents=True, exist_ok=True)
        (keep / target.name / name).write_bytes(data)
        tally.fallen[fell] = str(keep / target.name / name)


def main() -> None:
    """One process: names with commas, cases of each, first seed, folder, seconds of each; tallies as JSON on stdout."""
    names, cases, first, keep, seconds = sys.argv[1:]
    for name in names.split(","):
        tally = run_target(name, int(cases), int(first), Path(keep), float(seconds))
        sys.stdout.write(json.dumps(asdict(tally)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Progress of long work on stderr: a bar that is redrawn on a terminal, lines at growing intervals elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from dsia_gen.core.escaping import printable

FIRST_SECONDS = 10.0
"""When a log gets its first line."""
SHARE = 0.1
"""From one line of a log to the next, as a share of the time so far: an hour has about 40 lines."""
LONGEST_SECONDS = 300.0
REDRAWN_A_SECOND = 4.0
LARGE_DOWNLOAD = 32 * 2**20
"""Bytes from which a download has a line of its own."""
LOOK_SECONDS = 0.5
"""Between two looks at the size of a folder that another program fills."""


def line_interval(elapsed: float) -> float:
    """Seconds from a line of a log to the next."""
    return min(max(FIRST_SECONDS, SHARE * elapsed), LONGEST_SECONDS)


def amount(number: int, word: str) -> str:
    """A number of things, such as `1 pair` or `3 pairs`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `40 s`, `3 min 20 s`, `2 h 05 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def byte_size(count: float) -> str:
    """Bytes with a unit: `900 B`, `12.5 MiB`."""
    if count < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1000:
            return f"{count:,.1f} {unit}"
    return f"{count / 1024:,.1f} TiB"


@dataclass(frozen=True)
class ProgressState:
    """What is shown at one moment: `share` (0 to 1) as a bar; `rows` below it on a terminal, `doing` in a log."""

    title: str
    text: str = ""
    share: float | None = None
    rows: tuple[str, ...] = ()
    doing: str = ""

    @property
    def line(self) -> str:
        """All but the rows in one line."""
        percent = "" if self.share is None else f" {int(100 * self.share)}%"
        text, doing = f": {self.text}" if self.text else "", f" [{self.doing}]" if self.doing else ""
        return printable(f"{self.title}{percent}{text}{doing}")


class ProgressDisplay:
    """Shows what `state` gives, while the block runs. In a log, work that is shorter than FIRST_SECONDS leaves no line.

    Nothing is shown when `quiet`. `state` is also called from another thread.
    """

    def __init__(
        self, state: Callable[[], ProgressState], *, quiet: bool = False, stream: IO[str] | None = None
    ) -> None:
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self._state = state
        self._live: Any = None
        self._ended = threading.Event()
        self._lines: threading.Thread | None = None
        self._written = False

    def __enter__(self) -> ProgressDisplay:
        if self.quiet:
            return self
        if self.stream.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                get_renderable=self._drawn, console=Console(file=self.stream, highlight=False, markup=False),
                refresh_per_second=REDRAWN_A_SECOND, redirect_stdout=False,
            )  # fmt: skip
            self._live.start()
        else:
            self._lines = threading.Thread(target=self._write_lines, name="progress", daemon=True)
            self._lines.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
        if self._lines is not None:
            self._ended.set()
            self._lines.join()
            if self._written:
                self._write(self._state().line)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self.quiet:
            return
        if self._live is not None:
            self._live.console.print(printable(text), soft_wrap=True)
        else:
            self._write(printable(text))

    def _drawn(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        state = self._state()
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        if state.share is not None:
            grid.add_column(width=24)
        grid.add_column(overflow="ellipsis", no_wrap=True)
        bar = [] if state.share is None else [ProgressBar(total=1.0, completed=state.share)]
        percent = "" if state.share is None else f"{int(100 * state.share):3d}% "
        grid.add_row(Text(printable(state.title)), *bar, Text(percent + printable(state.text)))
        return Group(grid, *(Text(f"  {printable(row)}", no_wrap=True, overflow="ellipsis") for row in state.rows))

    def _write_lines(self) -> None:
        begun = time.monotonic()
        while not self._ended.wait(line_interval(time.monotonic() - begun)):
            self._written = True
            self._write(self._state().line)

    def _write(self, line: str) -> None:
        with suppress(OSError, ValueError):  # whoever read it is gone, or the stream is closed
            self.stream.write(f"{line}\n")
            self.stream.flush()


@dataclass
class Tally:
    """How much of something is done, how fast, and what is left: of counted things, or of bytes.

    `begun_at` is what was there at the start, of which the rate knows nothing.
    """

    title: str
    unit: str = ""
    total: float | None = None
    done: float = 0.0
    note: str = ""
    begun_at: float = 0.0
    clock: Callable[[], float] = time.monotonic
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.clock()

    def state(self) -> ProgressState:
        """What is to be shown now."""
        elapsed, made = self.clock() - self.begun, self.done - self.begun_at
        total = self.total if self.total and self.total >= self.done else None
        parts = [self._amount(total)]
        if made > 0 and elapsed > 0:
            parts.append(self._rate(made / elapsed))
            if total is not None and total > self.done:
                parts.append(f"{duration((total - self.done) * elapsed / made)} left")
        if total == self.done or total is None:
            parts.append(duration(elapsed))
        share = self.done / total if total else None
        return ProgressState(self.title, ", ".join(filter(None, (*parts, self.note))), share)

    def _amount(self, total: float | None) -> str:
        if not self.unit:
            return byte_size(self.done) + (f" of {byte_size(total)}" if total is not None else "")
        count = f"{self.done:,.0f}" + (f" of {total:,.0f}" if total is not None else "")
        return f"{count} {self.unit}s"

    def _rate(self, a_second: float) -> str:
        if not self.unit:
            return f"{byte_size(a_second)}/s"
        if a_second >= 1:
            return f"{a_second:,.1f} {self.unit}s/s"
        return (
            f"{60 * a_second:,.1f} {self.unit}s/min" if a_second >= 1 / 60 else f"{3600 * a_second:,.1f} {self.unit}s/h"
        )


@contextmanager
def counting(
    what: str, unit: str, quiet: bool = False, stream: IO[str] | None = None
) -> Iterator[Callable[[int, int], None]]:
    """Show how many of some things are done; yields a function that takes the number done and the number of all."""
    tally = Tally(what, unit)

    def progress(done: int, total: int) -> None:
        tally.done, tally.total = done, total

    with ProgressDisplay(tally.state, quiet=quiet, stream=stream):
        yield progress


@contextmanager
def downloading(
    what: str, size: int | None, *, folders: Sequence[Path] = (), quiet: bool = False, stream: IO[str] | None = None
) -> Iterator[Callable[[int], None]]:
    """Announce a download in one line with its size, then show its bytes as they come.

    Parameters
    ----------
    what : str
        What comes, such as `Blender 5.2 (for Python 3.13)`.
    size : int or None
        Bytes, as far as they are known.
    folders : sequence of Path
        Where another program puts it: what these folders grow by is counted.
    quiet : bool
        Whether to show nothing.
    stream : file, optional
        Where to show it; stderr by default.

    Yields
    ------
    callable
        Takes the number of bytes that came, negative when they are lost. Not needed with `folders`.
    """
    tally, lock, before = Tally(what, total=size), threading.Lock(), sum(map(folder_size, folders))
    looked = [tally.clock()]

    def count(number: int) -> None:
        with lock:
            tally.done += number

    def state() -> ProgressState:
        if folders and tally.clock() >= looked[0] + LOOK_SECONDS:
            looked[0], tally.done = tally.clock(), max(0, sum(map(folder_size, folders)) - before)
        return tally.state()

    display = ProgressDisplay(state, quiet=quiet, stream=stream)
    display.say(f"downloading {what}: {'size unknown' if size is None else byte_size(size)}")
    with display:
        yield count


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder, which may change meanwhile; 0 where there is none."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += (Path(place) / name).lstat().st_size
    return total

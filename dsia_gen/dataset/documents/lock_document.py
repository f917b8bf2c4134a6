""".lock: who writes a data set."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dsia_gen.core.document import Document

LARGEST_PROCESS = 2**31 - 1
Word = Annotated[str, Field(max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""It is printed on terminals: no control characters."""
Count = Annotated[int, Field(ge=0, lt=2**63)]


class LockDocument(Document):
    """The content of .lock: the process that writes a data set, and what it is at.

    Parameters
    ----------
    pid : int or None
        Id of the process.
    host : str or None
        Name of its machine.
    machine : str
        What tells this machine and its table of processes from others.
    token : str or None
        Random name of the run that holds the lock.
    beat : int
        Counts up while the process lives.
    started : int
        When the process began, in ticks since its machine did: ids of processes are used again.
    running : list of str
        Scenes in work.
    """

    pid: Annotated[int, Field(ge=1, le=LARGEST_PROCESS)] | None = None
    host: Word | None = None
    machine: Word = ""
    token: Word | None = None
    beat: Count = 0
    started: Count = 0
    running: list[Word] = Field(default_factory=list)

    @property
    def process(self) -> str | None:
        """The process in words; None when it does not say."""
        return f"process {self.pid} on {self.host}" if self.pid is not None and self.host is not None else None

""".lock: who writes a data set."""

from __future__ import annotations

from pydantic import Field

from dsia_gen.core.document import Document


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

    pid: int | None = None
    host: str | None = None
    machine: str = ""
    token: str | None = None
    beat: int = 0
    started: int = 0
    running: list[str] = Field(default_factory=list)

    @property
    def process(self) -> str | None:
        """The process in words; None when it does not say."""
        return f"process {self.pid} on {self.host}" if self.pid is not None and self.host is not None else None

"""A process of the Blender worker, which loads Blender before it is asked for anything."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.child_process import SCRATCH, log_tail
from dsia_gen.core.conversation import Conversation
from dsia_gen.core.io import disk
from dsia_gen.core.locations import MESH_CACHE
from dsia_gen.core.supervise import Limits
from dsia_gen.spec.worker_messages import RENDER_EVENTS, RenderEvent, RenderRequest

WORKER = "dsia_gen.blender.worker"
TIMEOUT_MINUTES = 120.0

Renderer = Callable[[RenderRequest, float], Iterator[RenderEvent]]
"""(request, time limit in minutes) -> events, as `run_blender`; fakes need no Blender."""


class Blender(Protocol):
    """A `BlenderProcess`, or a fake of one; a context manager that ends it."""

    @property
    def log(self) -> Path:
        """File of what it says beside events."""
        ...

    def ask(self, request: RenderRequest, minutes: float) -> Iterator[RenderEvent]:
        """Have a request done; its events."""
        ...

    def end(self) -> None:
        """End the process; its log stays."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


StartBlender = Callable[[int, bool], Blender]
"""(threads, mesh_cache) -> a process that has begun to load, as `BlenderProcess`."""


class BlenderProcess:
    """A worker that has begun to load Blender, for one scene; a context manager that ends it.

    Parameters
    ----------
    threads : int
        Its share of the cores; 0 is all of them.
    mesh_cache : bool
        Whether it may read and write meshes that other scenes share.
    module : str
        Dotted name of the worker; tests give another.
    """

    def __init__(self, threads: int = 0, mesh_cache: bool = True, module: str = WORKER) -> None:
        self._folder = TemporaryDirectory(prefix="dsia-gen-", ignore_cleanup_errors=True)
        self.log = Path(self._folder.name) / "worker.log"
        self._talk: Conversation[RenderEvent] | None = None
        try:
            self._talk = Conversation(
                module, RENDER_EVENTS, name="Blender", log=self.log, command=blender_command, threads=threads,
                variables={SCRATCH: self._folder.name, **({} if mesh_cache else {MESH_CACHE: "0"})},
            )  # fmt: skip
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._talk is not None and self._talk.alive

    def ask(self, request: RenderRequest, minutes: float = TIMEOUT_MINUTES) -> Iterator[RenderEvent]:
        """Have a request done.

        Parameters
        ----------
        request : RenderRequest
            What to do. Its folder `out` is made, but not what that lies in.
        minutes : float
            How long it may take.

        Yields
        ------
        RenderEvent
            As they come. Whoever closes the iterator before its end ends the process.

        Raises
        ------
        DsiaError
            See `core.conversation.Conversation.ask`.
        """
        assert self._talk is not None
        with disk("create", request.out):
            request.out.mkdir(exist_ok=True)  # not its parents: a scene whose folder was removed does not come back
        yield from self._talk.ask(request, Limits(minutes))

    def end(self) -> None:
        """End the process; its log stays."""
        if self._talk is not None:
            self._talk.close()

    def close(self) -> None:
        """End the process and remove its log, with what it has left beside."""
        self.end()
        self._folder.cleanup()


def run_blender(
    request: RenderRequest, minutes: float = TIMEOUT_MINUTES, module: str = WORKER
) -> Generator[RenderEvent, None, None]:
    """Events of a worker for one request, in order. Errors are those of `BlenderProcess.ask`, and noted is its log."""
    with BlenderProcess(request.threads, module=module) as blender:
        try:
            yield from blender.ask(request, minutes)
        except Exception as error:
            error.add_note(log_tail(blender.log))
            raise

"""Runs the Blender worker for one request."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.io import disk
from dsia_gen.core.supervise import Limits, run
from dsia_gen.procedural.people.mesh_cache import VARIABLE as MESH_CACHE
from dsia_gen.spec.worker_messages import RENDER_EVENTS, RenderEvent, RenderRequest

WORKER = "dsia_gen.blender.worker"
TIMEOUT_MINUTES = 120.0

Renderer = Callable[[RenderRequest, Path, float], Generator[RenderEvent, None, None]]
"""(request, log, time limit in minutes) -> events, as `run_blender`; fakes need no Blender."""


def run_blender(
    request: RenderRequest, log: Path, minutes: float = TIMEOUT_MINUTES, module: str = WORKER
) -> Generator[RenderEvent, None, None]:
    """Events of the Blender worker, in order, until it has done what was asked. See `core.supervise.run` for errors."""
    with disk("create", request.out):
        request.out.mkdir(exist_ok=True)  # not its parents: a scene whose folder was removed does not come back
    yield from run(
        module, request, RENDER_EVENTS, name="Blender", limits=Limits(minutes), log=log, command=blender_command,
        threads=request.threads, variables={} if request.mesh_cache else {MESH_CACHE: "0"},
    )  # fmt: skip

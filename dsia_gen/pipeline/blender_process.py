"""Runs the Blender worker: renders of a specification, or a .blend of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.supervise import Limits, run
from dsia_gen.spec.worker_messages import RENDER_EVENTS, RenderEvent, RenderRequest

WORKER = "dsia_gen.blender.worker"
TIMEOUT_MINUTES = 120.0

Renderer = Callable[[RenderRequest, Path, float], Iterator[RenderEvent]]
"""(request, log, time limit in minutes) -> events, as `run_blender`; fakes need no Blender."""


def run_blender(
    request: RenderRequest, log: Path, minutes: float = TIMEOUT_MINUTES, module: str = WORKER
) -> Iterator[RenderEvent]:
    """Events of the Blender worker, in order, until it has done what was asked. See `core.supervise.run` for errors."""
    request.out.mkdir(parents=True, exist_ok=True)
    yield from run(
        module, request, RENDER_EVENTS, name="Blender", limits=Limits(minutes), log=log, command=blender_command,
        threads=request.threads,
    )  # fmt: skip


def build_blend(spec: Path, output: Path, assets: Path | None = None) -> None:
    """Save the scene of a specification file as a .blend; raises as `run_blender` does.

    ConfigError where the file is not a specification, with the command that makes one.
    """
    if spec.suffix in (".yaml", ".yml") or not spec.is_file():
        sample = f"dsia-gen scene sample {spec if spec.suffix else 'CONFIG'} -o spec.json"
        what = "is a configuration, from which a scene is sampled first" if spec.is_file() else "is not there"
        raise ConfigError(str(spec), [f"{what}: {sample}, then dsia-gen scene build spec.json"])
    with TemporaryDirectory(prefix="dsia-gen-") as folder:
        out = Path(folder)
        for _ in run_blender(RenderRequest(spec=spec, out=out, assets=assets, blend=output), out / "worker.log"):
            pass

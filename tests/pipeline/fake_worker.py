"""Stands in for the Blender worker: same request, events and files, from a floor and a box that moves.

The environment variable FAKE_WORKER makes it misbehave: an error's name, `dies`, `hangs` or `exits`.
FAKE_SECONDS is how long it takes for a view, FAKE_BUILD_SECONDS for a build. FAKE_GPU is the id of a GPU that it would
render on, FAKE_LOADED a file that is made once it is loaded, and FAKE_DIARY a folder in which each process notes when
it built and rendered, and that it waits. Where FAKE_SCENES says how many scenes there are, each render but the last
goes on until another scene waits for it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import BaseModel

from dsia_gen.blender.worker import turn
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import error_named
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.core.stopwatch import Stopwatch
from dsia_gen.spec.frozen_geometry import Part, SceneGeometry
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View
from dsia_gen.spec.worker_messages import RenderRequest, StageEnded, TurnAwaited, ViewRendered
from tests.farm.waiting import wait_for

BOX = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)], np.float32)
DIARY = os.environ.get("FAKE_DIARY", "")
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [1, 5, 7], [1, 7, 3]],
    np.int32,
)


def render(request: RenderRequest, emit: Emit) -> None:
    spec = SceneSpec.model_validate_json(request.spec.read_text())
    sys.stdout.write("Blender chatters\n")
    sys.stdout.flush()
    with noted("build"):
        time.sleep(float(os.environ.get("FAKE_BUILD_SECONDS", "0")))
    emit(StageEnded(name="build", seconds=0.01))
    misbehave(os.environ.get("FAKE_WORKER", ""))
    geometry(spec, rest=request.rest).save(request.out / "geometry.npz")
    emit(StageEnded(name="freeze", seconds=0.01))
    watch = Stopwatch(lambda name, seconds: emit(StageEnded(name=name, seconds=seconds)))

    def tell(event: BaseModel) -> None:
        if isinstance(event, TurnAwaited) and DIARY:
            Path(DIARY, f"{os.getpid()}.waits").touch()
        emit(event)

    with turn(os.environ.get("FAKE_GPU", "") if request.in_turn else "", watch, tell), noted("render"):
        for view in spec.views():
            picture(request.out, spec, view)
            time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
            emit(ViewRendered(key=view.key, seconds=0.02))
        if DIARY and (scenes := int(os.environ.get("FAKE_SCENES", "0"))):
            wait_for(lambda: len(list(Path(DIARY).glob("*.waits"))) >= min(rendered() + 1, scenes - 1))
    emit(StageEnded(name="render", seconds=0.02 * len(spec.views())))
    report = {"blender": blender_version(), "device": request.device, "threads": request.threads}
    (request.out / "worker.json").write_text(json.dumps(report))


def load() -> None:
    """What takes time before there is a request; a mark of it, where one is wanted."""
    if mark := os.environ.get("FAKE_LOADED"):
        Path(mark).touch()


@contextmanager
def noted(what: str) -> Iterator[None]:
    """Write down when the block began and ended, by the clock of the machine."""
    begun = time.monotonic()
    yield
    if DIARY:
        with Path(DIARY, f"{os.getpid()}.txt").open("a") as stream:
            stream.write(f"{what} {begun} {time.monotonic()}\n")


def rendered() -> int:
    """How many scenes have been rendered."""
    return sum("render" in path.read_text() for path in Path(DIARY).glob("*.txt"))


def misbehave(how: str) -> None:
    sys.stderr.write("what Blender says last\n")
    sys.stderr.flush()
    if how.endswith("Error"):
        raise error_named(how, "hat.glb is missing (entry 'hat')")
    if how == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exits":
        os._exit(3)
    if how == "hangs":
        time.sleep(600)


def geometry(spec: SceneSpec, rest: bool = False) -> SceneGeometry:
    times = spec.view_times()
    floor = np.array([[-50, -50, 0], [50, -50, 0], [50, 50, 0], [-50, 50, 0]], np.float32)
    matrices = np.stack([np.eye(4)] * len(times))
    matrices[:, 0, 3] = 0.1 * np.array(times)
    matrices[:, 1, 3] = 3.0
    parts = (
        Part("floor", 0, np.array([[0, 1, 2], [0, 2, 3]], np.int32), floor[None], np.eye(4)[None]),
        Part("box", spec.instances[0].id, FACES, BOX[None], matrices, rest=BOX if rest else None),
    )
    return SceneGeometry(times, parts)


def picture(out: Path, spec: SceneSpec, view: View) -> None:
    """A pattern that depends on the view."""
    (out / "image").mkdir(exist_ok=True)
    rows, columns = np.mgrid[: spec.camera.height, : spec.camera.width]
    pixels = np.stack([rows * 3 + view.time * 9, columns * 2 + view.pose * 5, rows + columns], axis=-1) % 256
    Image.fromarray(pixels.astype(np.uint8)).save(out / "image" / f"{view.key}.png")


if __name__ == "__main__":
    sys.stdout.write("chatter before the stream is claimed\n")
    serve_and_exit(RenderRequest, render, many=True, load=load)

"""A scene function that renders nothing, and can fail, die, hang or be interrupted as its task's `config` says."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from dsia_gen.config.job import Resources, SubsetThresholds
from dsia_gen.core.errors import AssetError, StorageError, WorkerError
from dsia_gen.core.system import alive
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.light import Render
from tests.farm.waiting import wait_for

FAKE = "tests.farm.fakes:fake_scene"


def task(index: int, behaviour: str = "well", *, retries: int = 1, minutes: float = 10.0) -> SceneTask:
    """A task whose scene behaves as asked."""
    return SceneTask(
        index=index,
        name=f"{index:05d}",
        config=behaviour,
        seed=index,
        resolution=(64, 36),
        quality=Render(),
        outputs=("image",),
        subsets=SubsetThresholds(),
        resources=Resources(retries=retries, timeout_minutes=minutes),
    )


def fake_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """Count the try, tell of two views, and then behave."""
    tries = root / f"{task.name}.tries"
    with tries.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    progress(Event(task.name, "views", count=2))
    progress(Event(task.name, "view", "t0000_p0000", seconds=0.1))
    _behave(task.config, tries)
    progress(Event(task.name, "view", "t0001_p0000", seconds=0.1))
    (root / f"{task.name}.done").write_text("done")
    return SceneResult(index=task.index, name=task.name, views=2, pairs=1, seconds={"render": 0.2})


def _behave(behaviour: str, tries: Path) -> None:
    first = len(tries.read_text().split()) == 1
    if behaviour in ("asset", "full", "bug", "dies") or (behaviour == "dies once" and first):
        raise _error(behaviour)
    if behaviour == "hangs" or (behaviour == "hangs once" and first):
        _hang(tries)
    if behaviour == "killed":
        sys.stderr.write("last words\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "kills its parent":
        _wait_until_heard(tries)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    if behaviour == "meets":
        _meet(tries)
    if behaviour == "chatters":
        os.write(1, b'noise from C code\n{"event": 1}\n')


def _error(behaviour: str) -> Exception:
    if behaviour == "asset":
        return AssetError("hat.glb is missing (entry 'hat' of objects.yaml)")
    if behaviour == "full":
        return StorageError("the disk is full")
    if behaviour == "bug":
        return ZeroDivisionError("a bug")
    error = WorkerError("Blender was ended by SIGSEGV")
    error.add_note("the worker's log")
    return error


def _meet(tries: Path) -> None:
    """Note the environment, and wait until as many scenes are here as the file `guests` says."""
    tries.with_suffix(".environment").write_text(json.dumps(dict(os.environ)))
    guest = tries.with_suffix(".here")
    note = tries.with_suffix(".arrives")
    note.write_text(str(os.getpid()))
    note.replace(guest)
    guests = int((tries.parent / "guests").read_text())
    all_came = tries.parent / "all_came"  # the first that sees it may end before the last looks
    wait_for(lambda: all_came.exists() or len(_present(tries.parent)) >= guests)
    if guests > 1:
        all_came.touch()
    if len(_present(tries.parent)) > 1:
        (tries.parent / "met").touch()
    if guests == 1:
        time.sleep(0.3)
        guest.unlink()


def _present(folder: Path) -> list[Path]:
    """The scenes that are here; one whose process was lost has not left its note behind for a meeting."""
    return [path for path in folder.glob("*.here") if alive(int(path.read_text()))]


def _hang(tries: Path) -> None:
    """Sleep, and leave a note at the beginning and when asked to stop."""
    try:
        tries.with_suffix(".hanging").touch()
        time.sleep(600)
    except KeyboardInterrupt:
        tries.with_suffix(".stopped").touch()
        raise


def _wait_until_heard(tries: Path) -> None:
    """Until the file `heard` is as long as there were tries: what this one said has arrived."""
    heard, count = tries.parent / "heard", len(tries.read_text().split())
    wait_for(lambda: heard.exists() and heard.stat().st_size >= count)


def tries(root: Path, task: SceneTask) -> int:
    """How often a scene was begun."""
    path = root / f"{task.name}.tries"
    return len(path.read_text().split()) if path.exists() else 0


def process_of(root: Path, task: SceneTask) -> int:
    """The process that began a scene last."""
    return int((root / f"{task.name}.tries").read_text().split()[-1])

"""A worker for tests of supervision: it does what its request says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, TypeAdapter

from dsia_gen.core.errors import AssetError
from dsia_gen.core.serve import Emit, serve_and_exit
from tests.farm.waiting import wait_for


class FakeRequest(BaseModel):
    """Count to `events`, then behave."""

    events: int = 2
    behaviour: str = "well"
    padding: str = ""
    folder: str = ""


class Counted(BaseModel):
    """One more."""

    event: Literal["counted"] = "counted"
    index: int
    padding: int = 0


class Waiting(BaseModel):
    """It waits for others until the next event."""

    event: Literal["waiting"] = "waiting"
    waits: ClassVar[bool] = True


FAKE_EVENTS: TypeAdapter[Counted | Waiting] = TypeAdapter(Annotated[Counted | Waiting, Field(discriminator="event")])


def count(request: FakeRequest, emit: Emit) -> None:
    for index in range(request.events):
        sys.stdout.write("chatter of Python\n")
        sys.stdout.flush()
        os.write(1, b'\xff chatter of C\n{"event": "counted"}\n{"event": 1}\n')
        if request.behaviour == "paced":
            wait_for(Path(request.folder, f"go{index}").exists)
        emit(Counted(index=index, padding=len(request.padding)))
    if request.behaviour.startswith("waits"):
        emit(Waiting())
        time.sleep(1.5)
        emit(Counted(index=request.events))
    sys.stderr.write("the last line\n")
    sys.stderr.flush()
    match request.behaviour:
        case "hangs" | "waits and hangs" | "is interrupted" | "paced":
            wait(request.folder)
        case "asset":
            raise AssetError("hat.glb is missing")
        case "full":
            raise OSError(28, "No space left on device")
        case "bug":
            raise ZeroDivisionError("a bug")
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exits":
            os._exit(3)
        case "leaves a child":
            below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            with open(f"{request.folder}/below", "w") as stream:
                stream.write(str(below.pid))


def wait(folder: str) -> None:
    try:
        if folder:
            open(f"{folder}/waits", "w").close()
        time.sleep(600)
    except KeyboardInterrupt:
        open(f"{folder}/stopped", "w").close()
        raise


if __name__ == "__main__":
    serve_and_exit(FakeRequest, count, interruptible=True)

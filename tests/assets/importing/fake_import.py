"""Stands in for the import worker: same request and events; the names of files say how they misbehave."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from PIL import Image
from pydantic import BaseModel

from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.import_request import NO_MESH, ImportRequest, Measured
from dsia_gen.spec.worker_messages import FileMeasured, ItemBegun, ItemRefused


def take_in(request: ImportRequest, emit: Emit) -> None:
    with Path(os.environ["FAKE_INTAKE_LOG"]).open("a") as log:
        log.write(f"start {request.first}\n")
        log.flush()
        for index in range(request.first, len(request.files)):
            name = Path(request.files[index].path).name
            if name.startswith("early"):
                os._exit(3)
            emit(ItemBegun(index=index))
            log.write(f"open {request.files[index].path}\n")
            log.flush()
            emit(answer(request, index, name))


def answer(request: ImportRequest, index: int, name: str) -> BaseModel:
    if name.startswith("hangs"):
        time.sleep(600)
    if name.startswith("crashes"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.endswith(".usda") and "Mesh" not in (Path(request.folder) / request.files[index].path).read_text():
        return ItemRefused(index=index, reason=f"{name} {NO_MESH}; export the model itself")
    if name.startswith("bad"):
        reason = f"{request.folder}/{request.files[index].path} is \x1b[31mbad\x1b[0m"
        return ItemRefused(index=index, reason=reason)
    Image.new("RGB", (8, 8)).save(Path(request.out) / f"{index}.png")
    found = Measured(kind="texture", pixels=(8, 8))
    if name.endswith(".obj"):
        parts = sorted(p.relative_to(request.folder).as_posix() for p in Path(request.folder).rglob("*.png"))
        found = Measured(kind="object", size=(1, 1, 1), height=1, triangles=12, parts=tuple(parts[:1]))
    return FileMeasured(index=index, found=found)


if __name__ == "__main__":
    serve_and_exit(ImportRequest, take_in)

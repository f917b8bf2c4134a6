"""Stands in for the intake worker: same command line and messages; the names of files say how they misbehave."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from PIL import Image

from dsia_gen.spec.import_request import IntakeRequest


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--request", type=Path)
    parser.add_argument("--first", type=int)
    args = parser.parse_args()
    request = IntakeRequest.model_validate_json(args.request.read_text())
    with Path(os.environ["FAKE_INTAKE_LOG"]).open("a") as log:
        log.write(f"start {args.first}\n")
        for index in range(args.first, len(request.files)):
            name = Path(request.files[index].path).name
            if name.startswith("early"):
                return 3
            say("begin", index=index)
            log.write(f"open {request.files[index].path}\n")
            log.flush()
            answer(request, index, name)
    return 0


def answer(request: IntakeRequest, index: int, name: str) -> None:
    if name.startswith("hangs"):
        time.sleep(600)
    if name.startswith("crashes"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("bad"):
        say("refused", index=index, reason=f"{request.folder}/{request.files[index].path} is \x1b[31mbad\x1b[0m")
        return
    Image.new("RGB", (8, 8)).save(Path(request.out) / f"{index}.png")
    found = {"kind": "texture", "pixels": [8, 8]}
    if name.endswith(".obj"):
        parts = sorted(p.relative_to(request.folder).as_posix() for p in Path(request.folder).rglob("*.png"))
        found = {"kind": "object", "size": [1, 1, 1], "height": 1, "triangles": 12, "parts": parts[:1]}
    say("measured", index=index, found=found)


def say(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

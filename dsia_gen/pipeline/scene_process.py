"""One scene in a process of its own (`python -m` this module): a request on stdin, JSON lines on stdout."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import IO, Any

from dsia_gen.pipeline.outcome import Event, SceneResult, attempt_scene
from dsia_gen.pipeline.tasks import SceneTask


def request(task: SceneTask, root: Path, scene: str) -> str:
    """The text that asks a scene process for a scene."""
    return json.dumps({"task": task.model_dump(mode="json"), "root": str(root), "scene": scene})


def reply(line: str) -> Event | SceneResult | None:
    """What a line of a scene process says; None for a line that is not part of the protocol."""
    try:
        document = json.loads(line)
        return SceneResult(**document["result"]) if "result" in document else Event(**document["event"])
    except (ValueError, TypeError, KeyError):
        return None


def main() -> int:
    """Serve one request. 0 when the scene is on disk, 1 otherwise."""
    signal.signal(signal.SIGTERM, _interrupt)
    asked = json.loads(sys.stdin.read())
    with _private_stdout() as out:
        task = SceneTask.model_validate(asked["task"])
        result = attempt_scene(asked["scene"], task, Path(asked["root"]), lambda e: _say(out, event=asdict(e)))
        _say(out, result=result.model_dump(mode="json"))
    return 0 if result.ok else 1


def _private_stdout() -> IO[str]:
    """The protocol's own stream: whatever else is printed to stdout, by C code too, goes to stderr."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return private


def _say(out: IO[str], **document: Any) -> None:
    out.write(json.dumps(document) + "\n")
    out.flush()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

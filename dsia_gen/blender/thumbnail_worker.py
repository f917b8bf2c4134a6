"""The thumbnail worker: small images of many assets from one Blender process.

    python -m dsia_gen.blender.thumbnail_worker --spec sheet.json --out DIR

writes DIR/<index>.png. Answers with JSON lines on stdout: `begin`, then `thumbnail` or `refused`, for each; everything
that Blender says goes to stderr. An asset that takes longer than a minute or two ends the process (where the system has
alarms): whoever started it knows which one that was, and starts another for the rest.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.blender.events import Emit, claimed_stdout
from dsia_gen.blender.worker import start_blender
from dsia_gen.core.errors import DsiaError
from dsia_gen.spec.thumbnail_request import ThumbnailSheet

if TYPE_CHECKING:
    from dsia_gen.blender.asset_files import Resolve
    from dsia_gen.spec.thumbnail_request import Thumbnail

SECONDS = 120
"""That one thumbnail may take."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the worker; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dsia_gen.blender.thumbnail_worker")
    parser.add_argument("--spec", type=Path, required=True, help="the thumbnails to take (JSON)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--assets", type=Path, help="folder of the files with root 'user'")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda, optix, hip, oneapi or metal")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 uses all cores")
    args = parser.parse_args(argv)
    sheet = ThumbnailSheet.model_validate_json(args.spec.read_text(encoding="utf-8"))
    with claimed_stdout() as emit:
        try:
            resolve = start_blender(args.assets)
        except DsiaError as error:
            emit("error", kind=type(error).__name__, message=str(error))
            return error.exit_code
        for index, thumbnail in enumerate(sheet.thumbnails):
            emit("begin", index=index)
            _alarm(SECONDS)
            take(sheet, thumbnail, resolve, args, index, emit)
            _alarm(0)
    return 0


def take(
    sheet: ThumbnailSheet, thumbnail: Thumbnail, resolve: Resolve, args: argparse.Namespace, index: int, emit: Emit
) -> None:
    """Render one thumbnail, or say why not."""
    from dsia_gen.blender.thumbnail import render_thumbnail

    try:
        path = args.out / f"{index}.png"
        render_thumbnail(thumbnail, resolve, path, sheet.size, sheet.samples, args.device, args.threads)
        emit("thumbnail", index=index)
    except DsiaError as error:
        emit("refused", index=index, reason=str(error))
    except Exception as error:
        traceback.print_exc()
        emit("refused", index=index, reason=f"{type(error).__name__}: {error}")


def _alarm(seconds: int) -> None:
    """Let the system end this process after `seconds`, even inside an importer; 0 calls it off."""
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender's own clean-up at exit takes time and has been seen to crash.
    os._exit(code)

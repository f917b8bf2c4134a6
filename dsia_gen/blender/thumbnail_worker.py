"""The thumbnail worker: small pictures of many assets from one Blender process, a `ThumbnailRequest` in.

An asset may end the process, or make it take too long: its parent knows which one that was, and starts another process
for the rest.
"""

from __future__ import annotations

import traceback

from dsia_gen.blender.worker import start_blender
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.worker_messages import ItemBegun, ItemRefused, ThumbnailDone, ThumbnailRequest


def render_thumbnails(request: ThumbnailRequest, emit: Emit) -> None:
    """Render each thumbnail of a request, or say why not."""
    resolve = start_blender(request.assets)
    from dsia_gen.blender.thumbnail import render_thumbnail

    sheet = request.sheet
    for index, thumbnail in enumerate(sheet.thumbnails):
        emit(ItemBegun(index=index))
        try:
            path = request.out / f"{index}.png"
            render_thumbnail(thumbnail, resolve, path, sheet.size, sheet.samples, request.device, request.threads)
        except Exception as error:
            known = isinstance(error, DsiaError)
            if not known:
                traceback.print_exc()
            emit(ItemRefused(index=index, reason=str(error) if known else f"{type(error).__name__}: {error}"))
        else:
            emit(ThumbnailDone(index=index))


if __name__ == "__main__":
    serve_and_exit(ThumbnailRequest, render_thumbnails)

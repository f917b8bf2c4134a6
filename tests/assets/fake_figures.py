"""Stands in for the import worker on characters: the names of files say what is found."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.import_request import ImportRequest, Measured
from dsia_gen.spec.worker_messages import FileMeasured, ItemBegun, ItemRefused


def measure_all(request: ImportRequest, emit: Emit) -> None:
    for index in range(request.first, len(request.files)):
        emit(ItemBegun(index=index))
        name = Path(request.files[index].path).stem
        if name == "fallen":
            emit(ItemRefused(index=index, reason=f"{request.folder}/{name}.glb is not a figure that stands: its head"))
        else:
            facing = "+Y" if name == "backwards" else "-Y"
            emit(FileMeasured(index=index, found=Measured(kind="character", height=1.7, facing=facing, stands=True)))


if __name__ == "__main__":
    serve_and_exit(ImportRequest, measure_all)

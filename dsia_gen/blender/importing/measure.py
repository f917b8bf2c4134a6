"""One file measured, with a thumbnail, by the reader that its name calls for. The loaders are those of a render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsia_gen.blender.importing.flat import measure_hdri, measure_texture, measure_trajectory
from dsia_gen.blender.importing.mesh_files import measure_mesh
from dsia_gen.blender.importing.motion_files import measure_motion
from dsia_gen.core.errors import WorkerError
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured, Reader

Measure = Callable[[ImportRequest, ImportFile, Path], Measured]
MEASURES: dict[Reader, Measure] = {
    "mesh": measure_mesh,
    "motion": measure_motion,
    "hdri": measure_hdri,
    "texture": measure_texture,
    "trajectory": measure_trajectory,
}


def measure(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """Measure `file` and write its thumbnail (PNG). Raises AssetError with the reason why it cannot be used."""
    reader = MEASURES.get(file.reader)
    if reader is None:
        raise WorkerError(f"reader {file.reader!r} is not one of {', '.join(MEASURES)}")
    return reader(request, file, thumbnail)

"""One file measured, with a thumbnail, by the reader that its name calls for. The loaders are those of a render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsia_gen.blender.importing.flat import measure_hdri, measure_texture, measure_trajectory
from dsia_gen.blender.importing.mesh_files import measure_mesh
from dsia_gen.blender.importing.motion_files import draw_motion, measure_motion
from dsia_gen.core.errors import WorkerError
from dsia_gen.motion.bvh import read_bvh
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured, Reader

Measure = Callable[[ImportRequest, ImportFile, Path], Measured]
MEASURES: dict[Reader, Measure] = {
    "mesh": measure_mesh,
    "motion": measure_motion,
    "hdri": measure_hdri,
    "texture": measure_texture,
    "trajectory": measure_trajectory,
}


def measure(
    request: ImportRequest, file: ImportFile, thumbnail: Path, begun: Callable[[], None] = lambda: None
) -> Measured:
    """Measure `file` and write its thumbnail (PNG) and those of its clips. Raises AssetError with the reason why it
    cannot be used.

    `begun` is called before each clip is drawn: a file may have a hundred, each of which has the time of a file.
    """
    reader = MEASURES.get(file.reader)
    if reader is None:
        raise WorkerError(f"reader {file.reader!r} is not one of {', '.join(MEASURES)}")
    found = reader(request, file, thumbnail)
    for clip in found.clips:
        begun()
        draw_motion(request, read_bvh(thumbnail.parent / clip.file), thumbnail.parent / clip.thumbnail)
    return found

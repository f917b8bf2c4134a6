"""Files made and imported in turn: by the project, by Blender's operator, and a thumbnail of what that gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.messages import BenchEvent, BenchRequest
from dsia_gen.blender.worker import start_blender
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.import_request import ImportFile, ImportRequest

SUFFIXES = (".obj", ".ply", ".stl", ".glb", ".usdc", ".fbx", ".blend")


def main(request: BenchRequest, emit: Emit) -> None:
    """An event for each format: bytes of the file and rounds of (import, Blender's import, thumbnail) in seconds."""
    start_blender(None)
    asked = request.model_dump()
    for suffix in SUFFIXES:
        path = write_surface(request.out / f"surface{suffix}", asked["cells"])
        rounds = [_round(path) for _ in range(asked["repeats"] + 1)][1:]
        found = {"event": "format", "name": suffix, "bytes": path.stat().st_size, "rounds": rounds}
        emit(BenchEvent.model_validate(found))


def write_surface(path: Path, cells: int) -> Path:
    """A wavy surface of `cells` x `cells` squares with texture coordinates."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=cells, y_subdivisions=cells, size=1.0, calc_uvs=True)
    item = bpy.context.object
    wave = item.modifiers.new("wave", "DISPLACE")
    wave.strength = 0.05
    bpy.ops.object.modifier_apply(modifier="wave")
    if path.suffix in (".obj", ".ply", ".stl"):
        getattr(bpy.ops.wm, f"{path.suffix[1:]}_export")(filepath=str(path))
    elif path.suffix == ".glb":
        bpy.ops.export_scene.gltf(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(path))
    elif path.suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    else:
        bpy.ops.wm.usd_export(filepath=str(path))
    return path


def _round(path: Path) -> tuple[float, float, float]:
    """Seconds of the project's import, of Blender's own, and of a thumbnail of what that one gave."""
    import bpy

    from dsia_gen.blender.build import empty_scene
    from dsia_gen.blender.importing.measure import measure
    from dsia_gen.blender.thumbnail import render_objects

    file = ImportFile(path=path.name, reader="mesh", kind="object")
    request = ImportRequest(folder=str(path.parent), out=str(path.parent), files=(file,))
    whole = _seconds(lambda: measure(request, file, path.with_suffix(".png")))
    empty_scene()
    theirs = _seconds(lambda: _operator(path))
    roots = [item for item in bpy.data.objects if item.parent is None]
    picture = _seconds(
        lambda: render_objects(roots, path.with_suffix(".png"), (request.pixels, request.pixels), request.samples)
    )
    return whole, theirs, picture


def _operator(path: Path) -> None:
    """Blender's own import, as a user would call it."""
    import bpy

    name = str(path)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=name)
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=name)
    elif path.suffix == ".blend":
        with bpy.data.libraries.load(name) as (held, wanted):
            wanted.objects = held.objects
        for item in wanted.objects:
            bpy.context.scene.collection.objects.link(item)
    elif path.suffix == ".usdc":
        bpy.ops.wm.usd_import(filepath=name)
    else:
        getattr(bpy.ops.wm, f"{path.suffix[1:]}_import")(filepath=name)


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    serve_and_exit(BenchRequest, main)

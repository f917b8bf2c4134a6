"""What the renderer sees, frozen to plain triangles at every time that is asked for.

The evaluated scene is taken from a render, not from the viewport: a render engine that draws nothing is handed
exactly what Cycles would be handed (render levels of modifiers, hidden objects left out, instances made real).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.equirect import image_pixels
from dsia_gen.core.errors import WorkerError
from dsia_gen.spec.frozen_geometry import Cutout, Part, SceneGeometry

UNRELIABLE = "dsia_unreliable"
"""Custom property of materials: what is seen there is not where the surface is."""
CUTOUT_IMAGE = "dsia_cutout_image"
"""Custom property of materials: name of the image whose alpha cuts the surface."""
CUTOUT_THRESHOLD = "dsia_cutout_threshold"

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Snapshot:
    """One mesh at one time. Equal meshes of one time share their arrays.

    vertices (V, 3) float32 local; triangles (F, 3) int32; slots (F,) int32; loops (F, 3) int32; uv (L, 2) or None.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    slots: NDArray[np.int32]
    loops: NDArray[np.int32]
    uv: NDArray[np.float32] | None


@dataclass
class ObjectTrack:
    """One mesh of one object through time; arrays that repeat are kept once."""

    name: str
    instance: int
    materials: tuple[str | None, ...]
    first: Snapshot
    vertices: list[NDArray[np.float32]] = field(default_factory=list)
    matrices: list[NDArray[np.float64]] = field(default_factory=list)


class _FreezeEngine(bpy.types.RenderEngine):  # type: ignore[misc]
    """Hands the depsgraph of a render to whoever listens, and draws nothing."""

    bl_idname = "DSIA_FREEZE"
    bl_label = "Freeze"
    listener: Any = None

    def render(self, depsgraph: Any) -> None:
        listener = type(self).listener
        if listener is not None:
            listener(depsgraph)


def freeze_scene(times: Iterable[int]) -> SceneGeometry:
    """Every mesh that cameras of the current scene see, at `times` (ascending frames).

    Raises WorkerError when a mesh changes its topology over time, or comes and goes.
    """
    wanted = tuple(times)
    strands: dict[Key, ObjectTrack] = {}
    for step, seen in enumerate(_evaluated(wanted)):
        _extend(strands, seen, step, wanted[step])
    parts = [part for key in sorted(strands, key=repr) for part in _parts(strands[key])]
    return SceneGeometry(times=wanted, parts=tuple(parts))


Seen = dict[Key, tuple[ObjectTrack, Snapshot, NDArray[np.float64]]]


def _evaluated(times: Iterable[int]) -> Iterator[Seen]:
    """What is seen at each time."""
    scene = bpy.context.scene
    with _some_camera(scene), _freezing(scene) as capture:
        for time in times:
            scene.frame_set(time)
            yield capture()


@contextmanager
def _some_camera(scene: Any) -> Iterator[None]:
    """Blender renders nothing without a camera; lend a scene that has none one."""
    if scene.camera is not None:
        yield
        return
    lent = bpy.data.objects.new("lent camera", bpy.data.cameras.new("lent camera"))
    scene.camera = lent
    try:
        yield
    finally:
        bpy.data.cameras.remove(lent.data)


@contextmanager
def _freezing(scene: Any) -> Iterator[Any]:
    """Let the freezing engine stand in for Cycles; yields a function that returns what is seen in this frame."""
    render = scene.render
    kept = {name: getattr(render, name) for name in ("engine", "resolution_percentage", "use_persistent_data")}
    caught: list[Seen | Exception] = []

    def listen(depsgraph: Any) -> None:
        # An exception would be swallowed by the engine's caller.
        try:
            caught.append(_read(depsgraph))
        except Exception as error:
            caught.append(error)

    def capture() -> Seen:
        caught.clear()
        bpy.ops.render.render(scene=scene.name)
        if not caught:
            raise WorkerError("Blender did not evaluate the scene for rendering, see its log")
        if isinstance(caught[0], Exception):
            raise caught[0]
        return caught[0]

    bpy.utils.register_class(_FreezeEngine)
    try:
        render.engine = _FreezeEngine.bl_idname
        render.resolution_percentage = 1
        render.use_persistent_data = True
        _FreezeEngine.listener = listen
        yield capture
    finally:
        _FreezeEngine.listener = None
        for name, value in kept.items():
            setattr(render, name, value)
        # While it is registered, its persistent data keeps the interpreter from ending.
        bpy.utils.unregister_class(_FreezeEngine)


def _read(depsgraph: Any) -> Seen:
    seen: Seen = {}
    snapshots: dict[int, Snapshot] = {}
    for entry in depsgraph.object_instances:
        item = entry.object
        # Curves and texts come as mesh instances of their own; what has no mesh has no triangles.
        if item.type != "MESH" or not entry.show_self or not item.visible_camera:
            continue
        mesh = item.data
        pointer = mesh.as_pointer()
        if pointer not in snapshots:
            snapshots[pointer] = _snapshot(mesh)
        snapshot = snapshots[pointer]
        if len(snapshot.triangles):
            strand = ObjectTrack(item.name, item.pass_index, _material_names(item), snapshot)
            seen[_key(entry)] = (strand, snapshot, np.array(entry.matrix_world, dtype=np.float64))
    return seen


def _key(entry: Any) -> Key:
    """The same for the same mesh at every time."""
    if not entry.is_instance:
        return (entry.object.name,)
    return (entry.object.name, entry.parent.name, *entry.persistent_id)


def _material_names(item: Any) -> tuple[str | None, ...]:
    return tuple(slot.material.name if slot.material else None for slot in item.material_slots)


def _snapshot(mesh: Any) -> Snapshot:
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    uv_layer = next((layer for layer in mesh.uv_layers if layer.active_render), None)
    return Snapshot(
        vertices=_numbers(mesh.vertices, "co", (len(mesh.vertices), 3), np.float32),
        triangles=_numbers(mesh.loop_triangles, "vertices", (count, 3), np.int32),
        slots=_numbers(mesh.loop_triangles, "material_index", (count,), np.int32),
        loops=_numbers(mesh.loop_triangles, "loops", (count, 3), np.int32),
        uv=_numbers(uv_layer.uv, "vector", (len(mesh.loops), 2), np.float32) if uv_layer else None,
    )


def _numbers(collection: Any, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    values = np.empty(int(np.prod(shape)), dtype=dtype)
    collection.foreach_get(name, values)
    return values.reshape(shape)


def _extend(strands: dict[Key, ObjectTrack], seen: Seen, step: int, time: int) -> None:
    """Add one time to the strands."""
    if step == 0:
        strands.update({key: strand for key, (strand, _, _) in seen.items()})
    if seen.keys() != strands.keys():
        names = sorted({str(key[0]) for key in seen.keys() ^ strands.keys()})
        raise WorkerError(f"{', '.join(names[:5])} come or go at time {time}; every mesh must exist at all times")
    for key, (_, snapshot, matrix) in seen.items():
        strand = strands[key]
        if not _same_topology(snapshot, strand.first):
            raise WorkerError(f"{strand.name} changes its topology at time {time}; only its shape may change")
        _append(strand.vertices, snapshot.vertices, step)
        _append(strand.matrices, matrix, step)


def _same_topology(a: Snapshot, b: Snapshot) -> bool:
    return a.vertices.shape == b.vertices.shape and np.array_equal(a.triangles, b.triangles)


def _append(rows: list[NDArray[Any]], row: NDArray[Any], step: int) -> None:
    """Keep one row as long as all are equal, and one a step from the first difference on."""
    apart = len(rows) == step and step > 1
    if step == 0 or apart:
        rows.append(row)
    elif not np.array_equal(rows[0], row):
        rows.extend([rows[0]] * (step - 1) + [row])


def _parts(strand: ObjectTrack) -> Iterator[Part]:
    """The parts of a strand: one for each way in which its materials are treated."""
    treatments = [_treatment(name) for name in strand.materials] or [(False, None, 0.0)]
    of_triangle = np.minimum(strand.first.slots, len(treatments) - 1)
    for treatment in sorted(set(treatments), key=repr):
        slots = [k for k, other in enumerate(treatments) if other == treatment]
        chosen = np.isin(of_triangle, slots)
        if chosen.any():
            yield _part(strand, chosen, *treatment)


def _treatment(material: str | None) -> tuple[bool, str | None, float]:
    """Whether a material is unreliable; the image that cuts it and the threshold."""
    block = bpy.data.materials.get(material) if material else None
    if block is None:
        return (False, None, 0.0)
    image = block.get(CUTOUT_IMAGE)
    return (bool(block.get(UNRELIABLE, False)), image, float(block.get(CUTOUT_THRESHOLD, 0.5)) if image else 0.0)


def _part(
    strand: ObjectTrack, chosen: NDArray[np.bool_], unreliable: bool, image: str | None, threshold: float
) -> Part:
    first = strand.first
    cut = image is not None and first.uv is not None
    return Part(
        name=strand.name,
        instance=strand.instance,
        triangles=first.triangles[chosen],
        vertices=_rows(strand.vertices),
        matrices=_rows(strand.matrices),
        unreliable=unreliable,
        uv=first.uv[first.loops[chosen]] if cut and first.uv is not None else None,
        cutout=Cutout(_alpha(image), threshold) if cut and image is not None else None,
    )


def _rows(rows: list[NDArray[Any]]) -> NDArray[Any]:
    """One array of all rows; a single row is not copied, so that instances of one mesh share it."""
    return rows[0][None] if len(rows) == 1 else np.stack(rows)


def _alpha(image: str) -> NDArray[np.float32]:
    """(H, W) float32 alpha of an image, row 0 at v = 1."""
    block = bpy.data.images.get(image)
    if block is None:
        raise WorkerError(f"cut-out image {image!r} is named by a material but is not loaded")
    return np.ascontiguousarray(image_pixels(block)[::-1, :, 3])

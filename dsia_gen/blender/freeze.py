"""What the renderer sees, frozen to plain triangles at every time that is asked for.

The evaluated scene is taken from a render, not from the viewport: a render engine that draws nothing is handed
exactly what Cycles would be handed (render levels of modifiers, hidden objects left out, instances made real).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.characters.rig import joints_of
from dsia_gen.blender.image_blocks import image_pixels
from dsia_gen.blender.material_flags import CUTOUT_IMAGE, CUTOUT_THRESHOLD, UNRELIABLE
from dsia_gen.blender.mesh_objects import mesh_array
from dsia_gen.blender.rest_shapes import in_rest, rest_frames
from dsia_gen.blender.viewport import without_viewport
from dsia_gen.core.errors import WorkerError
from dsia_gen.spec.frozen_geometry import Cutout, FrozenFigure, Part, SceneGeometry

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Snapshot:
    """One mesh at one time. Equal meshes of one time share their arrays.

    Parameters
    ----------
    vertices : (V, 3) float32
        Coordinates in the object's frame, metres.
    triangles : (F, 3) int32
        Vertices of each triangle.
    slots : (F,) int32
        Material slot of each triangle.
    loops : (F, 3) int32
        Face corners of each triangle, rows of `uv`.
    uv : (L, 2) float32 or None
        Texture coordinates of the face corners.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    slots: NDArray[np.int32]
    loops: NDArray[np.int32]
    uv: NDArray[np.float32] | None


@dataclass
class ObjectTrack:
    """One mesh of one object through time; arrays that repeat are kept once.

    Parameters
    ----------
    name : str
        The object's name.
    instance : int
        Id of its instance.
    materials : tuple of str or None
        Material names of its slots.
    first : Snapshot
        The mesh at the first time.
    vertices : list of (V, 3) float32
        One array where the shape is constant, else one a time; object frame, metres.
    matrices : list of (4, 4) float64
        Object-to-world matrices, likewise.
    rest : (V, 3) float32 or None
        Vertices in rest, in the frame of the instance, where they were asked for.
    """

    name: str
    instance: int
    materials: tuple[str | None, ...]
    first: Snapshot
    vertices: list[NDArray[np.float32]] = field(default_factory=list)
    matrices: list[NDArray[np.float64]] = field(default_factory=list)
    rest: NDArray[np.float32] | None = None


class Treatment(NamedTuple):
    """How the ground truth treats a material.

    Parameters
    ----------
    unreliable : bool
        What is seen there is not where the surface is.
    image : str or None
        Name of the image whose alpha cuts the surface.
    threshold : float
        The surface exists where alpha is at least this.
    """

    unreliable: bool = False
    image: str | None = None
    threshold: float = 0.0

    @classmethod
    def of(cls, material: str | None) -> Treatment:
        """Look the treatment of a material up.

        Parameters
        ----------
        material : str or None
            Its name; None for a slot without a material.

        Returns
        -------
        Treatment
            Reliable and not cut for a material that says nothing else.
        """
        block = bpy.data.materials.get(material) if material else None
        if block is None:
            return cls()
        image = block.get(CUTOUT_IMAGE)
        return cls(bool(block.get(UNRELIABLE, False)), image, float(block.get(CUTOUT_THRESHOLD, 0.5)) if image else 0.0)


class _FreezeEngine(bpy.types.RenderEngine):  # type: ignore[misc]
    """Passes the depsgraph of a render to its listener, and draws nothing."""

    bl_idname = "DSIA_FREEZE"
    bl_label = "Freeze"
    listener: Any = None

    def render(self, depsgraph: Any) -> None:
        listener = type(self).listener
        if listener is not None:
            listener(depsgraph)


def freeze_scene(times: Iterable[int], *, rest: bool = False) -> SceneGeometry:
    """Freeze every mesh that cameras of the current scene see.

    Parameters
    ----------
    times : iterable of int
        Frames in ascending order; a frame is a time index of the specification.
    rest : bool
        Whether the rest shapes of instances are frozen too.

    Returns
    -------
    SceneGeometry
        World-space triangles of all visible meshes at each of `times`, in metres, and the joints of humanoids; see
        `dsia_gen.spec.frozen_geometry` for the arrays.

    Raises
    ------
    WorkerError
        When a mesh changes its topology over time, or is visible at some of the times only.

    Notes
    -----
    Meshes are split into parts by how their materials are treated: unreliable or not, and cut out by which image.
    """
    wanted = tuple(times)
    tracks: dict[Key, ObjectTrack] = {}
    scene = bpy.context.scene
    people = [item for item in bpy.data.objects if item.type == "ARMATURE" and item.pass_index and item.users_scene]
    joints = {item.name: joints_of(item) for item in people}
    places: dict[str, list[NDArray[np.float64]]] = {item.name: [] for item in people}
    with _some_camera(scene), _freezing(scene) as capture:
        with without_viewport():
            for step, time in enumerate(wanted):
                scene.frame_set(time)
                _extend(tracks, capture(), step, time)
                for item in people:
                    world, bones = np.array(item.matrix_world, dtype=np.float64), item.pose.bones
                    heads = np.array([bones[name].head for name in joints[item.name].values()], dtype=np.float64)
                    places[item.name].append(heads.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        if rest:
            with in_rest(scene):  # with the viewport, which places the roots
                _add_rest(tracks, capture(), rest_frames())
    parts = [part for key in sorted(tracks, key=repr) for part in _parts(tracks[key])]
    figures = [
        FrozenFigure(item.pass_index, tuple(joints[item.name]), np.stack(places[item.name]))
        for item in sorted(people, key=lambda item: item.pass_index)
        if joints[item.name] and wanted
    ]
    return SceneGeometry(times=wanted, parts=tuple(parts), figures=tuple(figures))


Seen = dict[Key, tuple[ObjectTrack, Snapshot, NDArray[np.float64]]]


@contextmanager
def _some_camera(scene: Any) -> Iterator[None]:
    """Blender renders nothing without a camera: a scene without one gets a temporary one."""
    if scene.camera is not None:
        yield
        return
    temporary = bpy.data.objects.new("temporary camera", bpy.data.cameras.new("temporary camera"))
    scene.camera = temporary
    try:
        yield
    finally:
        bpy.data.cameras.remove(temporary.data)


_SIZE = {"resolution_x": 1920, "resolution_y": 1080, "resolution_percentage": 1}
"""A few pixels, whatever the size of the images: nothing is drawn, and Blender refuses less."""


@contextmanager
def _freezing(scene: Any) -> Iterator[Callable[[], Seen]]:
    """Replace Cycles by the freezing engine; yields a function that returns what is visible in the current frame."""
    render = scene.render
    changed = ("engine", *_SIZE, "use_motion_blur", "use_persistent_data")
    kept = {name: getattr(render, name) for name in changed}
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
        for name, value in _SIZE.items():
            setattr(render, name, value)
        render.use_motion_blur = False
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
    """Every visible mesh of an evaluated scene with its arrays and its (4, 4) object-to-world matrix."""
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
            mesh.calc_loop_triangles()
            uv_layer = next((layer for layer in mesh.uv_layers if layer.active_render), None)
            snapshots[pointer] = Snapshot(
                vertices=mesh_array(mesh.vertices, "co", 3, np.float32),
                triangles=mesh_array(mesh.loop_triangles, "vertices", 3),
                slots=mesh_array(mesh.loop_triangles, "material_index"),
                loops=mesh_array(mesh.loop_triangles, "loops", 3),
                uv=mesh_array(uv_layer.uv, "vector", 2, np.float32) if uv_layer else None,
            )
        snapshot = snapshots[pointer]
        if len(snapshot.triangles):
            materials = tuple(slot.material.name if slot.material else None for slot in item.material_slots)
            track = ObjectTrack(item.name, item.pass_index, materials, snapshot)
            # The same key for the same mesh at every time.
            key: Key = (item.name,)
            if entry.is_instance:
                key = (item.name, entry.parent.name, *entry.persistent_id)
            seen[key] = (track, snapshot, np.array(entry.matrix_world, dtype=np.float64))
    return seen


def _extend(tracks: dict[Key, ObjectTrack], seen: Seen, step: int, time: int) -> None:
    """Add one time to the tracks."""
    if step == 0:
        tracks.update({key: track for key, (track, _, _) in seen.items()})
    if seen.keys() != tracks.keys():
        names = sorted({str(key[0]) for key in seen.keys() ^ tracks.keys()})
        raise WorkerError(f"{', '.join(names[:5])} come or go at time {time}; every mesh must exist at all times")
    for key, (_, snapshot, matrix) in seen.items():
        track = tracks[key]
        first = track.first
        if snapshot.vertices.shape != first.vertices.shape or not np.array_equal(snapshot.triangles, first.triangles):
            raise WorkerError(f"{track.name} changes its topology at time {time}; only its shape may change")
        _append(track.vertices, snapshot.vertices, step)
        _append(track.matrices, matrix, step)


def _add_rest(tracks: dict[Key, ObjectTrack], seen: Seen, frames: dict[int, NDArray[np.float64]]) -> None:
    """Give the tracks of instances their rest shapes; `frames` (4, 4) lead from the world to each instance."""
    for key, track in tracks.items():
        if track.instance not in frames:
            continue
        found = seen.get(key)
        if found is None or not np.array_equal(found[1].triangles, track.first.triangles):
            raise WorkerError(f"{track.name} has another topology in its rest pose; only its shape may change")
        matrix = frames[track.instance] @ found[2]
        points = found[1].vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        track.rest = points.astype(np.float32)


def _append(rows: list[NDArray[Any]], row: NDArray[Any], step: int) -> None:
    """Keep one row as long as all are equal, and one a step from the first difference on."""
    if step == 0 or (len(rows) == step and step > 1):
        rows.append(row)
    elif not np.array_equal(rows[0], row):
        rows.extend([rows[0]] * (step - 1) + [row])


def _parts(track: ObjectTrack) -> Iterator[Part]:
    """The parts of an object: one for each way in which its materials are treated."""
    treatments = [Treatment.of(name) for name in track.materials] or [Treatment()]
    first = track.first
    of_triangle = np.minimum(first.slots, len(treatments) - 1)
    for treatment in sorted(set(treatments), key=lambda treatment: repr(tuple(treatment))):
        chosen = np.isin(of_triangle, [k for k, other in enumerate(treatments) if other == treatment])
        if not chosen.any():
            continue
        uv = cutout = None
        if treatment.image is not None and first.uv is not None:
            uv = first.uv[first.loops[chosen]]
            block = bpy.data.images.get(treatment.image)
            if block is None:
                raise WorkerError(f"cut-out image {treatment.image!r} is named by a material but is not loaded")
            # Alpha (H, W) float32, row 0 at v = 1.
            cutout = Cutout(np.ascontiguousarray(image_pixels(block)[::-1, :, 3]), treatment.threshold)
        yield Part(
            name=track.name,
            instance=track.instance,
            triangles=first.triangles[chosen],
            vertices=_rows(track.vertices),
            matrices=_rows(track.matrices),
            unreliable=treatment.unreliable,
            uv=uv,
            cutout=cutout,
            rest=track.rest,
        )


def _rows(rows: list[NDArray[Any]]) -> NDArray[Any]:
    """One array of all rows; a single row is not copied, so that instances of one mesh share it."""
    return rows[0][None] if len(rows) == 1 else np.stack(rows)

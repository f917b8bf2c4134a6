"""Untrusted files: imported without running their code, reduced to what is rendered, brought to the rest pose."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import bpy
import numpy as np
from mathutils import Matrix

from dsia_gen.assets.importing.headers import check_header
from dsia_gen.assets.importing.linked_files import LinkedFiles, inside
from dsia_gen.assets.importing.references import check_references
from dsia_gen.blender.characters.hard_alpha import harden_alpha
from dsia_gen.blender.characters.imported_textures import link_images, meshes, settle_textures
from dsia_gen.blender.characters.importers import check_importable, import_into_scene
from dsia_gen.blender.characters.operator_reason import operator_reason
from dsia_gen.blender.characters.unreliable import flag_unreliable
from dsia_gen.blender.compat import check_written_by
from dsia_gen.blender.importing.far_coordinates import bring_back, far_from_origin, require_precision
from dsia_gen.blender.importing.file_colours import show_colours
from dsia_gen.blender.importing.prepared import MOVED, prepare
from dsia_gen.blender.importing.unseen import leave_out_unseen
from dsia_gen.blender.mesh_objects import mesh_array
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.spec.asset import MissingTextures
from dsia_gen.spec.import_request import NO_MESH

_FACING = {"-Y": 0.0, "+X": -90.0, "+Y": 180.0, "-X": 90.0}
"""Degrees about Z that turn a facing to -Y."""


def facing_turn(facing: str) -> Matrix:
    """The 4x4 turn about Z that makes what faces `facing` face -Y."""
    return Matrix.Rotation(np.radians(_FACING[facing]), 4, "Z")


@contextlib.contextmanager
def import_session(path: Path) -> Iterator[list[bpy.types.Object]]:
    """Objects that an import inside the block adds (filled when it ends), without cameras, lights and empty meshes.

    Scripts inside files never run, the importer's output is dropped, the scene's frame rate and range are restored.
    Whatever the importer raises becomes an AssetError that names the file.
    """
    scene, added = bpy.context.scene, list[bpy.types.Object]()
    before = {o.as_pointer() for o in bpy.data.objects}
    timing = (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end, scene.frame_current)
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield added
    except AssetError:
        raise
    except Exception as error:
        raise AssetError(f"{path} cannot be imported ({operator_reason(error)}); export it again") from error
    finally:
        render = scene.render
        render.fps, render.fps_base, scene.frame_start, scene.frame_end, current = timing
        scene.frame_set(current)
    added.extend(o for o in bpy.data.objects if o.as_pointer() not in before)
    kept = []
    for item in added:
        if item.type in ("CAMERA", "LIGHT") or (item.type == "MESH" and not len(item.data.polygons)):
            bpy.data.objects.remove(item)
        else:
            kept.append(item)
    added[:] = kept


@dataclass(frozen=True)
class Opened:
    """What a file holds: `objects`, still in the pose and with the actions of the file, which run at `fps`.

    `removed` counts the cameras and lights that it had, `missing` names parts, other than images, that are not
    there, `notes` say what was changed.
    """

    objects: list[bpy.types.Object]
    fps: float
    removed: int = 0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_file(path: Path, fence: Path, animation: bool = False, linked: LinkedFiles | None = None) -> Opened:
    """Import what a render of a file would show, after its header and references are checked.

    `fence` is the folder that the file may refer into; images outside it are never opened. `linked` finds what the
    file names, below `fence` if None. Raises AssetError, naming the file, when it promises too much, needs files
    outside the fence, or cannot be read. Without `animation` skeletons are in the pose in which they were bound.
    """
    linked = linked or LinkedFiles(path, fence)
    check_importable(path)
    check_header(path)
    if path.suffix.lower() == ".blend":
        check_written_by(path)
    check_references(path, linked)
    with TemporaryDirectory(prefix="dsia-gen-open-") as scratch:
        opened = _import(path, linked, Path(scratch), animation)
        middle = far_from_origin(opened.objects)
        if middle is not None and path.suffix.lower() in MOVED:
            # Numbers that single precision cannot hold are moved before they are imported.
            for item in opened.objects:
                bpy.data.objects.remove(item)
            (Path(scratch) / "moved").mkdir()
            opened = _import(path, linked, Path(scratch) / "moved", animation, -middle)
    if middle is not None:
        rest = far_from_origin(opened.objects)
        if rest is not None:
            bring_back(opened.objects, rest)
        require_precision(opened.objects, np.zeros(3) if rest is None else rest, path)
        notes = (f"lay {float(np.abs(middle).max()):,.0f} units from its origin, moved there",)
        opened = replace(opened, notes=(*opened.notes, *notes))
    return opened


def _import(path: Path, linked: LinkedFiles, scratch: Path, animation: bool, shift: Array | None = None) -> Opened:
    """One import of a file, prepared in the empty folder `scratch`, moved by `shift` (3,) if there is one."""
    render = bpy.context.scene.render
    images = set(bpy.data.images)
    before = _cameras_and_lights()
    known = {block.as_pointer() for block in bpy.data.user_map()}
    ready = prepare(path, linked, scratch, shift, bound=not animation)
    with import_session(path) as objects:
        import_into_scene(ready.path, animation)
        added = [block for block in bpy.data.user_map() if block.as_pointer() not in known]
        # Images are linked to what was found; a library is the file itself.
        others = [block for block in added if not isinstance(block, (bpy.types.Image, bpy.types.Library))]
        _check_other_files(others, path, linked)
        link_images(set(bpy.data.images) - images, linked, scratch)
        fps = render.fps / render.fps_base
        removed = _cameras_and_lights() - before
    notes = leave_out_unseen(objects)
    show_colours(objects, path, linked, ready.image)
    return Opened(objects, fps, removed, ready.missing, notes)


def _check_other_files(blocks: Sequence[bpy.types.ID], path: Path, linked: LinkedFiles) -> None:
    """Refuse caches, volumes, fonts and sounds outside the fence: they are read when they are used."""
    for block, names in bpy.data.file_path_map(subset=blocks).items():
        for name in names:
            target = Path(bpy.path.abspath(name))
            if (target.is_file() and not inside(target, linked.fence)) or linked.outside(name):
                raise AssetError(
                    f"{path}: {block.name!r} reads the file {name!r}, which lies outside the folder {linked.fence}; "
                    "apply its modifiers, or make the data local"
                )
            linked.find(name, image=False)


def _cameras_and_lights() -> int:
    """How many cameras and lights there are."""
    return sum(item.type in ("CAMERA", "LIGHT") for item in bpy.data.objects)


def load_objects(path: Path, fence: Path, textures: MissingTextures = "error") -> list[bpy.types.Object]:
    """Objects of a mesh file in rest pose, as they will be rendered; see `open_file`.

    Raises AssetError, too, when the file has no faces, or misses a texture (unless `textures` is `plain`).
    """
    objects = open_file(path, fence).objects
    require_mesh(objects, path)
    rest_pose(objects)
    settle_textures(objects, path, textures)
    require_seen(objects, path, harden_alpha(objects))
    flag_unreliable(objects)
    return objects


def require_mesh(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Raise AssetError when there is no mesh."""
    if not meshes(objects):
        raise AssetError(f"{path} {NO_MESH}; export the model itself")


def require_seen(objects: Sequence[bpy.types.Object], path: Path, removed: int) -> None:
    """Raise AssetError when no face is left after `removed` transparent ones were taken away."""
    if not any(len(item.data.polygons) for item in meshes(objects)):
        raise AssetError(
            f"{path}: all {removed:,} faces are transparent (an opacity below one half), nothing would be seen; raise "
            "the opacity of its materials (`d` in an MTL, alpha elsewhere) and export it again"
        )


def rest_pose(objects: Sequence[bpy.types.Object]) -> None:
    """Remove actions, NLA tracks and pose channels, so that what is measured and driven is the rest pose."""
    for item in objects:
        item.animation_data_clear()
        if item.type == "ARMATURE":
            for bone in item.pose.bones:
                bone.matrix_basis.identity()
    bpy.context.view_layer.update()


def evaluated_points(objects: Sequence[bpy.types.Object]) -> Array:
    """(N, 3) world positions of all vertices as they are rendered."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for item in meshes(objects):
        evaluated = item.evaluated_get(graph)
        points = mesh_array(evaluated.data.vertices, "co", 3, np.float32)
        matrix = np.array(evaluated.matrix_world, dtype=np.float64)
        parts.append(points @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(parts)

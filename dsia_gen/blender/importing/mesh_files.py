"""Mesh files: character, object or motion; size, skeleton, clip, textures, and a thumbnail by the loader of renders."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np

from dsia_gen.assets.importing.guess import (
    guess_height,
    guess_object_facing,
    guess_unit,
    guess_up,
    naming_scheme,
    skeleton_facing,
)
from dsia_gen.assets.importing.headers import gltf_document
from dsia_gen.assets.importing.references import fence_of, material_libraries, referred
from dsia_gen.blender.build import empty_scene
from dsia_gen.blender.characters.hard_alpha import harden_alpha
from dsia_gen.blender.characters.imported_textures import (
    main_armature,
    meshes,
    missing_textures,
    relink_textures,
    settle_textures,
    used_images,
)
from dsia_gen.blender.characters.importers import AXES_FREE
from dsia_gen.blender.characters.imports import evaluated_points, facing_turn, open_file, require_mesh, rest_pose
from dsia_gen.blender.importing.motion_files import measure_armature_motion, own_clips, taken_from
from dsia_gen.blender.thumbnail import render_thumbnail
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeleton import REQUIRED, match_joints
from dsia_gen.spec.asset import CharacterFile, MeshFile
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import Facing, ImportFile, ImportRequest, Measured
from dsia_gen.spec.thumbnail_request import ShapeThumbnail


@dataclass(frozen=True)
class Skeleton:
    """The bones of an armature in world space: `heads` (B, 3), and which of them are joints of a humanoid."""

    names: tuple[str, ...]
    heads: Array
    joints: dict[str, int]

    @property
    def humanoid(self) -> bool:
        return all(joint in self.joints for joint in REQUIRED)


def measure_mesh(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """Open a mesh file, measure it, and render a thumbnail of what a scene would get from the entry."""
    path = Path(request.folder) / file.path
    fence = fence_of(path, file.path)
    empty_scene()
    opened = open_file(path, fence, animation=True)
    skeleton = _skeleton(opened.objects)
    if file.kind == "motion" or (not meshes(opened.objects) and skeleton is not None):
        return measure_armature_motion(request, file, opened, thumbnail)
    require_mesh(opened.objects, path)
    taken = taken_from(opened) if skeleton is not None and skeleton.humanoid and file.kind != "object" else []
    rest_pose(opened.objects)
    # Textures are counted once they are relinked; the missing ones are replaced by a plain colour.
    relink_textures(opened.objects, path, fence)
    images = {image.name for _, image in used_images(opened.objects)}
    missing = tuple(dict.fromkeys(name for _, name in missing_textures(opened.objects, path)))
    settle_textures(opened.objects, path, "plain")
    harden_alpha(opened.objects)
    short = tuple(name.replace("\\", "/").rsplit("/", 1)[-1] for name in missing)
    notes = (f"{len(short)} textures missing, plain colour instead",) if short else ()
    if opened.removed:
        notes = (*notes, f"{opened.removed} cameras and lights removed")
    found: dict[str, Any] = {"textures": len(images), "missing": short, "notes": notes}
    found |= _stated(path) | {"parts": _other_files(opened.objects, path, fence)}
    points = evaluated_points(opened.objects)
    graph = bpy.context.evaluated_depsgraph_get()
    evaluated = [item.evaluated_get(graph).data for item in meshes(opened.objects)]
    triangles = sum(len(data.loops) - 2 * len(data.polygons) for data in evaluated)
    if triangles > request.max_triangles:
        raise AssetError(
            f"{path} has {triangles:,} triangles, more than {request.max_triangles:,}; simplify the model, or raise "
            "the limit with --max-triangles"
        )
    if skeleton is not None:
        found |= {"skeleton": naming_scheme(skeleton.names), "bones": len(skeleton.names)}
    found["triangles"] = triangles
    if file.kind == "character" and (skeleton is None or not skeleton.humanoid):
        raise AssetError(f"{file.path} has no humanoid skeleton; import it as an object")
    if file.kind != "object" and skeleton is not None and skeleton.humanoid:
        measured = _character(file, skeleton, points, found)
    else:
        measured = _object(file, skeleton, points, found)
    render_mesh_thumbnail(request, file, measured, thumbnail)
    clips, told = own_clips(request, file, taken, thumbnail)
    return measured.model_copy(update={"clips": clips, "notes": (*measured.notes, *told)})


def render_mesh_thumbnail(request: ImportRequest, file: ImportFile, found: Measured, thumbnail: Path) -> None:
    """Render what the builder of scenes makes of the file with the parameters that were found."""
    path = Path(request.folder) / file.path
    asset = AssetFile(root="user", path=file.path, sha256="")
    textures: Literal["error", "plain"] = "plain" if found.missing else "error"
    shape: CharacterFile | MeshFile
    if found.kind == "character":
        assert found.height is not None
        shape = CharacterFile(file=asset, height=found.height, facing=found.facing, missing_textures=textures)
    else:
        shape = MeshFile(file=asset, scale=found.scale, up=found.up, facing=found.facing, missing_textures=textures)
    size = (request.pixels, request.pixels)
    render_thumbnail(ShapeThumbnail(shape=shape), lambda _: path, thumbnail, size, request.samples)


def _character(file: ImportFile, skeleton: Skeleton, points: Array, found: dict[str, Any]) -> Measured:
    """The entry of a character from its evaluated points (N, 3) in rest, in units of the file."""
    facing = file.facing or skeleton_facing({j: skeleton.heads[i] for j, i in skeleton.joints.items()})
    tall = float(np.ptp(points[:, 2]))
    height, believed = guess_height(tall)
    notes = found.pop("notes")
    if file.height is not None:
        height = file.height
    elif not believed:
        notes = (*notes, f"measures {tall:.3g} m; taken to be {height:g} m tall, correct `height`")
    elif not 0.9 < height / tall < 1.1:
        notes = (*notes, f"was {tall:.3g} units tall, a unit is {height / tall:.3g} m")
    size = _size(points, height / tall, facing)
    return Measured(kind="character", height=height, size=size, facing=facing, notes=notes, **found)


def _object(file: ImportFile, skeleton: Skeleton | None, points: Array, found: dict[str, Any]) -> Measured:
    """The entry of an object from its evaluated points (N, 3), in units of the file."""
    notes = found.pop("notes")
    free = Path(file.path).suffix.lower() in AXES_FREE
    up: Literal["Y", "Z"] = "Z"
    if free:
        up, why = guess_up(file.path, points)
        if file.up is None:
            notes = (*notes, f"{up} up, by {why}")
        up = file.up or up
        points = points if up == "Z" else points @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64)
    if skeleton is not None and skeleton.humanoid:
        notes = (*notes, "imported as an object, though it has a humanoid skeleton")
    # Metres a unit.
    largest, scale = float(np.ptp(points, axis=0).max()), 1.0
    if not np.isfinite(largest) or largest < 1e-9:
        raise AssetError(f"{file.path}: the mesh has no size; export it again")
    unit = guess_unit(largest)
    if file.size is not None:
        scale = file.size / largest
    elif file.scale is not None:
        scale = file.scale
    elif free:
        scale = unit
        notes = notes if unit == 1.0 else (*notes, f"{largest:.3g} units large, a unit is taken to be {unit:g} m")
    elif unit != 1.0:
        notes = (*notes, f"{largest:.3g} m large; correct `scale` if that cannot be")
    facing = file.facing or guess_object_facing(file.path)
    size = _size(points, scale, facing)
    return Measured(
        kind="object", scale=scale, up=up, facing=facing, size=size, height=size[2] or None, notes=notes, **found
    )


def _size(points: Array, scale: float, facing: Facing) -> tuple[float, float, float]:
    x, y, z = np.ptp(points @ np.array(facing_turn(facing))[:3, :3].T, axis=0) * scale
    return round(float(x), 6), round(float(y), 6), round(float(z), 6)


def _skeleton(objects: Sequence[bpy.types.Object]) -> Skeleton | None:
    """The armature with the most bones, in its rest pose."""
    armature = main_armature(objects)
    if armature is None or not len(armature.data.bones):
        return None
    bones = sorted(armature.data.bones, key=lambda b: len(b.parent_recursive))
    names = tuple(b.name for b in bones)
    index = {name: i for i, name in enumerate(names)}
    parents = [index[b.parent.name] if b.parent else -1 for b in bones]
    world = np.array(armature.matrix_world, dtype=np.float64)
    heads = np.array([b.head_local for b in bones], dtype=np.float64) @ world[:3, :3].T + world[:3, 3]
    return Skeleton(names, heads, match_joints(names, parents))


def _other_files(objects: Sequence[bpy.types.Object], path: Path, fence: Path) -> tuple[str, ...]:
    """Other files that were read, below the fence: images, material libraries, buffers, layers."""
    used = [Path(bpy.path.abspath(i.filepath)) for _, i in used_images(objects) if i.packed_file is None and i.filepath]
    named = [*referred(path), *(material_libraries(path) if path.suffix.lower() == ".obj" else [])]
    kept = set()
    for other in [*used, *(path.parent / name for name in named)]:
        with suppress(OSError, ValueError):  # names that no file system takes
            if other.is_file():
                kept.add(other.resolve())
    root = fence.resolve()
    return tuple(sorted(p.relative_to(root).as_posix() for p in kept - {path.resolve()} if p.is_relative_to(root)))


def _stated(path: Path) -> dict[str, Any]:
    """Licence, author and source that a glTF states in its `asset` (Sketchfab fills `extras`)."""
    if path.suffix.lower() not in (".gltf", ".glb"):
        return {}
    asset = gltf_document(path).get("asset")
    asset = asset if isinstance(asset, dict) else {}
    held = asset.get("extras")
    extras = held if isinstance(held, dict) else {}
    words = {
        "licence": extras.get("license"),
        "attribution": extras.get("author") or asset.get("copyright"),
        "source": extras.get("source"),
    }
    return {key: " ".join(str(value).split())[:300] for key, value in words.items() if isinstance(value, str)}

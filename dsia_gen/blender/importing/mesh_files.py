"""Mesh files: character, object or motion; size, skeleton, clip, textures, and a thumbnail by the loader of renders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
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
from dsia_gen.assets.importing.linked_files import CopiedFiles, plain_name
from dsia_gen.assets.importing.object_roles import role_note
from dsia_gen.blender.build import empty_scene
from dsia_gen.blender.characters.character_file import character_object
from dsia_gen.blender.characters.hard_alpha import harden_alpha
from dsia_gen.blender.characters.imported_textures import (
    main_armature,
    meshes,
    missing_textures,
    settle_textures,
    used_images,
)
from dsia_gen.blender.characters.importers import AXES_FREE
from dsia_gen.blender.characters.imports import (
    evaluated_points,
    facing_turn,
    open_file,
    require_mesh,
    require_seen,
    rest_pose,
)
from dsia_gen.blender.characters.mesh_file import mesh_object
from dsia_gen.blender.device import choose_device
from dsia_gen.blender.importing.motion_files import measure_armature_motion, own_clips, taken_from
from dsia_gen.blender.thumbnail import render_objects
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeleton import REQUIRED, match_joints
from dsia_gen.spec.asset import CharacterFile, MeshFile
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import Facing, ImportFile, ImportRequest, Measured


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
    """Open a mesh file, measure it, and render a thumbnail of what a scene would get from the entry.

    The file is opened among copies of what it names, so that what is measured and shown needs nothing else.
    """
    with TemporaryDirectory(prefix="opened-", dir=request.out) as place:
        copies = CopiedFiles(Path(request.folder), file.path, Path(place))
        try:
            return _measured(request, file, copies, thumbnail)
        except AssetError as error:
            raise AssetError(str(error).replace(str(copies.fence), request.folder)) from error


def _measured(request: ImportRequest, file: ImportFile, copies: CopiedFiles, thumbnail: Path) -> Measured:
    path = copies.model
    empty_scene()
    opened = open_file(path, copies.fence, animation=True, linked=copies)
    skeleton = _skeleton(opened.objects)
    if file.kind == "motion" or (not meshes(opened.objects) and skeleton is not None):
        return measure_armature_motion(file, opened, thumbnail)
    require_mesh(opened.objects, path)
    taken = taken_from(opened) if skeleton is not None and skeleton.humanoid and file.kind != "object" else []
    rest_pose(opened.objects)
    # Textures are counted once they are linked; the missing ones are replaced by a plain colour.
    images = {image.name for _, image in used_images(opened.objects)}
    lost = [name for _, name in missing_textures(opened.objects, path)]
    missing = tuple(dict.fromkeys(plain_name(name) for name in (*opened.missing, *lost)))
    settle_textures(opened.objects, path, "plain")
    removed = harden_alpha(opened.objects)
    require_seen(opened.objects, path, removed)
    notes = opened.notes + ((f"{', '.join(missing)} missing, plain colour instead",) if missing else ())
    if removed:
        notes = (*notes, f"{removed:,} transparent faces left out")
    if opened.removed:
        notes = (*notes, f"{opened.removed} cameras and lights removed")
    found: dict[str, Any] = {"textures": len(images), "missing": missing, "notes": notes}
    found |= _stated(path) | {"parts": copies.parts}
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
    render_mesh_thumbnail(request, file, measured, opened.objects, thumbnail)
    clips, told = own_clips(file, taken, thumbnail)
    return measured.model_copy(update={"clips": clips, "notes": (*measured.notes, *told)})


def render_mesh_thumbnail(
    request: ImportRequest, file: ImportFile, found: Measured, objects: list[bpy.types.Object], thumbnail: Path
) -> None:
    """Render what the builder of scenes makes of the loaded `objects` with the parameters that were found."""
    path = Path(request.folder) / file.path
    asset = AssetFile(root="user", path=file.path, sha256="")
    if found.kind == "character":
        assert found.height is not None
        character = CharacterFile(file=asset, height=found.height, facing=found.facing)
        root = character_object(character, objects, path, "subject")
    else:
        shape = MeshFile(file=asset, scale=found.scale, up=found.up, facing=found.facing)
        root = mesh_object(shape, objects, path, "subject")
    choose_device("cpu")
    render_objects([root], thumbnail, (request.pixels, request.pixels), request.samples)


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
    facing = file.facing or guess_object_facing(file.path)
    size = _size(points, scale, facing)
    if told := role_note(max(size)):
        notes = (*notes, told)
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

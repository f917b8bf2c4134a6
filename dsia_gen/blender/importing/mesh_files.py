"""Mesh files: character, object or motion; size, skeleton, clip, textures, and a thumbnail by the loader of renders."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import bpy
import numpy as np

from dsia_gen.assets.importing.guess import guess_object_facing, guess_unit, guess_up, naming_scheme
from dsia_gen.assets.importing.headers import GLTF, gltf_document
from dsia_gen.assets.importing.linked_files import CopiedFiles, plain_name
from dsia_gen.assets.importing.object_roles import role_note
from dsia_gen.assets.importing.vrm import vrm_joints, vrm_terms
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
    Opened,
    evaluated_points,
    open_file,
    require_mesh,
    require_seen,
    rest_pose,
)
from dsia_gen.blender.characters.mesh_file import mesh_object
from dsia_gen.blender.characters.rig import rigs_of
from dsia_gen.blender.device import choose_device
from dsia_gen.blender.importing.figure_files import figure_size, measure_figures, stored_in_another_pose
from dsia_gen.blender.importing.motion_files import measure_armature_motion, own_clips, taken_from
from dsia_gen.blender.thumbnail import render_objects
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.spec.asset import CharacterFile, MeshFile
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured


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
    if file.kind == "motion" or (not meshes(opened.objects) and main_armature(opened.objects) is not None):
        return measure_armature_motion(file, opened, thumbnail)
    require_mesh(opened.objects, path)
    exact = vrm_joints(path)
    rigs = rigs_of(opened.objects, exact)
    wanted = file.kind != "object" and any(rig.humanoid for rig in rigs)
    taken = taken_from(opened) if wanted else []
    if rigs and stored_in_another_pose(path, copies):
        # The clips need the pose that is stored, the mesh the one in which it was bound.
        opened = _opened_at_rest(path, copies)
        rigs = rigs_of(opened.objects, exact)
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
    if (terms := vrm_terms(path)) is not None and terms.prohibited:
        notes = (*notes, f"says that {', '.join(terms.prohibited)}")
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
    found["triangles"] = triangles
    people = [rig for rig in rigs if rig.humanoid]
    if file.kind == "character" and not people:
        lack = f"{rigs[0].lack()}; " if rigs else "no mesh in it is moved by an armature; "
        raise AssetError(f"{file.path} has no humanoid skeleton: {lack}import it with --kind object")
    if wanted and people:
        measured = measure_figures(file, people, rigs, opened.objects, found)
    else:
        if rigs:
            bones = [bone.name for bone in rigs[0].armature.data.bones]
            found |= {"skeleton": naming_scheme(bones), "bones": len(bones)}
        measured = _object(file, bool(people), points, found)
    render_mesh_thumbnail(request, file, measured, opened.objects, thumbnail)
    others = []
    for other in measured.others:
        again = _opened_at_rest(path, copies)
        settle_textures(again.objects, path, "plain")
        harden_alpha(again.objects)
        place = thumbnail.with_name(f"{thumbnail.stem}-figure{other.figure}.png")
        render_mesh_thumbnail(request, file, other, again.objects, place)
        others.append(other.model_copy(update={"thumbnail": place.name}))
    clips, told = own_clips(file, taken, thumbnail)
    notes = (*measured.notes, *told)
    return measured.model_copy(update={"clips": clips, "notes": notes, "others": tuple(others)})


def _opened_at_rest(path: Path, copies: CopiedFiles) -> Opened:
    """The file opened alone, in its rest pose."""
    empty_scene()
    opened = open_file(path, copies.fence, linked=copies)
    rest_pose(opened.objects)
    return opened


def render_mesh_thumbnail(
    request: ImportRequest, file: ImportFile, found: Measured, objects: list[bpy.types.Object], thumbnail: Path
) -> None:
    """Render what the builder of scenes makes of the loaded `objects` with the parameters that were found."""
    path = Path(request.folder) / file.path
    asset = AssetFile(root="user", path=file.path, sha256="")
    if found.kind == "character":
        assert found.height is not None
        character = CharacterFile(file=asset, height=found.height, facing=found.facing, figure=found.figure)
        root = character_object(character, objects, path, "subject")
    else:
        shape = MeshFile(file=asset, scale=found.scale, up=found.up, facing=found.facing)
        root = mesh_object(shape, objects, path, "subject")
    choose_device("cpu")
    render_objects([root], thumbnail, (request.pixels, request.pixels), request.samples)


def _object(file: ImportFile, humanoid: bool, points: Array, found: dict[str, Any]) -> Measured:
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
    if humanoid:
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
    size = figure_size(points, scale, facing)
    if told := role_note(max(size)):
        notes = (*notes, told)
    return Measured(
        kind="object", scale=scale, up=up, facing=facing, size=size, height=size[2] or None, notes=notes, **found
    )


def _stated(path: Path) -> dict[str, Any]:
    """What a glTF says of its licence and maker: as a VRM, or in `asset` (Sketchfab fills `extras`)."""
    if path.suffix.lower() not in GLTF:
        return {}
    terms = vrm_terms(path)
    if terms is not None:
        return {key: value for key, value in asdict(terms).items() if value and key != "prohibited"}
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

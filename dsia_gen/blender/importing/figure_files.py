"""Figures of a mesh file measured: height, front, which way was up, and whether it can be a person's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from dsia_gen.assets.importing.gltf_bind_pose import to_bind_pose
from dsia_gen.assets.importing.guess import guess_height, naming_scheme
from dsia_gen.assets.importing.headers import GLTF, gltf_document
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.blender.characters.imports import evaluated_points, facing_turn
from dsia_gen.blender.characters.rig import Rig, objects_of
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.figure_axes import FigureAxes, figure_axes, unmirrored
from dsia_gen.motion.plausibility import GRAVE, implausible
from dsia_gen.spec.asset import SHORTEST, TALLEST
from dsia_gen.spec.import_request import Facing, ImportFile, Measured


def measure_figures(
    file: ImportFile,
    people: Sequence[Rig],
    rigs: Sequence[Rig],
    objects: Sequence[bpy.types.Object],
    found: dict[str, Any],
) -> Measured:
    """The entry of a file with figures in rest, those after the first in `others`; `found` is what they share."""
    several = len(people) > 1
    measured = []
    for number, rig in enumerate(people, start=1):
        one = found | {"skeleton": naming_scheme([bone.name for bone in rig.armature.data.bones])}
        one |= {"bones": len(rig.armature.data.bones)}
        if several:
            one |= {"figure": number, "name": rig.armature.name}
        measured.append(_figure(file, rig, evaluated_points(objects_of(rig, rigs, objects)), one))
    return measured[0].model_copy(update={"others": tuple(measured[1:])})


def _figure(file: ImportFile, rig: Rig, points: Array, found: dict[str, Any]) -> Measured:
    """The entry of one figure from its evaluated points (N, 3) in rest, in units of the file."""
    if not np.isfinite(points).all():
        raise AssetError(f"{file.path}: the mesh has vertices that are not at finite places; export it again")
    axes = figure_axes(rig.heads(), points, rig.armature.matrix_world.is_negative)
    points = points @ axes.turn.T
    notes = (*found.pop("notes"), *_notes_on(axes))
    facing = file.facing or axes.facing
    tall = float(np.ptp(points[:, 2]))
    height, believed = guess_height(tall)
    if file.height is not None:
        if not SHORTEST <= file.height <= TALLEST:
            raise AssetError(
                f"{file.path}: a height of {file.height:g} m is not that of a figure ({SHORTEST:g} to {TALLEST:g} m); "
                "state another --height, or import it with --kind object"
            )
        height = file.height
    elif not believed:
        notes = (*notes, f"measures {tall:.3g} m; taken to be {height:g} m tall, correct `height`")
    elif not 0.9 < height / tall < 1.1:
        notes = (*notes, f"was {tall:.3g} units tall, a unit is {height / tall:.3g} m")
    scale = height / tall
    faults = [] if file.facing else standing_faults(rig, axes, float(points[:, 2].min()), scale)
    if grave := [what for what, refused in faults if refused]:
        raise AssetError(f"{file.path} is not a figure that stands: {'; '.join(grave)}; import it with --kind object")
    notes = (*notes, *(what for what, _ in faults))
    size = figure_size(points, scale, facing)
    return Measured(kind="character", height=height, size=size, facing=facing, notes=notes, stands=True, **found)


def standing_faults(rig: Rig, axes: FigureAxes, floor: float, scale: float) -> list[tuple[str, bool]]:
    """What keeps a rest pose from being a person's: a clause, and whether it is refused. `floor` in turned axes."""
    heads = rig.heads()
    joints = unmirrored(rig.joints) if axes.mirrored else rig.joints
    own = {bone: joint for joint, bone in rig.joints.items()}
    at = {joint: (axes.turn @ heads[own[bone]] - [0.0, 0.0, floor])[None] * scale for joint, bone in joints.items()}
    return [(fault.what, fault.check in GRAVE) for fault in implausible(at)]


def figure_size(points: Array, scale: float, facing: Facing) -> tuple[float, float, float]:
    """Width, depth and height in metres of points (N, 3) that look to `facing`, turned to -Y."""
    x, y, z = np.ptp(points @ np.array(facing_turn(facing))[:3, :3].T, axis=0) * scale
    return round(float(x), 6), round(float(y), 6), round(float(z), 6)


def stored_in_another_pose(path: Path, linked: LinkedFiles) -> bool:
    """Whether a file stores its skeletons in another pose than that in which their meshes were bound."""
    if path.suffix.lower() not in GLTF:
        return False
    return to_bind_pose(gltf_document(path), path, lambda name: linked.find(name, image=False))


def _notes_on(axes: FigureAxes) -> list[str]:
    notes = []
    if axes.turn[2, 2] < 0.99:
        notes.append("does not stand in its file: set upright")
    elif not np.allclose(axes.turn, np.eye(3)):
        notes.append("looks between the axes of its file: turned onto one")
    if axes.mirrored:
        notes.append("mirrored: bones called left are on its right, and driven so")
    return notes

"""Motion files measured; animated armatures become a BVH; a figure in mid-motion as thumbnail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsia_gen.assets.importing.guess import naming_scheme
from dsia_gen.blender.characters.imports import Opened
from dsia_gen.blender.importing.armature_clips import bake, clips_of
from dsia_gen.blender.thumbnail import render_thumbnail
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.bvh_writer import write_bvh
from dsia_gen.motion.figures import split_figures
from dsia_gen.motion.humanoid import canonical_clip, to_motion
from dsia_gen.motion.plausibility import GRAVE, implausible_clip
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.spec.asset import BodyShape, Outfit, ParametricCharacter
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured, MeasuredClip
from dsia_gen.spec.material import Material
from dsia_gen.spec.thumbnail_request import ShapeThumbnail

THUMBNAIL_FRAMES = 20
CLOTH = Material(colours=((0.20, 0.30, 0.42),), roughness=0.9)
SKIN = Material(colours=((0.62, 0.44, 0.34),), roughness=0.6)


@dataclass(frozen=True)
class Taken:
    """One of the motions of a file."""

    name: str
    motion: SkeletalMotion


def taken_from(opened: Opened) -> list[Taken]:
    """The motions of all clips of the armatures of a file."""
    # What only follows the armatures costs time in every frame.
    followers = [item for item in opened.objects if item.type == "MESH" and not item.hide_viewport]
    for item in followers:
        item.hide_viewport = True
    try:
        return [Taken(clip.name, bake(clip)) for clip in clips_of(opened)]
    finally:
        for item in followers:
            item.hide_viewport = False


def measure_motion(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """A motion-capture file: what moves and for how long. AssetError when it is not a humanoid's."""
    path = Path(request.folder) / file.path
    motion = read_motion(path)
    figures = split_figures(motion)
    if len(figures) > 1:
        found = _several(file, [Taken(name, figure) for name, figure in figures.items()], thumbnail)
    else:
        found = _judged(file, motion)
        draw_motion(request, motion, thumbnail)
    # An AMC has its skeleton in a file beside it.
    skeletons = path.parent.glob("*.asf") if path.suffix == ".amc" else []
    parts = tuple(sorted(p.relative_to(request.folder).as_posix() for p in skeletons))
    return found.model_copy(update={"parts": parts, "notes": (*found.notes, *motion.notes)})


def measure_armature_motion(file: ImportFile, opened: Opened, thumbnail: Path) -> Measured:
    """Animated armatures without a mesh: each of their clips becomes a BVH, which then stands for the file."""
    taken = taken_from(opened)
    if not taken:
        raise AssetError(f"{file.path} holds no motion: nothing in it moves an armature; import it as an object")
    return _several(file, taken, thumbnail)


def own_clips(
    file: ImportFile, taken: Sequence[Taken], thumbnail: Path
) -> tuple[tuple[MeasuredClip, ...], tuple[str, ...]]:
    """The clips that a character brings along, and notes on those that cannot be used."""
    if not taken:
        return (), ()
    try:
        found = _several(file, taken, thumbnail.with_name(f"{thumbnail.stem}-clip.png"))
    except AssetError as error:
        return (), (str(error),)
    return found.clips, found.notes


def _several(file: ImportFile, taken: Sequence[Taken], thumbnail: Path) -> Measured:
    """The motions of a file, each with a BVH, and a name for its picture. AssetError when none can be used."""
    clips, notes, reasons = list[MeasuredClip](), list[str](), dict[str, str]()
    found: Measured | None = None
    names = Counter(item.name for item in taken)
    for number, item in enumerate(taken):
        place = thumbnail.with_name(f"{thumbnail.stem}-{number}.png") if clips else thumbnail
        try:
            one = _judged(file, item.motion)
        except AssetError as error:
            reasons[item.name] = str(error)
            continue
        found = found or one
        write_bvh(item.motion, place.with_suffix(".bvh"))
        name = item.name if names[item.name] == 1 else f"{item.name} {number + 1}"
        frames, fps = len(item.motion.values), round(1.0 / item.motion.frame_time, 3)
        clips.append(
            MeasuredClip(
                name=name,
                file=place.with_suffix(".bvh").name,
                thumbnail=place.name,
                frames=frames,
                fps=fps,
                notes=(*one.notes, "converted to BVH"),
            )
        )
    notes += [f"clip {name or 'without a name'!r} is left out: {reason}" for name, reason in reasons.items()]
    if found is None:
        raise AssetError(f"{file.path} holds no motion that can be used: {'; '.join(notes)}")
    return found.model_copy(update={"clips": tuple(clips), "notes": tuple(notes)})


def _judged(file: ImportFile, motion: SkeletalMotion) -> Measured:
    """The entry of a motion. AssetError when no person can move like that."""
    if motion.is_pose():
        raise AssetError(f"{file.path} is a pose and no motion: nothing moves in it; export the whole clip")
    clip = canonical_clip(motion, 1.0 / motion.frame_time, name=file.path)
    faults = implausible_clip(motion, file.path)
    if grave := [fault.what for fault in faults if fault.check in GRAVE]:
        raise AssetError(f"{file.path} is not the motion of a person: {'; '.join(grave)}; export it again")
    travel = float(np.linalg.norm(clip.hips[-1, :2] - clip.hips[0, :2]))
    return Measured(
        kind="motion",
        skeleton=naming_scheme(motion.names),
        bones=len(motion.names),
        frames=len(motion.values),
        fps=round(1.0 / motion.frame_time, 3),
        notes=(
            f"travels {travel:.1f} leg lengths" if travel > 1.0 else "stays in place",
            *(fault.what for fault in faults),
        ),
    )


def draw_motion(request: ImportRequest, motion: SkeletalMotion, thumbnail: Path) -> None:
    """Render a plain figure at three moments of a motion."""
    clip = canonical_clip(motion, 1.0 / motion.frame_time)
    every = max(1, round(len(clip) / THUMBNAIL_FRAMES))
    shown = to_motion(clip, (0.0, 0.0, 0.0))
    rows = range(0, len(clip), every)
    short = shown.model_copy(
        update={
            "rotations": tuple(shown.rotations[i] for i in rows),
            "hips": tuple(shown.hips[i] for i in rows),
            "stands": (),  # moments seconds apart share no footprint
        }
    )
    last = len(short.hips) - 1
    moments = tuple(dict.fromkeys(round(last * part) for part in (0.2, 0.5, 0.8)))
    outfit = Outfit(top=CLOTH, bottom=CLOTH, shoes=CLOTH, skin=SKIN, hair=CLOTH)
    figure = ParametricCharacter(body=BodyShape(), outfit=outfit)
    picture = ShapeThumbnail(shape=figure, motion=short, moments=moments, rest=False)

    def resolve(file: AssetFile) -> Path:
        raise AssetError(f"{file} is not expected in the thumbnail of a motion")

    render_thumbnail(picture, resolve, thumbnail, (request.pixels, request.pixels), request.samples)

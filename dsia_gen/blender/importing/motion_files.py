"""Motion files measured; animated armatures become a BVH; a figure in mid-motion as thumbnail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from dsia_gen.assets.importing.guess import naming_scheme
from dsia_gen.blender.characters.imported_textures import main_armature
from dsia_gen.blender.characters.imports import Opened
from dsia_gen.blender.compat import activate_action, fcurves
from dsia_gen.blender.thumbnail import render_thumbnail
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.bvh import read_bvh
from dsia_gen.motion.bvh_writer import write_bvh
from dsia_gen.motion.humanoid import canonical_clip, to_motion
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeletal_motion import MAX_FRAMES, MAX_JOINTS, SkeletalMotion
from dsia_gen.spec.asset import BodyShape, Outfit, ParametricCharacter
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured
from dsia_gen.spec.material import Material
from dsia_gen.spec.thumbnail_request import ShapeThumbnail

THUMBNAIL_FRAMES = 20
LEAST_FRAMES = 10
"""Fewest frames of a character's own clip that make a motion."""
CLOTH = Material(colours=((0.20, 0.30, 0.42),), roughness=0.9)
SKIN = Material(colours=((0.62, 0.44, 0.34),), roughness=0.6)
_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64)
_CENTIMETRES = 100.0


@dataclass(frozen=True)
class Clip:
    """The clip of an armature: `frames` at `fps`; its keys lie from `start` on, `step` of the scene's frames apart."""

    frames: int = 0
    fps: float = 0.0
    start: float = 0.0
    step: float = 1.0


def measure_motion(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """A motion-capture file: what moves and for how long. AssetError when it is not a humanoid's."""
    path = Path(request.folder) / file.path
    found = _measure_bvh(request, file, read_motion(path), thumbnail)
    # An AMC has its skeleton in a file beside it.
    skeletons = path.parent.glob("*.asf") if path.suffix == ".amc" else []
    parts = tuple(sorted(p.relative_to(request.folder).as_posix() for p in skeletons))
    return found.model_copy(update={"parts": parts})


def measure_armature_motion(request: ImportRequest, file: ImportFile, opened: Opened, thumbnail: Path) -> Measured:
    """An animated armature without a mesh: baked into a BVH beside the thumbnail, which then stands for the file."""
    clip = clip_of(opened)
    if clip.frames < 2:
        raise AssetError(f"{file.path} holds no motion: nothing in it moves an armature; import it as an object")
    bvh = bake(main_armature(opened.objects), clip)
    converted = thumbnail.with_suffix(".bvh")
    write_bvh(bvh, converted)
    found = _measure_bvh(request, file, read_bvh(converted), thumbnail)
    return found.model_copy(update={"converted": converted.name, "notes": (*found.notes, "converted to BVH")})


def bake_beside(opened: Opened, thumbnail: Path) -> str:
    """The name of a BVH of a character's own clip, written beside its thumbnail; empty without a usable one."""
    clip = clip_of(opened)
    if clip.frames < LEAST_FRAMES:
        return ""
    bvh = bake(main_armature(opened.objects), clip)
    try:
        canonical_clip(bvh, 1.0 / bvh.frame_time)
    except AssetError:
        return ""
    path = thumbnail.with_suffix(".bvh")
    write_bvh(bvh, path)
    return path.name


def _measure_bvh(request: ImportRequest, file: ImportFile, bvh: SkeletalMotion, thumbnail: Path) -> Measured:
    """The entry of a motion, and its thumbnail."""
    clip = canonical_clip(bvh, 1.0 / bvh.frame_time, name=file.path)
    travel = float(np.linalg.norm(clip.hips[-1, :2] - clip.hips[0, :2]))
    # The thumbnail shows a plain figure at three moments.
    every = max(1, round(len(clip) / THUMBNAIL_FRAMES))
    motion = to_motion(clip, (0.0, 0.0, 0.0))
    rows = range(0, len(clip), every)
    short = motion.model_copy(
        update={
            "rotations": tuple(motion.rotations[i] for i in rows),
            "hips": tuple(motion.hips[i] for i in rows),
            "stands": (),  # moments seconds apart share no footprint
        }
    )
    last = len(short.hips) - 1
    moments = tuple(dict.fromkeys(round(last * part) for part in (0.2, 0.5, 0.8)))
    outfit = Outfit(top=CLOTH, bottom=CLOTH, shoes=CLOTH, skin=SKIN, hair=CLOTH)
    figure = ParametricCharacter(body=BodyShape(), outfit=outfit)
    shown = ShapeThumbnail(shape=figure, motion=short, moments=moments, rest=False)

    def resolve(file: AssetFile) -> Path:
        raise AssetError(f"{file} is not expected in the thumbnail of a motion")

    render_thumbnail(shown, resolve, thumbnail, (request.pixels, request.pixels), request.samples)
    return Measured(
        kind="motion",
        skeleton=naming_scheme(bvh.names),
        bones=len(bvh.names),
        frames=len(bvh.values),
        fps=round(1.0 / bvh.frame_time, 3),
        notes=(f"travels {travel:.1f} leg lengths",) if travel > 1.0 else ("stays in place",),
    )


# --- animated armatures -------------------------------------------------------------------------------------------


def clip_of(opened: Opened) -> Clip:
    """The clip of the armature with the most bones; zero frames where nothing moves.

    The rate is the spacing of its keys: files state their keys in seconds, and the scene's own rate means nothing.
    """
    armature = main_armature(opened.objects)
    if armature is None:
        return Clip()
    activate_action(armature)
    # Frames of the scene; times closer than a thousandth are one.
    times = np.unique(np.round([key.co.x for curve in fcurves(armature) for key in curve.keyframe_points], 3))
    if len(times) < 2:
        return Clip()
    step = max(float(np.median(np.diff(times))), opened.fps / 1000.0)
    frames = round((times[-1] - times[0]) / step) + 1
    if frames > MAX_FRAMES:
        raise AssetError(f"the clip has {frames:,} frames, more than {MAX_FRAMES:,}; cut it")
    return Clip(frames, round(opened.fps / step, 3), float(times[0]), step)


def bake(armature: bpy.types.Object, clip: Clip) -> SkeletalMotion:
    """The world motion of an armature as a BVH in centimetres, Y up, whose rest pose is the armature's own.

    Bones without a parent, and the first that moves a humanoid, keep their positions; the rest only turn.
    """
    bones = sorted(armature.data.bones, key=lambda b: len(b.parent_recursive))[:MAX_JOINTS]
    names = [b.name for b in bones]
    parents = tuple(names.index(b.parent.name) if b.parent else -1 for b in bones)
    rest_world = np.array(armature.matrix_world, dtype=np.float64)
    rest = rest_world @ np.array([b.matrix_local for b in bones], dtype=np.float64)
    tails = np.array([armature.matrix_world @ b.tail_local for b in bones], dtype=np.float64)
    heads = rest[:, :3, 3]
    offsets = np.array([heads[j] - (heads[p] if p >= 0 else 0.0) for j, p in enumerate(parents)])
    # (F, B, 4, 4) world matrices of the bones at each frame of the clip.
    scene = bpy.context.scene
    poses, now = np.empty((clip.frames, len(names), 4, 4)), scene.frame_current
    for i in range(clip.frames):
        at = clip.start + i * clip.step
        scene.frame_set(int(at // 1), subframe=at % 1)
        world = np.array(armature.matrix_world, dtype=np.float64)
        poses[i] = world @ np.array([armature.pose.bones[name].matrix for name in names], dtype=np.float64)
    scene.frame_set(now)
    channels, values = _channels(poses, rest, parents, [p < 0 or parents[p] < 0 for p in parents])
    return SkeletalMotion(
        names=tuple(name.replace(" ", "_") for name in names),
        parents=parents,
        offsets=offsets @ _Y_UP.T * _CENTIMETRES,
        ends=(tails - heads) @ _Y_UP.T * _CENTIMETRES,
        channels=channels,
        frame_time=1.0 / clip.fps,
        values=values,
    )


def _channels(
    poses: Array, rest: Array, parents: Sequence[int], free: Sequence[bool]
) -> tuple[tuple[tuple[str, ...], ...], Array]:
    """Channel names of each joint and their values (F, C): turns are relative to rest and parent, in ZXY order."""
    turns = _rotation(poses) @ _rotation(rest).transpose(0, 2, 1)
    turns = _Y_UP @ turns @ _Y_UP.T
    heads = poses[:, :, :3, 3] @ _Y_UP.T * _CENTIMETRES
    names, columns = [], []
    for j, parent in enumerate(parents):
        before = turns[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), (len(poses), 3, 3))
        local = before.transpose(0, 2, 1) @ turns[:, j]
        channel: tuple[str, ...] = ("Zrotation", "Xrotation", "Yrotation")
        if free[j]:
            channel = ("Xposition", "Yposition", "Zposition", *channel)
            columns.append(np.einsum("fji,fj->fi", before, heads[:, j] - (heads[:, parent] if parent >= 0 else 0.0)))
        angles = [Matrix(m).to_euler("YXZ") for m in local]
        columns.append(np.degrees([[e.z, e.x, e.y] for e in angles]))
        names.append(channel)
    return tuple(names), np.concatenate(columns, axis=1)


def _rotation(matrices: Array) -> Array:
    """The rotations of (..., 4, 4) matrices, without their scales."""
    u, _, v = np.linalg.svd(matrices[..., :3, :3])
    return np.asarray(u @ v)

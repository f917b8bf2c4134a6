"""The clips of the armatures of a file, each baked into the motion of a skeleton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np

from dsia_gen.blender.characters.imports import Opened
from dsia_gen.blender.compat import slot_curves, use_action, used_slot
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, euler_zxy
from dsia_gen.motion.skeletal_motion import MAX_FRAMES, MAX_JOINTS, SkeletalMotion

_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64)
_CENTIMETRES = 100.0
_SAYS_NOTHING = {"", "baselayer", "layer0", "action", "anim", "animation"}
"""Parts of the names of actions that importers add."""
FREE = 1e-3
"""Share of a skeleton's size by which a joint moves in the axes of its parent before it keeps positions of its own."""


@dataclass(frozen=True)
class ArmatureClip:
    """A clip of an armature: `frames` at `fps`; its keys lie from `start` on, `step` of the scene's frames apart.

    `drivers` are the action and slot of the armature and of the objects that it hangs from.
    """

    name: str
    armature: bpy.types.Object
    frames: int
    fps: float
    start: float
    step: float
    drivers: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def clips_of(opened: Opened) -> list[ArmatureClip]:
    """All clips of the armatures of a file, by name of the action; one of one frame is a pose.

    The rate is the spacing of the keys: files state their keys in seconds, and the scene's own rate means nothing.
    Sparse keys are sampled at the scene's rate.
    """
    armatures = [o for o in opened.objects if o.type == "ARMATURE" and o.data.bones]
    found = [(armature, action, slot) for armature in armatures for action, slot in _actions(armature, armatures)]
    moving = {armature.name for armature, _, _ in found}
    clips = []
    for armature, action, slot in sorted(found, key=lambda item: (item[0].name, item[1].name)):
        # Frames of the scene; times closer than a thousandth are one.
        keys = [key.co.x for curve in slot_curves(action, slot) for key in curve.keyframe_points]
        times = np.unique(np.round(keys, 3))
        if not len(times):
            continue
        step = max(float(np.median(np.diff(times))), opened.fps / 1000.0) if len(times) > 1 else 1.0
        step = step if step <= 2.0 else 1.0
        frames = round((times[-1] - times[0]) / step) + 1
        if frames > MAX_FRAMES:
            raise AssetError(f"the clip {action.name!r} has {frames:,} frames, more than {MAX_FRAMES:,}; cut it")
        name = _clip_name(action.name, armature.name)
        name = f"{armature.name} {name}".strip() if len(moving) > 1 else name
        drivers = {armature.name: (action, slot)}
        above = armature.parent
        while above is not None:
            drivers[above.name] = next(((a, s) for a, s in _named(above) if a == action), (None, None))
            above = above.parent
        clips.append(ArmatureClip(name, armature, frames, round(opened.fps / step, 3), float(times[0]), step, drivers))
    return clips


def _actions(armature: bpy.types.Object, armatures: Sequence[bpy.types.Object]) -> Iterator[tuple[Any, Any]]:
    """Actions, with their slots, that move bones of an armature and are not of another one."""
    bones = {f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]' for bone in armature.data.bones}
    own = set(_used(armature))
    for action in bpy.data.actions:
        best, most = None, 0
        for slot in action.slots:
            driven = {curve.data_path.rsplit(".", 1)[0] for curve in slot_curves(action, slot)}
            count = len(driven & bones)
            if count > most and (len(armatures) == 1 or _fits(action, slot, armature, armatures, own)):
                best, most = slot, count
        if best is not None:
            yield action, best


def _used(armature: bpy.types.Object) -> Iterator[str]:
    """Names of the actions that a file assigns to an armature."""
    data = armature.animation_data
    if data is not None:
        if data.action is not None:
            yield data.action.name
        yield from (strip.action.name for track in data.nla_tracks for strip in track.strips if strip.action)


def _fits(
    action: Any, slot: Any, armature: bpy.types.Object, armatures: Sequence[bpy.types.Object], own: set[str]
) -> bool:
    """Whether an action is meant for this armature of several with the same bones."""
    names = {item.name for item in armatures}
    for meant in (slot.name_display, action.name.split("|")[0]):
        if meant in names:
            return bool(meant == armature.name)
    others = {name for item in armatures if item is not armature for name in _used(item)}
    return action.name in own or action.name not in others


def _named(item: bpy.types.Object) -> Iterator[tuple[Any, Any]]:
    """Actions that have a slot for an object by its name, and the one that it uses."""
    for action in bpy.data.actions:
        for slot in action.slots:
            if slot.name_display == item.name:
                yield action, slot
    data = item.animation_data
    slot = used_slot(data)
    if slot is not None:
        yield data.action, slot


def _clip_name(action: str, armature: str) -> str:
    """The name that the user gave, without what importers put around it."""
    parts = [part.strip() for part in action.split("|")]
    told = [p for p in parts if p != armature and p.lower() not in _SAYS_NOTHING]
    return "|".join(dict.fromkeys(told))


def bake(clip: ArmatureClip) -> SkeletalMotion:
    """The world motion of an armature in centimetres, Y up, whose rest pose is the armature's own.

    Joints that move in the axes of their parent keep their positions; the rest only turn.
    """
    armature = clip.armature
    bones = sorted(armature.data.bones, key=lambda b: len(b.parent_recursive))[:MAX_JOINTS]
    names = [b.name for b in bones]
    parents = tuple(names.index(b.parent.name) if b.parent else -1 for b in bones)
    for name, (action, slot) in clip.drivers.items():
        use_action(bpy.data.objects[name], action, slot)
    bpy.context.view_layer.update()
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
    channels, values = _channels(poses, rest, parents)
    return SkeletalMotion(
        names=tuple(name.replace(" ", "_") for name in names),
        parents=parents,
        offsets=offsets @ _Y_UP.T * _CENTIMETRES,
        ends=(tails - heads) @ _Y_UP.T * _CENTIMETRES,
        channels=channels,
        frame_time=1.0 / clip.fps,
        values=values,
    )


def _channels(poses: Array, rest: Array, parents: Sequence[int]) -> tuple[tuple[tuple[str, ...], ...], Array]:
    """Channel names of each joint and their values (F, C): turns are relative to rest and parent, in ZXY order."""
    turns = _rotation(poses) @ _rotation(rest).transpose(0, 2, 1)
    turns = _Y_UP @ turns @ _Y_UP.T
    heads = poses[:, :, :3, 3] @ _Y_UP.T * _CENTIMETRES
    size = float(np.ptp(heads, axis=1).max())
    names, columns = [], []
    for j, parent in enumerate(parents):
        before = turns[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), (len(poses), 3, 3))
        place = np.einsum("fji,fj->fi", before, heads[:, j] - (heads[:, parent] if parent >= 0 else 0.0))
        resting = (rest[j, :3, 3] - (rest[parent, :3, 3] if parent >= 0 else 0.0)) @ _Y_UP.T * _CENTIMETRES
        channel: tuple[str, ...] = ("Zrotation", "Xrotation", "Yrotation")
        if parent < 0 or np.abs(place - resting).max() > FREE * size:
            channel = ("Xposition", "Yposition", "Zposition", *channel)
            columns.append(place)
        columns.append(euler_zxy(before.transpose(0, 2, 1) @ turns[:, j]))
        names.append(channel)
    return tuple(names), np.concatenate(columns, axis=1)


def _rotation(matrices: Array) -> Array:
    """The rotations of (..., 4, 4) matrices without their scales; a mirrored one turns its first axis back."""
    turns = matrices[..., :3, :3].copy()
    turns[..., 0] *= np.sign(np.linalg.det(turns))[..., None]
    u, _, v = np.linalg.svd(turns)
    return np.asarray(u @ v)

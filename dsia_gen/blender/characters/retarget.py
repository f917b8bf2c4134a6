"""Humanoid motion onto any armature: world-space rotation deltas, hips in leg lengths, feet on the floor."""

from __future__ import annotations

import math

import bpy
import numpy as np

from dsia_gen.blender.characters.feet import plant_feet
from dsia_gen.blender.characters.target import Target, read_target
from dsia_gen.core.rotations import Array, about, continuous, quaternion, rotation_matrix, shortest_rotation
from dsia_gen.motion.skeleton import LIMBS, PARENTS
from dsia_gen.spec.motion import HumanoidMotion

_FLOOR_WINDOW = 12
"""Frames to each side in which a foot is expected to touch the floor once; longer flights are brought down."""

FLIGHT = 0.025
"""Metres above the floor from which on a figure is taken to fly; at twice that it certainly does."""
DRIFT = 0.006
"""Metres a frame by which the lift that standing takes may change."""


def animate_humanoid(root: bpy.types.Object, motion: HumanoidMotion, times: int) -> None:
    """Key the armature `root` with a humanoid motion on frames 0 .. times - 1, and place it in the world.

    Limbs point where the source's point; trunk, head and feet turn by the source's deltas (see `world_deltas`). The
    hips follow in the target's leg lengths, lifted by a smooth offset so that the lowest evaluated vertex stands on
    the floor. After the last row of the motion its pose is held. Raises AssetError for a skeleton without legs.
    """
    target = read_target(root)
    rows = np.minimum(np.arange(times), len(motion.hips) - 1)
    deltas = world_deltas(target, motion)[rows]
    hips = np.array(motion.hips, dtype=np.float64)[rows] * target.leg_length
    if motion.stands:
        deltas, hips = plant_feet(target, deltas, hips, np.array(motion.stands)[rows])
    basis, location = pose_channels(target, deltas, hips)
    _place(root, motion)
    _prepare(root)
    _key_rotations(root, target, basis)
    _key_location(root, target, location)
    lift = floor_offset(_lowest_points(root, times))
    bone = target.rest[target.joints["Hips"], :3, :3]
    # What the hips hang from is not driven, so a lift in the armature's axes needs only the bone's own rest turn.
    _key_location(root, target, location + np.outer(lift, [0.0, 0.0, 1.0]) @ bone)


def world_deltas(target: Target, motion: HumanoidMotion) -> Array:
    """(T, B, 3, 3) world rotation of every bone from its rest, NaN for bones that the motion does not drive.

    A limb (upper and lower arm or leg) is first turned onto the source's rest direction by the smallest rotation, a
    hand together with its forearm. A foot is turned about the vertical only: both soles are flat in rest. Trunk,
    collar bones and head keep their rest: in both skeletons they stand upright.
    """
    source = {joint: i for i, joint in enumerate(motion.joints)}
    turns = rotation_matrix(np.array(motion.rotations, dtype=np.float64))
    directions = np.array(motion.rest_directions, dtype=np.float64)
    deltas = np.full((len(turns), len(target.bones), 3, 3), np.nan)
    corrections: dict[str, Array] = {}
    for joint, bone in target.joints.items():
        if joint not in source:
            continue
        direction = target.direction(joint)
        corrections[joint] = _correction(joint, direction, directions[source[joint]], corrections)
        deltas[:, bone] = turns[:, source[joint]] @ corrections[joint]
    return deltas


def _correction(joint: str, target: Array | None, source: Array, done: dict[str, Array]) -> Array:
    """(3, 3) rotation of a target's rest limb onto the source's."""
    if joint in LIMBS and target is not None:
        return shortest_rotation(target, source)
    if joint.endswith("Foot") and target is not None:
        return _heading_change(target, source)
    if joint.endswith(("Hand", "ToeBase")):
        return done.get(PARENTS[joint] or "", np.eye(3))
    return np.eye(3)


def _heading_change(a: Array, b: Array) -> Array:
    angle = math.atan2(b[1], b[0]) - math.atan2(a[1], a[0])
    return about("z", float(np.degrees((angle + np.pi) % (2 * np.pi) - np.pi)))


def pose_channels(target: Target, deltas: Array, hips: Array) -> tuple[Array, Array]:
    """Rotations (T, B, 3, 3) of each bone relative to its rest and parent, and locations (T, 3) of the hips' bone.

    Bones that are not driven keep their rest pose relative to their parent. `hips` (T, 3) is the middle of the hip
    joints in the armature's axes.
    """
    world = target.turns(deltas)
    rest = target.rest[:, :3, :3]
    before = np.stack(
        [world[:, p] if p >= 0 else np.broadcast_to(np.eye(3), world[:, 0].shape) for p in target.parents], 1
    )
    # A delta D turns the rest matrix R into D R; the parent's own delta is taken off again.
    basis = rest.transpose(0, 2, 1) @ before.transpose(0, 1, 3, 2) @ world @ rest
    bone = target.joints["Hips"]
    return basis, (target.hips_head(world, hips) - target.head("Hips")) @ target.rest[bone, :3, :3]


def _place(root: bpy.types.Object, motion: HumanoidMotion) -> None:
    root.rotation_mode = "XYZ"
    root.location = motion.position
    root.rotation_euler = (0.0, 0.0, motion.yaw)


def _prepare(root: bpy.types.Object) -> None:
    """Rest pose, a new action, and bones that follow their parents in the ordinary way."""
    root.animation_data_clear()
    for bone in root.data.bones:
        bone.use_inherit_rotation = True
        bone.use_local_location = True
        bone.inherit_scale = "FULL"
    for pose in root.pose.bones:
        pose.matrix_basis.identity()
        pose.rotation_mode = "QUATERNION"
        while pose.constraints:
            pose.constraints.remove(pose.constraints[0])


def _key_rotations(root: bpy.types.Object, target: Target, basis: Array) -> None:
    for b, name in enumerate(target.bones):
        if b not in target.joints.values():
            continue
        turns = continuous(quaternion(basis[:, b]))
        pose = root.pose.bones[name]
        for frame, turn in enumerate(turns.tolist()):
            pose.rotation_quaternion = turn
            pose.keyframe_insert("rotation_quaternion", frame=frame)


def _key_location(root: bpy.types.Object, target: Target, location: Array) -> None:
    pose = root.pose.bones[target.bones[target.joints["Hips"]]]
    for frame, place in enumerate(location.tolist()):
        pose.location = place
        pose.keyframe_insert("location", frame=frame)


def _lowest_points(root: bpy.types.Object, times: int) -> Array:
    """(T,) height above the root of the lowest evaluated vertex of the meshes that hang from it."""
    scene = bpy.context.scene
    before = scene.frame_current
    meshes = [o for o in root.children_recursive if o.type == "MESH" and not o.hide_render]
    low = np.zeros(times)
    try:
        for frame in range(times):
            scene.frame_set(frame)
            graph = bpy.context.evaluated_depsgraph_get()
            low[frame] = min((_lowest(o.evaluated_get(graph)) for o in meshes), default=0.0)
    finally:
        scene.frame_set(before)
    return low - root.location.z


def _lowest(item: bpy.types.Object) -> float:
    block = item.data
    points = np.empty(len(block.vertices) * 3, dtype=np.float32)
    block.vertices.foreach_get("co", points)
    matrix = np.array(item.matrix_world, dtype=np.float64)
    return float((points.reshape(-1, 3) @ matrix[2, :3]).min() + matrix[2, 3]) if len(points) else np.inf


def floor_offset(low: Array) -> Array:
    """(T,) smooth lift that puts the lowest points (T,), metres, on the floor wherever the figure stands.

    What standing takes around a time is the highest lift needed nearby, less DRIFT for every frame between. Moments
    that are within FLIGHT of it stand too and are followed; higher ones are jumps and stay jumps. The result is
    smoothed over about a tenth of a second, so that nothing jitters, at the price of some millimetres.
    """
    needed = -np.asarray(low, dtype=np.float64)
    away = np.abs(np.arange(-_FLOOR_WINDOW, _FLOOR_WINDOW + 1))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(needed, _FLOOR_WINDOW, mode="edge"), len(away))
    standing = np.max(around - DRIFT * away, axis=1)
    flight = np.clip((standing - needed) / FLIGHT - 1.0, 0.0, 1.0)
    followed = needed + (standing - needed) * flight * flight * (3 - 2 * flight)
    soft = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
    return np.convolve(np.pad(followed, 5, mode="edge"), soft / soft.sum(), mode="valid")

"""Humanoid motion keyed onto an armature of Blender: retargeted, and standing on the floor."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from dsia_gen.blender.characters.plain_skin import plain_skin
from dsia_gen.blender.characters.rig import joints_of
from dsia_gen.blender.mesh_objects import mesh_array
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, continuous, quaternion
from dsia_gen.motion.retarget import TargetSkeleton, floor_offset, keep_foot_contact, pose_channels, world_deltas
from dsia_gen.motion.skeleton import REQUIRED
from dsia_gen.procedural.mesh import on_lattice
from dsia_gen.spec.motion import HumanoidMotion


def read_target(root: bpy.types.Object) -> TargetSkeleton:
    """The skeleton of an armature object. Raises AssetError when it lacks joints of a humanoid."""
    order = sorted(root.data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [b.name for b in order]
    parents = [names.index(b.parent.name) if b.parent else -1 for b in order]
    rest = np.array([b.matrix_local for b in order], dtype=np.float64)
    joints = {joint: names.index(bone) for joint, bone in joints_of(root).items()}
    missing = [j for j in REQUIRED if j not in joints]
    if missing:
        raise AssetError(
            f"{root.name}: no bone for {', '.join(missing)} among {', '.join(names[:12])}...; use a humanoid's skeleton"
        )
    return TargetSkeleton(tuple(names), tuple(parents), rest, joints)


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
        deltas, hips = keep_foot_contact(target, deltas, hips, np.array(motion.stands)[rows])
    basis, location = pose_channels(target, deltas, hips)
    root.rotation_mode = "XYZ"
    root.location = motion.position
    root.rotation_euler = (0.0, 0.0, motion.yaw)
    # Rest pose, a new action, and bones that inherit from their parents in the ordinary way.
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
    for b, name in enumerate(target.bones):
        if b not in target.joints.values():
            continue
        turns = continuous(quaternion(basis[:, b]))
        pose = root.pose.bones[name]
        for frame, turn in enumerate(turns.tolist()):
            pose.rotation_quaternion = turn
            pose.keyframe_insert("rotation_quaternion", frame=frame)
    _key_location(root, target, location)
    lift = floor_offset(lowest_points(root, target, deltas, hips))
    rest_turn = target.rest[target.joints["Hips"], :3, :3]
    # What the hips hang from is not driven, so a lift in the armature's axes needs only the bone's own rest turn.
    _key_location(root, target, location + np.outer(lift, [0.0, 0.0, 1.0]) @ rest_turn)


def _key_location(root: bpy.types.Object, target: TargetSkeleton, location: Array) -> None:
    pose = root.pose.bones[target.bones[target.joints["Hips"]]]
    for frame, place in enumerate(location.tolist()):
        pose.location = place
        pose.keyframe_insert("location", frame=frame)


def lowest_points(root: bpy.types.Object, target: TargetSkeleton, deltas: Array, hips: Array) -> Array:
    """(T,) height above the root of the lowest vertex of the meshes that hang from it; 0 without meshes.

    `root` is keyed with what the deltas (T, B, 3, 3) and `hips` (T, 3) of `target` say. Plain skins are computed; where
    there is another mesh, Blender evaluates all, with everything that the scene holds, which takes far longer.
    """
    shown = [o for o in root.children_recursive if o.type == "MESH" and not o.hide_render and len(o.data.vertices)]
    skins = [plain_skin(item, root, target.bones) for item in shown]
    if not shown or root.parent is not None or root.constraints or None in skins:
        return _evaluated_lowest(root, shown, len(deltas))
    up = np.array([0.0, 0.0, root.scale[2]])  # a turn about Z, which the root may have, leaves heights alone
    lows = [target.skinned(deltas, hips, skin.points, skin.weights, up).min(axis=1) for skin in skins if skin]
    return on_lattice(np.min(lows, axis=0))


def _evaluated_lowest(root: bpy.types.Object, shown: Sequence[bpy.types.Object], times: int) -> Array:
    """The same of meshes of any kind, as Blender evaluates them."""
    scene = bpy.context.scene
    before = scene.frame_current
    low = np.zeros(times)
    try:
        for frame in range(times):
            scene.frame_set(frame)
            graph = bpy.context.evaluated_depsgraph_get()
            heights = []
            for item in shown:
                evaluated = item.evaluated_get(graph)
                points = mesh_array(evaluated.data.vertices, "co", 3, np.float32)
                matrix = np.array(evaluated.matrix_world, dtype=np.float64)
                heights.append(float((points @ matrix[2, :3]).min() + matrix[2, 3]) if len(points) else np.inf)
            low[frame] = min(heights, default=0.0)
    finally:
        scene.frame_set(before)
    return low - root.location.z

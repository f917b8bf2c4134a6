"""Figures of retargeting: how far limbs are from their source, and how far standing feet slide.

`python -m tests.blender.characters.figures FOLDER` prints the table of docs/assets.md for the files of a
folder with `characters/` and `motions/`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import bpy
import numpy as np

from dsia_gen.blender.characters import animate_humanoid, build_character
from dsia_gen.blender.characters.animate_humanoid import read_target
from dsia_gen.blender.characters.imports import evaluated_points, open_file
from dsia_gen.core.rotations import Array, about, rotation_matrix, unit
from dsia_gen.motion.humanoid import canonical_clip, to_motion
from dsia_gen.motion.readers import MOTION_READERS, read_motion
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import CHILD, LIMBS
from dsia_gen.spec.asset import CharacterFile, ParametricCharacter
from dsia_gen.spec.motion import HumanoidMotion
from tests.blender.characters.people import asset, empty, outfit, posed_joints

FPS = 30.0


def limb_errors(root: bpy.types.Object, motion: HumanoidMotion, frames: Sequence[int]) -> Array:
    """Degrees between source and target limbs in the world, (frames, limbs)."""
    target = read_target(root)
    names = {j: target.bones[b] for j, b in target.joints.items()}
    turns, rest = rotation_matrix(np.array(motion.rotations)), np.array(motion.rest_directions)
    yaw = about("z", np.degrees(motion.yaw))
    limbs = [j for j in LIMBS if j in target.joints and CHILD[j] in target.joints and j in motion.joints]
    errors = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        joints = posed_joints(root, names)
        for joint in limbs:
            j = motion.joints.index(joint)
            wanted = yaw @ turns[frame, j] @ rest[j]
            along = unit(joints[CHILD[joint]] - joints[joint])
            errors.append(np.degrees(np.arccos(np.clip(along @ wanted, -1, 1))))
    return np.array(errors).reshape(len(frames), len(limbs))


def planted_steps(root: bpy.types.Object, frames: Iterable[int]) -> Array:
    """Metres that vertices move level in a frame while they are within 4 mm of the lowest point of standing feet."""
    steps, before = [], None
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        points = evaluated_points(root.children_recursive)
        low = points[:, 2].min()
        planted = points[:, 2] < min(low, 0.008) + 0.004
        if before is not None:
            both = planted & before[1]
            if both.any():
                steps.append(np.median(np.linalg.norm((points - before[0])[both, :2], axis=1)))
        before = (points, planted)
    return np.array(steps)


def feet_vertices(root: bpy.types.Object) -> list[Array]:
    """Of the left and of the right foot: indices into `evaluated_points` of what foot and toes move most."""
    target = read_target(root)
    sides = []
    for side in ("Left", "Right"):
        bones = {target.bones[target.joints[side + p]] for p in ("Foot", "ToeBase") if side + p in target.joints}
        mine, offset = [], 0
        for item in (o for o in root.children_recursive if o.type == "MESH"):
            names = {g.index: g.name for g in item.vertex_groups}
            for vertex in item.data.vertices:
                best = max(vertex.groups, key=lambda g: g.weight, default=None)
                if best is not None and names[best.group] in bones:
                    mine.append(offset + vertex.index)
            offset += len(item.data.vertices)
        sides.append(np.array(mine, dtype=int))
    return sides


def slides(root: bpy.types.Object, motion: HumanoidMotion, frames: Sequence[int]) -> tuple[Array, Array]:
    """Metres a frame that planted feet slide, and metres above the floor of the lowest point of each.

    A foot is planted where its source stands in this frame and the one before, and it is within 3 cm of the floor (when
    hands or head bear a figure, its feet are not). What slides is its sole: the vertices within 8 mm of the foot's
    lowest in both frames, in the median. Heights are given wherever the source stands.
    """
    feet = feet_vertices(root)
    steps, heights, before = [], [], None
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        points = evaluated_points(root.children_recursive)
        now = [points[f] for f in feet]
        if before is not None:
            for k in (0, 1):
                if motion.stands[frame][k] and motion.stands[frame - 1][k]:
                    a, b = before[k], now[k]
                    sole = (a[:, 2] < a[:, 2].min() + 0.008) & (b[:, 2] < b[:, 2].min() + 0.008)
                    move = np.linalg.norm((b - a)[:, :2], axis=1)
                    if b[:, 2].min() < 0.03:
                        steps.append(np.median(move[sole]) if sole.any() else move.min())
                    heights.append(b[:, 2].min())
        before = now
    return np.array(steps), np.array(heights)


def lowest(root: bpy.types.Object, frames: Iterable[int]) -> Array:
    """Metres above the floor of the lowest vertex of each frame."""
    low = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        low.append(evaluated_points(root.children_recursive)[:, 2].min())
    return np.array(low)


CHARACTERS = (
    "parametric", "sintel_ue.glb", "valid_Asian_F_1_Casual.glb", "CesiumMan.glb", "rocketbox_Male_Adult_08.fbx",
)  # fmt: skip
FRAMES = 75


def characters(folder: Path, names: Iterable[str] = CHARACTERS) -> Iterable[tuple[str, bpy.types.Object]]:
    """Each character of `folder` in an empty scene of its own."""
    for name in names:
        empty()
        path = folder / name
        if name == "parametric":
            shape = ParametricCharacter(outfit=outfit())
        else:
            shape = CharacterFile(file=asset(path), height=1.7, missing_textures="plain")
        yield name, build_character(shape, lambda _, path=path: path, "figure")


def recording(path: Path) -> SkeletalMotion:
    """A motion file of any kind; what Blender has to read is baked as `assets import` does it."""
    if path.suffix[1:] in MOTION_READERS:
        return read_motion(path)
    from dsia_gen.blender.importing.armature_clips import bake, clips_of

    return bake(clips_of(open_file(path, path.parent, animation=True))[0])


def middle(bvh: SkeletalMotion, name: str) -> HumanoidMotion:
    """FRAMES frames at 30 fps from the middle of a clip, or all of a shorter one."""
    frames = min(FRAMES, int(bvh.duration * FPS))
    clip = canonical_clip(bvh, FPS, frames=frames, start=(bvh.duration - frames / FPS) / 2, name=name)
    return to_motion(clip, (0.0, 0.0, 0.0))


def measure(root: bpy.types.Object, motion: HumanoidMotion) -> tuple[float, float, float, float]:
    """Mean degrees between limbs; median and greatest slide of planted feet; 95th percentile of how far off the floor
    their lowest point is (metres)."""
    frames = range(len(motion.hips))
    animate_humanoid(root, motion, len(frames))
    steps, heights = slides(root, motion, frames)
    angle = float(limb_errors(root, motion, frames[::3]).mean())
    return angle, float(np.median(steps)), float(steps.max()), float(np.quantile(np.abs(heights), 0.95))


def main(folder: Path) -> None:
    paths = [p for p in sorted((folder / "motions").rglob("*")) if p.suffix in (".bvh", ".amc", ".fbx")]
    empty()
    motions = [middle(recording(path), path.stem) for path in paths]
    table: dict[str, list[str]] = {motion.clip: [] for motion in motions}
    for _, root in characters(folder / "characters"):
        for motion in motions:
            angle, usual, most, off = measure(root, motion)
            table[motion.clip].append(f"{angle:.1f} / {100 * usual:.2f} / {100 * most:.2f} / {100 * off:.1f}")
    rows = [["clip", *(Path(name).stem for name in CHARACTERS)], ["---"] * (len(CHARACTERS) + 1)]
    rows += [[clip, *cells] for clip, cells in table.items()]
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.blender.characters.figures", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with characters/ and motions/")
    main(parser.parse_args().folder)
    sys.stdout.flush()
    os._exit(0)

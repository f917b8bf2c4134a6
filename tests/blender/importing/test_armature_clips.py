"""All clips of a file: every action of every armature, baked as it plays, with its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.characters import animate_humanoid  # noqa: E402
from dsia_gen.blender.characters.imports import Opened, open_file  # noqa: E402
from dsia_gen.blender.importing.armature_clips import bake, clips_of  # noqa: E402
from dsia_gen.blender.importing.measure import measure  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.core.rotations import rotation_matrix  # noqa: E402
from dsia_gen.motion.bvh import read_bvh  # noqa: E402
from dsia_gen.motion.gaits import gait_motion  # noqa: E402
from dsia_gen.motion.humanoid import canonical_clip, to_motion  # noqa: E402
from dsia_gen.spec.asset import BodyShape  # noqa: E402
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured  # noqa: E402
from tests.blender.characters.people import empty, stick_figure  # noqa: E402

pytestmark = pytest.mark.blender
EXPORTERS: dict[str, Callable[[str], object]] = {
    ".glb": lambda path: bpy.ops.export_scene.gltf(filepath=path, export_animation_mode="ACTIONS"),
    ".fbx": lambda path: bpy.ops.export_scene.fbx(
        filepath=path, bake_anim_use_all_actions=True, bake_anim_use_nla_strips=False, add_leaf_bones=False
    ),
    ".blend": lambda path: bpy.ops.wm.save_as_mainfile(filepath=path),
}
SWINGS = {"Nod": 0.3, "Walk fast": 0.6, "Wave": 1.2}
"""Names of clips, and the radians by which the left arm swings in them."""


def take(path: Path, **stated) -> Measured:
    file = ImportFile(path=path.name, reader="mesh", **stated)
    request = ImportRequest(folder=str(path.parent), out=str(path.parent), files=(file,), pixels=32, samples=1)
    return measure(request, file, path.parent / "0.png")


def swinging(path: Path, figures: tuple[str, ...] = ("figure",), mesh: bool = True) -> Path:
    """Figures with an action for each of SWINGS, of 12 frames at 24 a second, and a pose."""
    empty()
    bpy.context.scene.render.fps = 24
    for number, name in enumerate(figures):
        root = stick_figure(name, "mixamorig:")
        root.location = (2.0 * number, 0.0, 0.0)
        if not mesh:
            bpy.data.objects.remove(root.children[0])
        arm = root.pose.bones["mixamorig:LeftArm"]
        arm.rotation_mode = "XYZ"
        root.animation_data_create()
        for clip, swing in {**SWINGS, "T pose": 0.0}.items():
            action = bpy.data.actions.new(clip if len(figures) == 1 else f"{name}|{clip}")
            action.use_fake_user = True
            root.animation_data.action = action
            for frame in range(1, 13 if swing else 2):
                arm.rotation_euler = ((swing + 0.1 * number) * (frame - 1) / 11, 0, 0)
                arm.keyframe_insert("rotation_euler", frame=frame)
            if len(figures) > 1:
                root.animation_data.nla_tracks.new().strips.new(action.name, 1, action)
    EXPORTERS[path.suffix](str(path))
    empty()
    return path


def swing_of(path: Path) -> float:
    """Radians between the left upper arm at the start and the end of a BVH."""
    motion = read_bvh(path)
    arm = [motion.names.index(n) for n in motion.names if n.endswith(("LeftArm", "LeftForeArm"))]
    places = motion.world_poses()[0][:, arm]
    along = places[:, 1] - places[:, 0]
    along /= np.linalg.norm(along, axis=1)[:, None]
    return float(np.arccos(np.clip(along[0] @ along[-1], -1, 1)))


@pytest.mark.parametrize("suffix", EXPORTERS)
def test_each_action_is_a_clip(tmp_path: Path, suffix: str) -> None:
    found = take(swinging(tmp_path / f"a{suffix}"), kind="motion")
    assert [clip.name for clip in found.clips] == sorted(SWINGS)
    for clip in found.clips:
        assert clip.frames == 12 and clip.fps == pytest.approx(24, abs=0.1), clip.name
        # The arm of the figure is along the axis of no rotation: what it swings by is seen in the world.
        assert 0.5 * SWINGS[clip.name] < swing_of(tmp_path / clip.file) < 1.02 * SWINGS[clip.name]
        assert (tmp_path / clip.thumbnail).is_file()
    swings = [swing_of(tmp_path / clip.file) / SWINGS[clip.name] for clip in found.clips]
    np.testing.assert_allclose(swings, swings[0], rtol=0.15)
    assert any("T pose" in note and "pose" in note for note in found.notes)


def test_a_character_keeps_all_its_clips(tmp_path: Path) -> None:
    found = take(swinging(tmp_path / "a.glb"))
    assert found.kind == "character" and [clip.name for clip in found.clips] == sorted(SWINGS)
    assert len({clip.file for clip in found.clips}) == 3 == len({clip.thumbnail for clip in found.clips})
    assert (tmp_path / "0.png").is_file()


@pytest.mark.parametrize("suffix", [".glb", ".blend"])
def test_two_figures_are_told_apart(tmp_path: Path, suffix: str) -> None:
    path = swinging(tmp_path / f"a{suffix}", ("Anna", "Ben"), mesh=False)
    empty()
    opened = open_file(path, path.parent, animation=True)
    clips = {clip.name: bake(clip) for clip in clips_of(opened) if clip.frames > 1}
    wanted = {f"{who} {clip}" for who in ("Anna", "Ben") for clip in SWINGS}
    assert set(clips) == wanted
    # Each plays with its own action: Ben stands two metres aside, and swings a tenth farther.
    for clip, swing in SWINGS.items():
        anna, ben = (canonical_clip(clips[f"{who} {clip}"], 24.0) for who in ("Anna", "Ben"))
        arms = [c.rotations[-1, c.joints.index("LeftArm")] for c in (anna, ben)]
        assert np.abs(arms[0] - arms[1]).max() > 0.01, swing


def test_a_file_of_poses_holds_no_motion(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure", "mixamorig:")
    bpy.data.objects.remove(root.children[0])
    arm = root.pose.bones["mixamorig:LeftArm"]
    for frame in (1, 20):
        arm.keyframe_insert("rotation_quaternion", frame=frame)
    path = tmp_path / "pose.glb"
    EXPORTERS[".glb"](str(path))
    empty()
    with pytest.raises(AssetError, match=r"pose\.glb holds no motion"):
        take(path)


def test_sparse_keys_are_sampled_at_the_rate_of_the_scene(tmp_path: Path) -> None:
    empty()
    bpy.context.scene.render.fps = 24
    root = stick_figure("figure", "mixamorig:")
    bpy.data.objects.remove(root.children[0])
    arm = root.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    for frame in (1, 13, 25):
        arm.rotation_euler = (frame / 20, 0, 0)
        arm.keyframe_insert("rotation_euler", frame=frame)
    path = tmp_path / "sparse.blend"
    EXPORTERS[".blend"](str(path))
    empty()
    (clip,) = take(path, kind="motion").clips
    assert clip.frames == 25 and clip.fps == pytest.approx(24, abs=0.1)


@pytest.mark.parametrize(
    ("scale", "degrees"),
    [((0.01, 0.01, 0.01), (0, 0, 0)), ((1, 1, 1), (-90, 0, 0)), ((-1, 1, 1), (0, 0, 0)), ((-2, 2, 2), (90, 0, 180))],
    ids=["centimetres", "on its back", "mirrored", "mirrored, lying and large"],
)
def test_how_the_armature_lies_does_not_matter(
    scale: tuple[float, float, float], degrees: tuple[float, float, float]
) -> None:
    empty()
    root = stick_figure("figure", "mixamorig:")
    gait = gait_motion("march", BodyShape(), 24.0, 16)
    animate_humanoid(root, to_motion(gait, (0.0, 0.0, 0.0)), 16)
    clips = []
    for factors, turn in (((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), (scale, degrees)):
        root.scale = factors
        root.rotation_euler = np.radians(turn)
        (clip,) = clips_of(Opened([root, *root.children_recursive], 24.0))
        clips.append(canonical_clip(bake(clip), 24.0))
    for joint in ("Hips", "LeftUpLeg", "RightLeg", "LeftForeArm", "Head"):
        a, b = (rotation_matrix(c.rotations[:, c.joints.index(joint)]) for c in clips)
        np.testing.assert_allclose(a, b, atol=0.01, err_msg=joint)
    np.testing.assert_allclose(clips[0].hips, clips[1].hips, atol=0.01)

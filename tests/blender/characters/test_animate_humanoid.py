"""Humanoid motion on armatures: closed forms of deltas, limbs that agree, feet on the floor that stay put."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")


from dsia_gen.blender.characters import animate_humanoid, build_character  # noqa: E402
from dsia_gen.blender.characters.animate_humanoid import _evaluated_lowest, _key_location, lowest_points, read_target  # noqa: E402  # noqa: E402
from dsia_gen.blender.characters.plain_skin import plain_skin  # noqa: E402
from dsia_gen.blender.compat import fcurves  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.core.rotations import about, shortest_rotation, unit  # noqa: E402
from dsia_gen.motion.gait_data import GAITS  # noqa: E402
from dsia_gen.motion.gaits import gait_motion  # noqa: E402
from dsia_gen.motion.humanoid import canonical_clip, load_clip, to_motion  # noqa: E402
from dsia_gen.motion.retarget import pose_channels, world_deltas  # noqa: E402
from dsia_gen.motion.skeleton import CHILD, JOINTS, limb_directions, rest_joints  # noqa: E402
from dsia_gen.spec.asset import BodyShape, CharacterFile, ParametricCharacter  # noqa: E402
from dsia_gen.spec.motion import HumanoidMotion  # noqa: E402
from tests.blender.characters.figures import limb_errors, planted_steps, slides  # noqa: E402
from tests.blender.characters.people import asset, empty, extent, outfit, posed_joints, stick_figure  # noqa: E402
from tests.motion import rewriting  # noqa: E402
from tests.motion.small_bvh import write_bvh  # noqa: E402

pytestmark = pytest.mark.blender
SAME = {j: j for j in JOINTS}
MEAN_ANGLE, SLIDE = 5.5, 0.02
"""Degrees between limbs in the mean, and metres a frame at 30 fps that a planted foot slides at most."""


def rest_motion(times: int = 3, arms_down: float = 0.0, **changes) -> HumanoidMotion:
    """A source that stands in its own rest pose, arms lowered by `arms_down` degrees."""
    directions = limb_directions(rest_joints(BodyShape(), arms_down))
    return HumanoidMotion(
        joints=JOINTS,
        rest_directions=tuple(map(tuple, directions.tolist())),
        rotations=tuple(((1.0, 0.0, 0.0, 0.0),) * len(JOINTS) for _ in range(times)),
        hips=((0.0, 0.0, 1.0),) * times,
        **({"position": (0.0, 0.0, 0.0)} | changes),
    )


def limb(joints: dict, joint: str) -> np.ndarray:
    return unit(joints[CHILD[joint]] - joints[joint])


@pytest.mark.parametrize("target_arms", [0.0, 50.0])
@pytest.mark.parametrize("source_arms", [0.0, 35.0, 90.0])
def test_a_rest_clip_points_the_limbs_where_the_source_rests(source_arms: float, target_arms: float) -> None:
    empty()
    root = stick_figure("figure", arms_down=target_arms)
    motion = rest_motion(arms_down=source_arms)
    animate_humanoid(root, motion, 3)
    assert limb_errors(root, motion, [0, 2]).max() < 0.01
    bpy.context.scene.frame_set(1)
    joints = posed_joints(root, SAME)
    a = np.radians(source_arms)
    np.testing.assert_allclose(limb(joints, "LeftForeArm"), [np.cos(a), 0, -np.sin(a)], atol=1e-4)
    np.testing.assert_allclose(unit(joints["Neck"] - joints["Hips"])[2], 1.0, atol=0.01)


def test_a_quarter_turn_of_all_joints_turns_the_whole() -> None:
    empty()
    root = stick_figure("figure")
    quarter = (float(np.cos(np.pi / 4)), 0.0, 0.0, float(np.sin(np.pi / 4)))
    motion = rest_motion().model_copy(update={"rotations": ((quarter,) * len(JOINTS),) * 3})
    before = posed_joints(root, SAME)
    animate_humanoid(root, motion, 3)
    bpy.context.scene.frame_set(1)
    after = posed_joints(root, SAME)
    turn = about("z", 90.0)
    for joint in JOINTS:
        np.testing.assert_allclose(after[joint], turn @ (before[joint] * [1, 1, 1]), atol=0.006, err_msg=joint)


def test_yaw_and_position_place_the_whole() -> None:
    empty()
    root = stick_figure("figure")
    animate_humanoid(root, rest_motion(position=(2.0, -1.0, 0.5), yaw=np.pi / 2), 2)
    bpy.context.scene.frame_set(0)
    joints = posed_joints(root, SAME)
    hips = (joints["LeftUpLeg"] + joints["RightUpLeg"]) / 2
    np.testing.assert_allclose(hips[:2], [2.0, -1.0], atol=1e-3)
    # It faced -Y; turned by 90 degrees it faces +X, its left at +Y.
    assert joints["LeftToeBase"][0] > hips[0] and joints["LeftHand"][1] > hips[1] + 0.5
    assert extent(root)[0][2] == pytest.approx(0.5, abs=0.003)


def test_hips_travel_in_legs_of_the_target() -> None:
    empty()
    root = stick_figure("figure")
    motion = rest_motion(4).model_copy(update={"hips": tuple((0.1 * t, -0.5 * t, 1.0) for t in range(4))})
    animate_humanoid(root, motion, 4)
    leg = 0.530 * 1.7
    for t in range(4):
        bpy.context.scene.frame_set(t)
        joints = posed_joints(root, SAME)
        middle = (joints["LeftUpLeg"] + joints["RightUpLeg"]) / 2
        np.testing.assert_allclose(middle[:2], [0.1 * t * leg, -0.5 * t * leg], atol=1e-4)


def test_after_the_last_row_the_pose_is_held_and_every_frame_has_a_key() -> None:
    empty()
    root = stick_figure("figure")
    animate_humanoid(root, rest_motion(2), 5)
    curves = [c for c in fcurves(root) if "rotation" in c.data_path]
    assert len(curves) == 4 * len(JOINTS)
    assert all([k.co[0] for k in c.keyframe_points] == [0, 1, 2, 3, 4] for c in curves)


def test_a_new_motion_replaces_the_old_one() -> None:
    empty()
    root = stick_figure("figure")
    body = BodyShape(height=1.7)
    animate_humanoid(root, to_motion(gait_motion("run", body, 24, 6), (0, 0, 0)), 6)
    motion = rest_motion()
    animate_humanoid(root, motion, 3)
    assert limb_errors(root, motion, [0, 2]).max() < 0.01


@pytest.mark.parametrize("change", ["none", "scaled", "volume", "shape key", "apart", "unweighted"])
def test_the_lowest_points_are_those_that_blender_evaluates(change: str) -> None:
    empty()
    root = stick_figure("figure", arms_down=20.0)
    (item,) = root.children
    motion = to_motion(gait_motion("run", BodyShape(height=1.7), 24, 5), (0.3, -0.2, 0.4), 0.6)
    motion = motion.model_copy(update={"stands": ()})  # so that the deltas below are what is keyed
    if change == "scaled":
        root.scale = (1.3,) * 3
    elif change == "volume":
        item.modifiers[0].use_deform_preserve_volume = True
    elif change == "shape key":
        item.shape_key_add(name="rest")
        key = item.shape_key_add(name="long")
        key.data[0].co.z -= 0.5
        key.value = 1.0
    elif change == "apart":
        item.location.z = -0.1
    elif change == "unweighted":
        item.vertex_groups["Hips"].remove(range(len(item.data.vertices)))
    target = read_target(root)
    deltas = world_deltas(target, motion)
    hips = np.array(motion.hips) * target.leg_length
    animate_humanoid(root, motion, 5)
    _key_location(root, target, pose_channels(target, deltas, hips)[1])
    found = lowest_points(root, target, deltas, hips)
    expected = _evaluated_lowest(root, [item], 5)
    assert (plain_skin(item, root, target.bones) is None) == (change not in ("none", "scaled"))
    if change in ("none", "scaled"):
        np.testing.assert_allclose(found, expected, atol=2e-5)
    else:
        np.testing.assert_array_equal(found, expected)


def test_an_armature_without_legs_is_refused() -> None:
    empty()
    bpy.ops.object.armature_add()
    with pytest.raises(AssetError, match="no bone for Hips, LeftUpLeg"):
        animate_humanoid(bpy.context.object, rest_motion(), 3)


@pytest.fixture(scope="module")
def person():
    """A parametric character; each test animates it anew."""
    empty()
    shape = ParametricCharacter(body=BodyShape(height=1.68, shoulders=0.95), outfit=outfit(legs="trousers"))
    return build_character(shape, lambda f: None, "person").name, shape.body


def test_a_person_whose_weights_blend_is_as_low_as_blender_evaluates(person) -> None:
    root = bpy.data.objects[person[0]]
    motion = to_motion(gait_motion("run", person[1], 24, 3), (0.0, 0.0, 0.0)).model_copy(update={"stands": ()})
    target = read_target(root)
    deltas, hips = world_deltas(target, motion), np.array(motion.hips) * target.leg_length
    animate_humanoid(root, motion, 3)
    _key_location(root, target, pose_channels(target, deltas, hips)[1])
    expected = _evaluated_lowest(root, list(root.children), 3)
    np.testing.assert_allclose(lowest_points(root, target, deltas, hips), expected, atol=2e-5)


@pytest.mark.parametrize("name", GAITS)
def test_gaits_on_a_person_stand_on_the_floor(person, name: str) -> None:
    root, body = bpy.data.objects[person[0]], person[1]
    motion = to_motion(gait_motion(name, body, 24, 30, 0.2), (0.0, 0.0, 0.0), 0.7)
    animate_humanoid(root, motion, 30)
    assert limb_errors(root, motion, range(0, 30, 7)).mean() < 0.05
    lows = []
    for frame in range(30):
        bpy.context.scene.frame_set(frame)
        lows.append(extent(root)[0][2])
    assert min(lows) > -0.016
    if name not in ("jog", "run", "jumping_jack"):
        assert max(lows) < 0.016


@pytest.mark.parametrize("name", ["walk", "stroll", "sneak", "dance"])
def test_feet_of_a_person_do_not_slide(person, name: str) -> None:
    root, body = bpy.data.objects[person[0]], person[1]
    animate_humanoid(root, to_motion(gait_motion(name, body, 24, 40), (0.0, 0.0, 0.0)), 40)
    steps = planted_steps(root, range(40))
    assert len(steps) > 20
    # In the frame in which the toes leave the floor they already move.
    assert np.quantile(steps, 0.9) < 0.01 and np.median(steps) < 0.004


def test_a_bvh_on_a_person_agrees_with_its_source(person, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    posed = [
        "Spine",
        "LeftArm",
        "RightArm",
        "LeftForeArm",
        "RightForeArm",
        "LeftUpLeg",
        "RightUpLeg",
        "LeftLeg",
        "Head",
    ]
    frames = [((0, 90, t), {j: tuple(rng.uniform(-35, 35, 3).tolist()) for j in posed}) for t in range(8)]
    motion = to_motion(load_clip(write_bvh(tmp_path / "a.bvh", frames), 24), (1.0, 1.0, 0.0), -0.4)
    root = bpy.data.objects[person[0]]
    animate_humanoid(root, motion.model_copy(update={"stands": ()}), 8)
    assert limb_errors(root, motion, range(8)).max() < 0.05


def test_corrections_are_the_smallest_turns(person) -> None:
    target = read_target(bpy.data.objects[person[0]])
    down = target.direction("LeftArm")
    assert down is not None
    turn = shortest_rotation(down, np.array([1.0, 0.0, 0.0]))
    # From the A pose of the body to a T pose: about the axis from back to front alone.
    np.testing.assert_allclose(turn @ [0, 1, 0], [0, 1, 0], atol=1e-6)


REAL = ["sintel_ue.glb", "valid_Asian_F_1_Casual.glb", "valid_Black_M_2_Busi.glb", "valid_White_M_2_Casual.glb"]


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["cmuconv_02_01_walk", "cmu_02_01_walk", "cmu_05_06_dance"])
@pytest.mark.parametrize("file", REAL)
def test_real_motion_on_real_characters(shared: Path, file: str, clip: str) -> None:
    empty()
    path = shared / "assets" / "characters" / file
    root = build_character(CharacterFile(file=asset(path), height=1.7), lambda f: path, "real")
    motion = to_motion(load_clip(shared / "assets" / "motions" / f"{clip}.bvh", 30, frames=48), (0, 0, 0))
    animate_humanoid(root, motion, 48)
    assert limb_errors(root, motion, range(0, 48, 5)).mean() < MEAN_ANGLE
    steps, heights = slides(root, motion, range(48))
    assert steps.max() < SLIDE
    if "walk" in clip:
        assert np.abs(heights).max() < 0.02
        bpy.context.scene.frame_set(20)
        low, high = extent(root)
        assert abs(low[2]) < 0.02 and 1.5 < high[2] < 1.8


@pytest.mark.shared
def test_real_motion_on_a_person(shared: Path, person) -> None:
    root = bpy.data.objects.get(person[0])
    if root is None:
        empty()
        root = build_character(ParametricCharacter(outfit=outfit()), lambda f: None, "person")
    motion = to_motion(load_clip(shared / "assets" / "motions" / "cmu_05_06_dance.bvh", 30, frames=40), (0, 0, 0))
    animate_humanoid(root, motion, 40)
    assert limb_errors(root, motion, range(0, 40, 4)).mean() < MEAN_ANGLE


@pytest.mark.parametrize("without", [("LeftToeBase", "RightToeBase"), ("Spine1", "Neck", "LeftHand"), ("LeftForeArm",)])
@pytest.mark.parametrize("character", ["figure", "person"])
def test_joints_that_a_clip_does_not_drive_follow_their_parents(character: str, without: tuple[str, ...]) -> None:
    empty()
    body = BodyShape()
    clip = canonical_clip(rewriting.person(gait_motion("march", body, 24.0, 8), body, without), 24.0)
    if character == "figure":
        root = stick_figure("figure")
    else:
        root = build_character(ParametricCharacter(outfit=outfit()), lambda file: Path(), "person")
    motion = to_motion(clip, (0.0, 0.0, 0.0))
    animate_humanoid(root, motion, 8)
    target = read_target(root)
    for frame in (0, 4, 7):
        bpy.context.scene.frame_set(frame)
        matrices = np.array([root.pose.bones[name].matrix for name in target.bones])
        assert np.isfinite(matrices).all()
        for joint in set(target.joints) - set(motion.joints):
            bone = target.joints[joint]
            assert np.allclose(np.array(root.pose.bones[target.bones[bone]].matrix_basis)[:3, :3], np.eye(3), atol=1e-5)
    assert np.isfinite(extent(root)).all()

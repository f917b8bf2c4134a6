"""Figures as files hold them: fallen, mirrored, several at once, with loose feet, in another pose, without names."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.characters import build_character  # noqa: E402
from dsia_gen.blender.characters.animate_humanoid import animate_humanoid, read_target  # noqa: E402
from dsia_gen.blender.importing.measure import measure  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.motion.gaits import gait_motion  # noqa: E402
from dsia_gen.motion.humanoid import to_motion  # noqa: E402
from dsia_gen.motion.skeleton import CHILD, JOINTS  # noqa: E402
from dsia_gen.spec.asset import BodyShape, CharacterFile  # noqa: E402
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured  # noqa: E402
from tests.blender.characters.people import asset, empty, export_glb, extent, stick_figure, textured  # noqa: E402

pytestmark = pytest.mark.blender


def load(path: Path, found: Measured | None = None, **changes: Any) -> Any:
    own = {} if found is None else {"height": found.height, "facing": found.facing, "figure": found.figure}
    fields = {"height": 1.7, "missing_textures": "plain"} | own | changes
    return build_character(CharacterFile(file=asset(path), **fields), lambda f: path, "loaded")


def take(path: Path, **wishes: Any) -> Measured:
    file = ImportFile(path=path.name, reader="mesh", **wishes)
    request = ImportRequest(folder=str(path.parent), out=str(path.parent), files=(file,), pixels=16, samples=1)
    return measure(request, file, path.parent / "thumb.png")


def joints(root: Any) -> dict[str, np.ndarray]:
    target = read_target(root)
    return {joint: target.head(joint) for joint in target.joints}


def figure_file(path: Path, turn: Any = (0.0, 0.0, 0.0), scale: Any = (1.0, 1.0, 1.0), **names: Any) -> Path:
    """A GLB of a stick figure below an object with a transform."""
    empty()
    root = stick_figure("figure", names.get("prefix", ""))
    root.children[0].data.materials.append(textured("cloth", False))
    for k, joint in enumerate(JOINTS if names.get("nameless") else ()):
        root.data.bones[joint].name = f"zz{k}"
    wrapper = bpy.data.objects.new("wrapper", None)
    bpy.context.scene.collection.objects.link(wrapper)
    root.parent = wrapper
    wrapper.rotation_euler = np.radians(turn)
    wrapper.scale = scale
    export_glb(path)
    empty()
    return path


def stands(root: Any) -> None:
    """It is upright on the floor, looks along -Y, and its left is at +X."""
    low, high = extent(root)
    np.testing.assert_allclose([low[2], high[2]], [0.0, 1.7], atol=1e-3)
    at = joints(root)
    assert at["Head"][2] > at["Hips"][2] + 0.4 > at["LeftFoot"][2] + 0.9
    assert at["LeftToeBase"][1] < at["LeftFoot"][1] - 0.05
    assert at["LeftHand"][0] > 0.4 and at["RightHand"][0] < -0.4


@pytest.mark.parametrize(
    ("turn", "scale", "said"),
    [
        ((90, 0, 0), (1, 1, 1), "set upright"),
        ((-90, 0, 40), (1, 1, 1), "set upright"),
        ((180, 0, 0), (1, 1, 1), "set upright"),
        ((0, 90, 0), (1, 1, 1), "set upright"),
        ((0, 0, 33), (1, 1, 1), "turned onto one"),
        ((0, 0, 0), (-1, 1, 1), "mirrored"),
        ((90, 0, 90), (-0.01, -0.01, -0.01), "mirrored"),
    ],
)
def test_a_figure_that_does_not_stand_is_set_upright(tmp_path: Path, turn: Any, scale: Any, said: str) -> None:
    path = figure_file(tmp_path / "a.glb", turn, scale)
    found = take(path)
    assert found.kind == "character" and found.height == pytest.approx(1.7, abs=0.06)
    assert any(said in note for note in found.notes), found.notes
    stands(load(path, found, height=1.7))


def test_a_mirrored_figure_walks_forwards(tmp_path: Path) -> None:
    path = figure_file(tmp_path / "a.glb", scale=(-1, 1, 1))
    root = load(path, take(path))
    clip = gait_motion("walk", BodyShape(height=1.7), 8, 8)
    animate_humanoid(root, to_motion(clip, (0.0, 0.0, 0.0)), 8)
    target = read_target(root)
    bone = root.pose.bones[target.bones[target.joints["Hips"]]]
    places = []
    for frame in (0, 7):
        bpy.context.scene.frame_set(frame)
        places.append(np.array(root.matrix_world @ bone.head))
    assert places[1][1] < places[0][1] - 0.5, "the way that its toes point"


def test_a_skeleton_without_names_is_a_character(tmp_path: Path) -> None:
    path = figure_file(tmp_path / "a.glb", nameless=True)
    found = take(path)
    assert (found.kind, found.skeleton) == ("character", "own")
    stands(load(path, found, height=1.7))


def test_two_figures_are_two_characters(tmp_path: Path) -> None:
    empty()
    for name, place, scale in (("Ann", -3.0, 1.0), ("Ben", 2.0, 1.1)):
        root = stick_figure(name)
        root.children[0].data.materials.append(textured("cloth", False))
        root.location.x, root.scale = place, (scale,) * 3
    path = export_glb(tmp_path / "two.glb")
    found = take(path)
    (other,) = found.others
    assert {found.name, other.name} == {"Ann", "Ben"} and (found.figure, other.figure) == (1, 2)
    assert sorted((found.height, other.height)) == pytest.approx([1.7, 1.87], abs=0.06)
    assert (tmp_path / other.thumbnail).is_file()
    for one in (found, other):
        empty()
        root = load(path, one, height=1.7)
        assert len([o for o in bpy.data.objects if o.type == "MESH"]) == 1
        stands(root)
    with pytest.raises(AssetError, match="holds 2 figures and no number 3"):
        load(path, figure=3)


def test_clothes_with_an_armature_of_their_own_move_with_the_body(tmp_path: Path) -> None:
    empty()
    for name in ("body", "coat"):
        stick_figure(name).children[0].data.materials.append(textured("cloth", False))
    path = export_glb(tmp_path / "a.glb")
    assert take(path).others == ()
    root = load(path)
    assert len(root.children) == 2
    assert all(m.object == root for o in root.children for m in o.modifiers if m.type == "ARMATURE")


def test_feet_that_hang_from_the_root_move_with_their_shanks(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure")
    root.children[0].data.materials.append(textured("cloth", False))
    bpy.context.view_layer.objects.active = root
    bpy.ops.object.mode_set(mode="EDIT")
    for joint in ("LeftFoot", "RightFoot", "LeftArm"):
        root.data.edit_bones[joint].parent = None
    bpy.ops.object.mode_set(mode="OBJECT")
    path = export_glb(tmp_path / "a.glb")
    empty()
    loaded = load(path)
    animate_humanoid(loaded, to_motion(gait_motion("run", BodyShape(height=1.7), 8, 8), (0.0, 0.0, 0.0)), 8)
    target = read_target(loaded)
    lengths = []
    for frame in range(8):
        bpy.context.scene.frame_set(frame)
        at = {j: np.array(loaded.pose.bones[target.bones[b]].head) for j, b in target.joints.items()}
        lengths.append([np.linalg.norm(at[b] - at[a]) for a, b in CHILD.items() if a in at and b in at])
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], np.shape(lengths)), atol=1e-3)


def edited(path: Path, change: Any, suffix: str = ".glb") -> Path:
    """A copy of a GLB with another document."""
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    document = json.loads(data[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    target = path.with_name(f"{path.stem}_edited{suffix}")
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON")
    target.write_bytes(head + text + rest)
    return target


@pytest.mark.parametrize("seed", range(3))
def test_the_pose_that_nodes_are_stored_in_means_nothing(tmp_path: Path, seed: int) -> None:
    path = figure_file(tmp_path / "a.glb", turn=(0, 0, 90), scale=(0.5, 0.5, 0.5))
    first, rng = take(path), np.random.default_rng(seed)
    wanted = extent(load(path, first))
    places = joints(bpy.data.objects["loaded"])

    def turned(document: dict[str, Any]) -> None:
        for joint in document["skins"][0]["joints"]:
            document["nodes"][joint]["rotation"] = Rotation.random(rng=rng).as_quat().tolist()

    other = edited(path, turned)
    found = take(other)
    assert (found.kind, found.facing) == ("character", first.facing)
    assert found.height == pytest.approx(first.height, abs=1e-3)
    empty()
    np.testing.assert_allclose(extent(load(other, found)), wanted, atol=2e-3)
    for joint, place in joints(bpy.data.objects["loaded"]).items():
        np.testing.assert_allclose(place, places[joint], atol=2e-3)


_CENTRE = {"Hips": "hips", "Spine": "spine", "Spine1": "chest", "Spine2": "upperChest", "Neck": "neck", "Head": "head"}
BONES = _CENTRE | {
    side + joint: side.lower() + bone
    for side in ("Left", "Right")
    for joint, bone in (
        ("Arm", "UpperArm"), ("ForeArm", "LowerArm"), ("Hand", "Hand"), ("UpLeg", "UpperLeg"), ("Leg", "LowerLeg"),
        ("Foot", "Foot"), ("ToeBase", "Toes"),
    )
}  # fmt: skip


@pytest.mark.parametrize("version", [0, 1])
def test_a_vrm_states_its_joints_and_its_terms(tmp_path: Path, version: int) -> None:
    path = figure_file(tmp_path / "a.glb", nameless=True)

    def avatar(document: dict[str, Any]) -> None:
        nodes = {node.get("name"): index for index, node in enumerate(document["nodes"])}
        bones = {bone: nodes[f"zz{JOINTS.index(joint)}"] for joint, bone in BONES.items()}
        # Exactly what it says, even where names and structure would say otherwise.
        bones["leftHand"], bones["leftLowerArm"] = bones["leftLowerArm"], bones["leftUpperArm"]
        del bones["leftUpperArm"]
        if version == 0:
            human = {"humanBones": [{"bone": bone, "node": node} for bone, node in bones.items()]}
            meta = {"author": "A. Maker", "allowedUserName": "Everyone", "licenseName": "Redistribution_Prohibited"}
            document["extensions"] = {"VRM": {"meta": meta, "humanoid": human}}
        else:
            human = {"humanBones": {bone: {"node": node} for bone, node in bones.items()}}
            meta = {"authors": ["A. Maker"], "avatarPermission": "everyone", "modification": "prohibited"}
            document["extensions"] = {"VRMC_vrm": {"meta": meta, "humanoid": human}}

    found = take(edited(path, avatar, ".vrm"))
    assert found.kind == "character" and found.attribution == "A. Maker" and found.licence.startswith("VRM: ")
    assert found.redistribution == "no" and found.training == ("unknown" if version == 0 else "no")
    assert any("redistribution is prohibited" in note for note in found.notes)
    root = load(tmp_path / "a_edited.vrm", found)
    assert dict(root["dsia_gen_joints"])["LeftHand"] == f"zz{JOINTS.index('LeftForeArm')}"


def test_a_refusal_names_the_joints_that_are_missing(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure")
    root.children[0].data.materials.append(textured("cloth", False))
    bpy.context.view_layer.objects.active = root
    bpy.ops.object.mode_set(mode="EDIT")
    for joint in [j for j in JOINTS if j.startswith("Right") or j.endswith(("Leg", "Foot", "ToeBase"))]:
        root.data.edit_bones.remove(root.data.edit_bones[joint])
    bpy.ops.object.mode_set(mode="OBJECT")
    path = export_glb(tmp_path / "a.glb")
    empty()
    with pytest.raises(AssetError, match=r"no humanoid skeleton: .* has no bone for .*RightFoot"):
        take(path, kind="character")
    assert take(path).kind == "object"


def test_a_height_that_no_figure_has_is_refused(tmp_path: Path) -> None:
    path = figure_file(tmp_path / "a.glb")
    with pytest.raises(AssetError, match=r"0\.5 to 2\.6 m"):
        take(path, height=4.0)

"""Rigged files: every trap that real exporters set, on files made here and on real ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.characters import build_character  # noqa: E402
from dsia_gen.blender.compat import default_nodes  # noqa: E402
from dsia_gen.blender.material_flags import CUTOUT_IMAGE, CUTOUT_THRESHOLD  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.motion.skeleton import JOINTS  # noqa: E402
from dsia_gen.spec.asset import CharacterFile  # noqa: E402
from tests.blender.characters.people import asset, empty, export_glb, extent, stick_figure, textured  # noqa: E402

pytestmark = pytest.mark.blender


def load(path: Path, **changes):
    character = CharacterFile(file=asset(path), **({"height": 1.8} | changes))
    return build_character(character, lambda f: path, "loaded")


def figure_file(path: Path, *, prefix: str = "mixamorig:", scale: float = 1.0, yaw: float = 0.0, alpha: bool = False,
                **options) -> Path:  # fmt: skip
    """A GLB of a stick figure with everything that does not belong: a camera, a lamp, wrappers, an active action."""
    empty()
    root = stick_figure("figure", prefix)
    item = root.children[0]
    item.data.materials.append(textured("cloth", alpha, options.pop("image", None)))
    wrapper = bpy.data.objects.new("wrapper", None)
    bpy.context.scene.collection.objects.link(wrapper)
    root.parent = wrapper
    wrapper.rotation_euler = (0, 0, yaw)
    wrapper.scale = (scale,) * 3
    wrapper.location = (3.0, 4.0, 0.5)
    for kind, data in (("camera", bpy.data.cameras.new("c")), ("lamp", bpy.data.lights.new("l", "POINT"))):
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(kind, data))
    pose = root.pose.bones[f"{prefix}Spine"]
    for frame, angle in ((1, 0.9), (20, -0.9)):
        pose.rotation_mode = "XYZ"
        pose.rotation_euler = (angle, 0.0, 0.0)
        pose.keyframe_insert("rotation_euler", frame=frame)
    bpy.context.scene.frame_set(1)
    export_glb(path, export_cameras=True, export_lights=True, **options)
    empty()
    return path


@pytest.mark.parametrize(("scale", "yaw", "facing"), [(1.0, 0.0, "-Y"), (0.01, 0.0, "-Y"), (2.5, np.pi / 2, "+X")])
def test_scale_facing_place_and_pose_are_normalised(tmp_path: Path, scale: float, yaw: float, facing: str) -> None:
    root = load(figure_file(tmp_path / "a.glb", scale=scale, yaw=yaw), facing=facing)
    low, high = extent(root)
    np.testing.assert_allclose([low[2], high[2]], [0.0, 1.8], atol=1e-4)
    assert root.matrix_world.is_identity and all(o.matrix_world.is_identity for o in root.children)
    heads = {b.name.split(":")[1]: np.array(b.head_local) for b in root.data.bones if ":" in b.name}
    assert set(JOINTS) <= set(heads)
    np.testing.assert_allclose(heads["Hips"][:2], 0.0, atol=1e-5)
    assert heads["LeftHand"][0] > 0.5 and heads["LeftToeBase"][1] < heads["LeftFoot"][1] - 0.05
    np.testing.assert_allclose(heads["LeftUpLeg"][2], 0.530 * 1.8, rtol=0.03)


def test_only_what_is_rendered_comes_in(tmp_path: Path) -> None:
    scene_before = (bpy.context.scene.render.fps, bpy.context.scene.frame_end)
    root = load(figure_file(tmp_path / "a.glb"))
    kinds = sorted(o.type for o in bpy.data.objects)
    assert kinds == ["ARMATURE", "MESH"]
    assert root.animation_data is None or root.animation_data.action is None
    assert (bpy.context.scene.render.fps, bpy.context.scene.frame_end) == scene_before
    assert "rest_position" in root.children[0].data.attributes


def test_blended_alpha_becomes_a_cut_out(tmp_path: Path) -> None:
    root = load(figure_file(tmp_path / "a.glb", alpha=True))
    material = root.children[0].data.materials[0]
    image = bpy.data.images[material[CUTOUT_IMAGE]]
    assert tuple(image.size) == (8, 8) and material[CUTOUT_THRESHOLD] == pytest.approx(0.5)
    alpha = material.node_tree.nodes["Principled BSDF"].inputs["Alpha"]
    test = alpha.links[0].from_node
    assert test.operation == "GREATER_THAN" and test.inputs[1].default_value == pytest.approx(0.5)
    texture = test.inputs[0].links[0].from_node
    assert texture.image == image and texture.interpolation == "Linear" and texture.extension == "REPEAT"


def masked_file(path: Path, cutoff: float) -> Path:
    """A figure whose glTF material says alphaMode MASK with this cutoff."""
    figure_file(path, alpha=True, format="GLTF_SEPARATE")
    document = json.loads(path.read_text(encoding="utf-8"))
    for material in document["materials"]:
        material.update(alphaMode="MASK", alphaCutoff=cutoff)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_cutoff_of_the_file_is_kept(tmp_path: Path) -> None:
    root = load(masked_file(tmp_path / "a.gltf", 0.3))
    assert root.children[0].data.materials[0][CUTOUT_THRESHOLD] == pytest.approx(0.3)


def test_faces_that_are_transparent_all_over_are_removed(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure")
    item = root.children[0]
    for name, alpha in (("solid", 1.0), ("tear", 0.1)):
        material = bpy.data.materials.new(name)
        default_nodes(material).nodes["Principled BSDF"].inputs["Alpha"].default_value = alpha
        item.data.materials.append(material)
    for face in item.data.polygons[:12]:
        face.material_index = 1
    path = export_glb(tmp_path / "a.glb")
    total = len(item.data.polygons)
    empty()
    loaded = load(path)
    assert sum(len(o.data.polygons) for o in loaded.children) == 2 * (total - 12)


def test_opaque_materials_are_left_alone(tmp_path: Path) -> None:
    root = load(figure_file(tmp_path / "a.glb"))
    assert CUTOUT_IMAGE not in root.children[0].data.materials[0]


def test_a_missing_texture_names_file_and_image(tmp_path: Path) -> None:
    path = figure_file(tmp_path / "a.gltf", image=tmp_path / "cloth.png", format="GLTF_SEPARATE")
    assert load(path) is not None
    for image in tmp_path.glob("*.png"):
        image.unlink()
    empty()
    with pytest.raises(AssetError, match=r"a\.gltf.*(texture|cannot be imported)"):
        load(path)


def test_broken_and_foreign_files_are_refused(tmp_path: Path) -> None:
    empty()
    (tmp_path / "noise.glb").write_bytes(b"glTF" + bytes(range(200)))
    (tmp_path / "scene.blend").write_bytes(b"BLENDER")
    for name, what in (("noise.glb", "cut off"), ("scene.blend", "not a .blend file"), ("absent.glb", "not exist")):
        with pytest.raises(AssetError, match=f"{name}.*{what}"):
            load(tmp_path / name)


def test_a_mesh_without_bones_is_no_character(tmp_path: Path) -> None:
    empty()
    bpy.ops.mesh.primitive_cube_add()
    path = export_glb(tmp_path / "cube.glb")
    empty()
    with pytest.raises(AssetError, match=r"cube\.glb has no mesh that is skinned"):
        load(path)


def test_bones_that_do_not_fit_the_mesh_are_refused(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure")
    for vertex in root.children[0].data.vertices:
        vertex.co *= 0.01
    path = export_glb(tmp_path / "a.glb")
    empty()
    with pytest.raises(AssetError, match="bones do not fit the mesh"):
        load(path)


def test_unknown_bone_names_are_understood_by_their_place(tmp_path: Path) -> None:
    root = load(figure_file(tmp_path / "a.glb", prefix="zzz"))
    heads = {bone.name: np.array(bone.head_local) for bone in root.data.bones}
    assert heads["zzzLeftHand"][0] > 0.5 > heads["zzzHips"][0]


def test_a_skeleton_that_is_no_human_is_refused(tmp_path: Path) -> None:
    """A snake: one chain of bones and a tube."""
    empty()
    bones = bpy.data.armatures.new("snake")
    root = bpy.data.objects.new("snake", bones)
    bpy.context.scene.collection.objects.link(root)
    bpy.context.view_layer.objects.active = root
    bpy.ops.object.mode_set(mode="EDIT")
    before = None
    for k in range(6):
        bone = bones.edit_bones.new(f"segment {k}")
        bone.head, bone.tail, bone.parent = (0.0, 0.3 * k, 0.1), (0.0, 0.3 * k + 0.3, 0.1), before
        before = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.mesh.primitive_cylinder_add(radius=0.1, depth=1.8, location=(0, 0.9, 0.1), rotation=(np.pi / 2, 0, 0))
    tube = bpy.context.object
    tube.parent = root
    for k in range(6):
        tube.vertex_groups.new(name=f"segment {k}").add(list(range(len(tube.data.vertices))), 1 / 6, "REPLACE")
    tube.modifiers.new("bones", "ARMATURE").object = root
    path = export_glb(tmp_path / "a.glb")
    empty()
    with pytest.raises(AssetError, match="no bone for"):
        load(path)


def test_meshes_that_hang_from_a_bone_follow_it(tmp_path: Path) -> None:
    empty()
    root = stick_figure("figure")
    bpy.ops.mesh.primitive_cube_add(size=0.1, location=(0, 0, 1.75))
    hat = bpy.context.object
    hat.parent, hat.parent_type, hat.parent_bone = root, "BONE", "Head"
    bpy.context.view_layer.update()
    hat.matrix_world.translation = (0, 0, 1.75)
    path = export_glb(tmp_path / "a.glb")
    empty()
    loaded = load(path)
    assert len(loaded.children) == 2
    before = extent(loaded)[1][2]
    head = loaded.pose.bones["Head"]
    head.rotation_mode = "XYZ"
    head.rotation_euler = (np.pi / 2, 0, 0)
    assert extent(loaded)[1][2] < before - 0.05


@pytest.mark.shared
@pytest.mark.parametrize(
    "file",
    [
        "sintel_ue.glb",
        "valid_Asian_F_1_Casual.glb",
        "CesiumMan.glb",
        "derived_sintel.blend",
        "negative/valid_White_M_2_Casual_hips_scale_0.01.glb",
    ],
)
def test_real_characters(shared: Path, file: str) -> None:
    empty()
    root = load(shared / "assets" / "characters" / file)
    low, high = extent(root)
    np.testing.assert_allclose([low[2], high[2]], [0.0, 1.8], atol=1e-3)
    assert {o.type for o in bpy.data.objects} == {"ARMATURE", "MESH"}


@pytest.mark.shared
@pytest.mark.parametrize(("file", "what"), [
    ("rocketbox_Female_Adult_01.fbx", "texture.*missing"),
    ("negative/valid_Asian_F_1_Casual_meshopt_raw.glb", "meshopt"),
    ("negative/m2m_human_dance_missing_library_b50.blend", "links the library"),
])  # fmt: skip
def test_real_files_that_cannot_be_used(shared: Path, file: str, what: str) -> None:
    empty()
    path = shared / "assets" / "characters" / file
    with pytest.raises(AssetError, match=f"{path.name}.*{what}"):
        load(path)

"""What a file shows comes in, in every format: textures or none, colours, nothing hidden, any coordinates."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.assets.importing.linked_files import CopiedFiles  # noqa: E402
from dsia_gen.blender.characters.imported_textures import meshes, texture_nodes, used_materials  # noqa: E402
from dsia_gen.blender.characters.imports import evaluated_points, load_objects, open_file  # noqa: E402
from dsia_gen.blender.compat import default_nodes  # noqa: E402
from dsia_gen.blender.mesh_objects import mesh_array  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from tests.blender.characters.people import empty  # noqa: E402
from tests.blender.importing.model_files import (  # noqa: E402
    FACES,
    SIZE,
    TEXTURED,
    UV,
    box,
    box_object,
    glb,
    gltf_document,
    usda_text,
)

pytestmark = pytest.mark.blender


def paint(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (200, 40, 30)).save(path, format="PNG")
    return path


def load(path: Path, fence: Path, textures: str = "error") -> list[bpy.types.Object]:
    empty()
    return load_objects(path, fence, textures)


def pictures(objects: list[bpy.types.Object]) -> list[str]:
    """Names of the pictures that a render would read; each of them has its pixels."""
    found = []
    for material in used_materials(objects):
        for node in texture_nodes(material):
            assert node.image is not None and node.image.size[0] == 4 and node.image.has_data
            found.append(node.image.name)
    return found


def box_size(objects: list[bpy.types.Object]) -> np.ndarray:
    return np.ptp(evaluated_points(objects), axis=0)


# --- textures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", TEXTURED)
def test_a_picture_that_is_not_there_is_named_and_never_magenta(tmp_path: Path, suffix: str) -> None:
    path = box(tmp_path / f"box{suffix}", "tex/gone.png")
    with pytest.raises(AssetError, match=r"box\.\w+: the texture 'gone\.png' of material .* is missing"):
        load(path, tmp_path)
    objects = load(path, tmp_path, "plain")
    assert pictures(objects) == [] and box_size(objects) == pytest.approx(SIZE)
    # A picture of that name beside it is found, whatever the case of its letters.
    paint(tmp_path / "textures" / "Gone.PNG")
    assert len(pictures(load(path, tmp_path))) == 1


@pytest.mark.parametrize("suffix", TEXTURED)
def test_what_is_read_is_copied_and_the_copies_are_enough(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "in"
    path = box(folder / "models" / f"box{suffix}", "C:/Users/me/wood.png" if suffix != ".fbx" else "wood.png")
    paint(folder / "models" / "maps" / "wood.png")
    paint(folder / "models" / "unused.png")
    copies = CopiedFiles(folder, f"models/box{suffix}", tmp_path / "copies")
    empty()
    open_file(copies.model, copies.fence, linked=copies)
    assert "models/maps/wood.png" in copies.parts and "models/unused.png" not in copies.parts
    for name in (f"models/box{suffix}", *copies.parts):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, tmp_path / "out" / name)
    shutil.rmtree(folder)
    shutil.rmtree(tmp_path / "copies")
    assert len(pictures(load(tmp_path / "out" / path.relative_to(folder), tmp_path / "out"))) == 1


@pytest.mark.parametrize("suffix", TEXTURED)
def test_a_link_that_leads_outside_is_not_read(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "assets"
    path = box(folder / f"box{suffix}", "link.png")
    (folder / "link.png").symlink_to(paint(tmp_path / "secret.png"))
    with pytest.raises(AssetError, match=r"link\.png.* (is missing|lies outside)"):
        load(path, folder)
    assert all(not (image.has_data and image.size[0] == 4) for image in bpy.data.images)


def test_an_empty_texture_node_is_missing_and_an_unused_one_is_not(tmp_path: Path) -> None:
    empty()
    item = box_object()
    material = bpy.data.materials.new("m")
    tree = default_nodes(material)
    tree.nodes.new("ShaderNodeTexImage").label = "unused"
    group = bpy.data.node_groups.new("inner", "ShaderNodeTree")
    group.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    node = group.nodes.new("ShaderNodeTexImage")
    node.label = "wood"
    group.links.new(node.outputs["Color"], group.nodes.new("NodeGroupOutput").inputs[0])
    holder = tree.nodes.new("ShaderNodeGroup")
    holder.node_tree = group
    tree.links.new(holder.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    item.data.materials.append(material)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    with pytest.raises(AssetError, match="the texture 'image of wood' of material 'm' is missing"):
        load(tmp_path / "a.blend", tmp_path)
    assert pictures(load(tmp_path / "a.blend", tmp_path, "plain")) == []


def test_a_gltf_whose_texture_has_only_a_format_that_cannot_be_read(tmp_path: Path) -> None:
    document = gltf_document("t.ktx2", (0, 0, 0))
    document["textures"] = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    (tmp_path / "a.gltf").write_text(json.dumps(document))
    (tmp_path / "t.ktx2").write_bytes(b"\xabKTX 20")
    with pytest.raises(AssetError, match=r"'t\.ktx2' of material 'm' is missing"):
        load(tmp_path / "a.gltf", tmp_path)
    paint(tmp_path / "t.png")
    assert len(pictures(load(tmp_path / "a.gltf", tmp_path))) == 1


def test_a_model_of_which_nothing_would_be_seen_is_refused(tmp_path: Path) -> None:
    box(tmp_path / "a.obj", "x.png")
    (tmp_path / "a.mtl").write_text("newmtl m\nd 0.0\n")
    with pytest.raises(AssetError, match="all 6 faces are transparent"):
        load(tmp_path / "a.obj", tmp_path)


def test_a_usd_material_of_materialx_is_read_by_its_images(tmp_path: Path) -> None:
    text = usda_text("wood.png", (0, 0, 0))
    a, b = text.index("    token outputs:surface.connect"), text.index('    def Shader "r"')
    network = """    token outputs:mtlx:surface.connect = </root/m/surface.outputs:out>
    def Shader "surface" {
      uniform token info:id = "ND_standard_surface_surfaceshader"
      color3f inputs:base_color.connect = </root/m/image.outputs:out>
      float inputs:specular_roughness = 0.25
      float inputs:metalness = 1.0
      token outputs:out
    }
    def Shader "image" {
      uniform token info:id = "ND_image_color3"
      asset inputs:file = @wood.png@
      color3f outputs:out
    }
"""
    (tmp_path / "a.usda").write_text(text[:a] + network + text[b:])
    paint(tmp_path / "wood.png")
    objects = load(tmp_path / "a.usda", tmp_path)
    assert len(pictures(objects)) == 1
    (shader,) = [n for m in used_materials(objects) for n in m.node_tree.nodes if "Principled" in n.bl_idname]
    assert shader.inputs["Roughness"].default_value == pytest.approx(0.25)
    assert shader.inputs["Metallic"].default_value == pytest.approx(1.0)


def test_a_tiled_picture_is_its_tiles(tmp_path: Path) -> None:
    path = box(tmp_path / "a.usda", "wood.<UDIM>.png")
    with pytest.raises(AssetError, match=r"wood\.<UDIM>\.png.* is missing"):
        load(path, tmp_path)
    paint(tmp_path / "wood.1001.png")
    assert len(used_materials(load(path, tmp_path))) == 1


# --- visibility ---------------------------------------------------------------------------------------------------


def test_a_blend_shows_what_its_render_would(tmp_path: Path) -> None:
    empty()
    box_object("seen")
    for name, change in (
        ("collection excluded", lambda layer: setattr(layer, "exclude", True)),
        ("collection not rendered", lambda layer: setattr(layer.collection, "hide_render", True)),
        ("collection held out", lambda layer: setattr(layer, "holdout", True)),
    ):
        collection = bpy.data.collections.new(name)
        bpy.context.scene.collection.children.link(collection)
        item = box_object(name, (9, 0, 0))
        bpy.context.scene.collection.objects.unlink(item)
        collection.objects.link(item)
        change(bpy.context.view_layer.layer_collection.children[name])
    box_object("object not rendered", (9, 0, 0)).hide_render = True
    box_object("not seen by the camera", (9, 0, 0)).visible_camera = False
    box_object("shown in the viewport only by a flag", (0, 0, 0)).hide_viewport = True
    other = bpy.data.scenes.new("another scene")
    item = box_object("elsewhere", (50, 0, 0))
    bpy.context.scene.collection.objects.unlink(item)
    other.collection.objects.link(item)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    objects = load(tmp_path / "a.blend", tmp_path)
    assert "seen" in {item.name for item in objects} and box_size(objects) == pytest.approx(SIZE)


@pytest.mark.parametrize("binary", [False, True])
def test_a_gltf_shows_its_default_scene(tmp_path: Path, binary: bool) -> None:
    document = gltf_document(None, (0, 0, 0))
    document["nodes"] = [
        {"mesh": 0, "translation": [50, 0, 0]},
        {"mesh": 0, "children": [2, 3]},
        {"mesh": 0, "translation": [0, 20, 0], "extensions": {"KHR_node_visibility": {"visible": False}}},
        {"mesh": 0, "name": "UCX_box", "translation": [7, 0, 0]},
        {"mesh": 0, "translation": [0, 0, 80]},
    ]
    document["scenes"], document["scene"] = [{"nodes": [0]}, {"nodes": [1]}], 1
    path = tmp_path / ("a.glb" if binary else "a.gltf")
    if binary:
        glb(path, document)
    else:
        path.write_text(json.dumps(document))
    empty()
    opened = open_file(path, tmp_path)
    assert len(meshes(opened.objects)) == 1 and box_size(opened.objects) == pytest.approx(SIZE)
    assert opened.notes == ("1 mesh left out: shapes for collisions",)


def test_a_usd_shows_what_is_visible(tmp_path: Path) -> None:
    hidden = usda_text(None, (9, 0, 0)).split('def Xform "root" {')[1].replace('"box"', '"hidden"').rsplit("}", 1)[0]
    hidden = hidden.replace("uniform token sub", 'token visibility = "invisible"\n    uniform token sub')
    text = usda_text(None, (0, 0, 0)).rstrip().removesuffix("}") + hidden + "}\n"
    (tmp_path / "a.usda").write_text(text)
    assert box_size(load(tmp_path / "a.usda", tmp_path)) == pytest.approx(SIZE)


# --- colours ------------------------------------------------------------------------------------------------------


def coloured(path: Path) -> Path:
    """The box with corners red at the floor and blue at the top, without a material."""
    box(path)
    text = path.read_text()
    if path.suffix == ".obj":
        rows = [f"{r} {'1 0 0' if r.endswith(' 0.000000') else '0 0 1'}" if r.startswith("v ") else r
                for r in text.splitlines()]  # fmt: skip
        path.write_text("\n".join(rows) + "\n")
    elif path.suffix == ".ply":
        head, body = text.split("element face", 1)
        names = "".join(f"property uchar {c}\n" for c in ("red", "green", "blue"))
        rest, rows = body.split("end_header\n")
        lines = rows.splitlines()
        lines[:8] = [f"{r} {'255 0 0' if r.endswith(' 0.000000') else '0 0 255'}" for r in lines[:8]]
        path.write_text(f"{head}{names}element face{rest}end_header\n" + "\n".join(lines) + "\n")
    else:
        colours = ", ".join("(1, 0, 0)" if k % 2 == 0 else "(0, 0, 1)" for k in range(8))
        extra = f'color3f[] primvars:displayColor = [{colours}] (interpolation = "vertex")'
        path.write_text(usda_text(None, (0, 0, 0), extra))
    return path


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".usda"])
def test_colours_of_vertices_are_shown(tmp_path: Path, suffix: str) -> None:
    (item,) = meshes(load(coloured(tmp_path / f"a{suffix}"), tmp_path))
    (material,) = used_materials([item])
    (shader,) = [n for n in material.node_tree.nodes if n.bl_idname == "ShaderNodeBsdfPrincipled"]
    node = shader.inputs["Base Color"].links[0].from_node
    assert node.bl_idname == "ShaderNodeVertexColor"
    layer = item.data.color_attributes[node.layer_name]
    colours = mesh_array(layer.data, "color", 4, np.float32)[:, :3]
    owner = np.arange(8) if layer.domain == "POINT" else mesh_array(item.data.loops, "vertex_index")
    low = mesh_array(item.data.vertices, "co", 3, np.float32)[owner, 2] < 1.5
    np.testing.assert_allclose(colours, np.where(low[:, None], [1, 0, 0], [0, 0, 1]), atol=0.01)


@pytest.mark.parametrize("form", ["ascii", "<", ">"])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_ply_keeps_texture_coordinates_at_the_corners_of_its_faces(tmp_path: Path, form: str, mixed: bool) -> None:
    path = box(tmp_path / "a.ply", "wood.png")
    paint(tmp_path / "wood.png")
    faces = [*FACES[:-1], FACES[-1][:3]] if mixed else [*FACES]
    if form != "ascii":
        text = path.read_text()
        kind = "binary_little_endian" if form == "<" else "binary_big_endian"
        head = text.split("end_header\n")[0].replace("ascii", kind) + "end_header\n"
        points = np.array([r.split() for r in text.split("end_header\n")[1].splitlines()[:8]], dtype=form + "f8")
        rows = b""
        for face in faces:
            uv = [value for pair in UV[: len(face)] for value in pair]
            rows += struct.pack(f"{form}B{len(face)}iB{len(uv)}f", len(face), *face, len(uv), *uv)
        path.write_bytes(head.encode() + points.tobytes() + rows)
    elif mixed:
        lines = path.read_text().splitlines()
        lines[-1] = "3 " + " ".join(map(str, faces[-1])) + " 6 " + " ".join(f"{u} {v}" for u, v in UV[:3])
        path.write_text("\n".join(lines) + "\n")
    (item,) = meshes(load(path, tmp_path))
    uv = mesh_array(item.data.uv_layers.active.uv, "vector", 2, np.float32)
    np.testing.assert_allclose(uv, np.concatenate([np.array(UV)[: len(face)] for face in faces]))
    assert pictures([item]) == ["wood.png"]


# --- coordinates --------------------------------------------------------------------------------------------------

MAP = (500_000.25, 4_649_776.5, 120.0)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".gltf", ".usda", ".blend", ".fbx"])
def test_map_coordinates_do_not_make_a_shape_ragged(tmp_path: Path, suffix: str) -> None:
    here = load(box(tmp_path / f"here{suffix}"), tmp_path)
    expected = evaluated_points(here)
    empty()
    opened = open_file(box(tmp_path / f"far{suffix}", at=MAP), tmp_path)
    assert any("units from its origin" in note for note in opened.notes)
    points = evaluated_points(opened.objects)
    np.testing.assert_allclose(points - points.min(axis=0), expected - expected.min(axis=0), atol=2e-4)


def test_a_shape_that_its_file_has_spoilt_is_refused(tmp_path: Path) -> None:
    triangles = np.concatenate([[[0, 1, 3], [0, 3, 2]], [[4, 6, 7], [4, 7, 5]]])
    far = np.array(MAP) + np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 3)])
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *far[list(t)].ravel(), 0) for t in triangles)
    (tmp_path / "a.stl").write_bytes(b"binary".ljust(80) + struct.pack("<I", len(triangles)) + rows)
    with pytest.raises(AssetError, match=r"a\.stl lies 4,649,77\d units from its origin.*the shape is spoilt"):
        load(tmp_path / "a.stl", tmp_path)


@pytest.mark.parametrize("slots", [0, 1, 2])
def test_what_has_no_material_is_the_same_grey_on_every_blender(tmp_path: Path, slots: int) -> None:
    empty()
    item = box_object()
    for number in range(slots):
        item.data.materials.append(bpy.data.materials.new("own") if number else None)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    (loaded,) = meshes(load(tmp_path / "a.blend", tmp_path))
    assert [slot.material.name for slot in loaded.material_slots] == ["no material", "own"][: max(slots, 1)]
    grey = next(n for n in loaded.data.materials[0].node_tree.nodes if n.bl_idname == "ShaderNodeBsdfDiffuse")
    np.testing.assert_allclose(grey.inputs["Color"].default_value, [0.8, 0.8, 0.8, 1.0], atol=1e-6)
    assert grey.inputs["Roughness"].default_value == 0.0

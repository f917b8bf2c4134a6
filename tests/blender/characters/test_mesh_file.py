"""Objects from files: axes, scale, floor, textures that must be found, textures that are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.characters.imports import evaluated_points  # noqa: E402
from dsia_gen.blender.characters.mesh_file import build_mesh_file  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.spec.asset import MeshFile  # noqa: E402
from dsia_gen.spec.asset_file import AssetFile  # noqa: E402
from tests.blender.characters.people import empty, export_glb, textured  # noqa: E402

pytestmark = pytest.mark.blender

# A box 1 x 2 x 3 in the file's axes whose corner is at (5, 5, 5), with a textured face.
BOX = """mtllib model.mtl
{vertices}
vt 0 0
vt 1 0
vt 1 1
vt 0 1
usemtl paint
f 1/1 2/2 4/3 3/4
f 5/1 7/2 8/3 6/4
f 1/1 5/2 6/3 2/4
f 3/1 4/2 8/3 7/4
f 1/1 3/2 7/3 5/4
f 2/1 6/2 8/3 4/4
"""


def box_file(folder: Path, texture: Path | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    corners = [(5 + x, 5 + 2 * y, 5 + 3 * z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    (folder / "model.obj").write_text(BOX.format(vertices="\n".join("v {} {} {}".format(*c) for c in corners)))
    (folder / "model.mtl").write_text("newmtl paint\nKd 1 1 1\nmap_Kd texture.png\n")
    if texture is not None:
        texture.parent.mkdir(parents=True, exist_ok=True)
        empty()
        textured("paint", False, texture)
    empty()
    return folder / "model.obj"


def load(path: Path, **changes):
    """The model of an asset folder that begins one folder up."""
    file = AssetFile(root="user", path=f"{path.parent.name}/{path.name}", sha256="")
    return build_mesh_file(MeshFile(file=file, **changes), path, "thing")


def size(item) -> tuple[np.ndarray, np.ndarray]:
    points = evaluated_points([item])
    return points.min(axis=0), points.max(axis=0)


@pytest.mark.parametrize(("changes", "extent"), [
    ({"up": "Z"}, (1, 2, 3)),
    ({"up": "Y"}, (1, 3, 2)),
    ({"up": "Z", "scale": 0.1}, (0.1, 0.2, 0.3)),
    ({"up": "Z", "facing": "+X"}, (2, 1, 3)),
])  # fmt: skip
def test_axes_scale_and_floor(tmp_path: Path, changes: dict, extent: tuple[float, float, float]) -> None:
    item = load(box_file(tmp_path, tmp_path / "texture.png"), **changes)
    low, high = size(item)
    np.testing.assert_allclose(high - low, extent, atol=1e-5)
    np.testing.assert_allclose([*(low + high)[:2], low[2]], 0.0, atol=1e-5)
    assert item.matrix_world.is_identity and item.name == "thing"
    assert "rest_position" in item.data.attributes


@pytest.mark.parametrize("where", ["meshes/texture.png", "materials/textures/texture.png", "textures/texture.png"])
def test_textures_are_found_where_scans_keep_them(tmp_path: Path, where: str) -> None:
    item = load(box_file(tmp_path / "meshes", tmp_path / where), up="Z")
    images = [n.image for n in item.data.materials[0].node_tree.nodes if n.bl_idname == "ShaderNodeTexImage"]
    assert [tuple(i.size) for i in images] == [(8, 8)]


def test_a_missing_texture_names_file_and_image(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"model\.obj: the texture .*texture\.png.* of material 'paint' is missing"):
        load(box_file(tmp_path, None))


def test_all_parts_of_a_scene_become_one_mesh(tmp_path: Path) -> None:
    empty()
    for x in (0.0, 4.0):
        bpy.ops.mesh.primitive_cube_add(size=2, location=(x, 0, 0))
    parent, child = bpy.context.scene.objects
    child.parent = parent
    parent.scale = (0.5, 0.5, 0.5)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("camera", bpy.data.cameras.new("c")))
    path = export_glb(tmp_path / "two.glb", export_cameras=True)
    empty()
    item = load(path)
    assert [o.type for o in bpy.data.objects] == ["MESH"]
    low, high = size(item)
    np.testing.assert_allclose(high - low, (3, 1, 1), atol=1e-5)
    np.testing.assert_allclose([*(low + high)[:2], low[2]], 0.0, atol=1e-5)


def test_a_mirrored_part_keeps_its_faces_outwards(tmp_path: Path) -> None:
    empty()
    bpy.ops.mesh.primitive_uv_sphere_add()
    bpy.context.object.scale = (-1, 1, 1)
    path = export_glb(tmp_path / "mirrored.glb")
    empty()
    item = load(path)
    centre = evaluated_points([item]).mean(axis=0)
    outward = [np.dot(p.normal, np.array(p.center) - centre) for p in item.data.polygons]
    assert min(outward) > 0


@pytest.mark.parametrize("suffix", [".ply", ".stl"])
def test_other_formats(tmp_path: Path, suffix: str) -> None:
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2, location=(0, 0, 7))
    path = tmp_path / f"cube{suffix}"
    getattr(bpy.ops.wm, f"{suffix[1:]}_export")(filepath=str(path), forward_axis="Y", up_axis="Z")
    empty()
    low, high = size(load(path, up="Z"))
    np.testing.assert_allclose([low, high], [[-1, -1, 0], [1, 1, 2]], atol=1e-5)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    empty()
    (tmp_path / "a.xyz").write_text("")
    (tmp_path / "empty.obj").write_text("v 0 0 0\n")
    for name, what in (
        ("a.xyz", "known: .blend"),
        ("absent.obj", "does not exist"),
        ("empty.obj", "no mesh with faces"),
    ):
        with pytest.raises(AssetError, match=f"{name}.*{what}"):
            load(tmp_path / name)


@pytest.mark.shared
def test_real_scans(shared: Path) -> None:
    files = sorted((shared / "assets" / "objects" / "gso").rglob("*.obj"))
    assert files
    for path in files[:4]:
        empty()
        file = AssetFile(root="user", path="/".join(path.parts[-3:]), sha256="")
        low, high = size(build_mesh_file(MeshFile(file=file, up="Z"), path, "thing"))
        assert low[2] == pytest.approx(0.0, abs=1e-6) and 0.01 < (high - low).max() < 1.0

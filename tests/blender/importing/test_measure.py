"""Files of every kind, made here, opened and measured by the import; what a thumbnail shows is what a scene gets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.importing.measure import measure  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.core.rotations import rotation_matrix  # noqa: E402
from dsia_gen.motion.bvh import read_bvh  # noqa: E402
from dsia_gen.motion.bvh_writer import write_bvh  # noqa: E402
from dsia_gen.motion.humanoid import canonical_clip  # noqa: E402
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured, Reader  # noqa: E402
from tests.blender.characters.people import empty, export_glb, stick_figure, textured  # noqa: E402
from tests.blender.characters.test_mesh_file import box_file  # noqa: E402
from tests.motion.small_bvh import bvh_text  # noqa: E402

pytestmark = pytest.mark.blender


def take(path: Path, reader: Reader = "mesh", folder: Path | None = None, **wishes: object) -> Measured:
    folder = folder or path.parent
    file = ImportFile(path=path.relative_to(folder).as_posix(), reader=reader, **wishes)
    thumbnail = path.parent / "thumb.png"
    request = ImportRequest(folder=str(folder), out=str(path.parent), files=(file,), pixels=32, samples=1)
    found = measure(request, file, thumbnail)
    with Image.open(thumbnail) as picture:
        assert max(picture.size) == 32 and np.asarray(picture.convert("L")).std() > 2
    return found


def cubes(folder: Path, name: str) -> Path:
    """A cube of 2 x 2 x 2 m, standing 5 m up, as a file of this kind."""
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2, location=(3, 4, 6))
    path = folder / name
    if path.suffix in (".obj", ".ply", ".stl"):
        getattr(bpy.ops.wm, f"{path.suffix[1:]}_export")(filepath=str(path), forward_axis="Y", up_axis="Z")
    elif path.suffix.startswith(".usd"):
        bpy.ops.wm.usd_export(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(path))
    elif path.suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
    else:
        export_glb(path, format="GLB" if path.suffix == ".glb" else "GLTF_SEPARATE")
    empty()
    return path


@pytest.mark.parametrize(
    "suffix", [".obj", ".ply", ".stl", ".usda", ".usdc", ".usdz", ".fbx", ".blend", ".glb", ".gltf"]
)
def test_every_format_comes_in_at_its_size(tmp_path: Path, suffix: str) -> None:
    found = take(cubes(tmp_path, f"cube{suffix}"), up="Z")
    assert (found.kind, found.triangles) == ("object", 12)
    assert found.size == pytest.approx((2, 2, 2), abs=1e-4) and found.height == pytest.approx(2, abs=1e-4)


def test_an_object_in_centimetres_with_its_textures_elsewhere(tmp_path: Path) -> None:
    path = box_file(tmp_path / "thing" / "meshes", tmp_path / "thing" / "materials" / "textures" / "texture.png")
    lines = [line.split() for line in path.read_text().splitlines()]
    big = [["v", *(str((float(x) - 5) * 30) for x in w[1:])] if w and w[0] == "v" else w for w in lines]
    path.write_text("\n".join(" ".join(w) for w in big) + "\n")
    found = take(path, folder=tmp_path)
    assert (found.up, found.scale, found.missing, found.textures) == ("Z", 0.01, (), 1)
    assert found.size == pytest.approx((0.3, 0.6, 0.9), abs=1e-5)
    assert found.parts == ("thing/materials/textures/texture.png", "thing/meshes/model.mtl")


def test_a_missing_texture_is_told_and_becomes_plain(tmp_path: Path) -> None:
    found = take(box_file(tmp_path, None), up="Z")
    assert found.missing == ("texture.png",)
    with Image.open(tmp_path / "thumb.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    magenta = (pixels[..., 0] > 150) & (pixels[..., 1] < 80) & (pixels[..., 2] > 150)
    assert not magenta.any()


def animated_figure(path: Path, mesh: bool = True, scale: float = 1.0) -> Path:
    """A figure whose left upper arm swings by a radian in 20 frames at 24 fps, which also walks a metre forwards."""
    empty()
    root = stick_figure("figure", "mixamorig:")
    root.children[0].data.materials.append(textured("cloth", False))
    if not mesh:
        bpy.data.objects.remove(root.children[0])
    root.scale = (scale,) * 3
    arm, hips = root.pose.bones["mixamorig:LeftArm"], root.pose.bones["mixamorig:Hips"]
    arm.rotation_mode = "XYZ"
    forwards = np.array(hips.bone.matrix_local)[:3, :3].T @ [0.0, -1.0, 0.0]
    for frame in range(1, 21):
        arm.rotation_euler = (frame / 20, 0, 0)
        arm.keyframe_insert("rotation_euler", frame=frame)
        hips.location = forwards * frame / 20
        hips.keyframe_insert("location", frame=frame)
    bpy.context.scene.render.fps = 24
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 20
    export = {".fbx": lambda: bpy.ops.export_scene.fbx(filepath=str(path), path_mode="COPY", embed_textures=True)}
    export.get(path.suffix, lambda: export_glb(path, export_cameras=True))()
    empty()
    return path


@pytest.mark.parametrize(("name", "scale"), [("a.glb", 1.0), ("a.glb", 0.01), ("a.fbx", 1.0)])
def test_a_character_with_its_clip(tmp_path: Path, name: str, scale: float) -> None:
    found = take(animated_figure(tmp_path / name, scale=scale))
    assert (found.kind, found.skeleton, found.facing) == ("character", "Mixamo", "-Y")
    assert found.height == pytest.approx(1.7, abs=0.05) and found.textures and not found.missing
    (clip,) = found.clips
    assert clip.frames == 20 and clip.fps == pytest.approx(24, abs=0.1)
    moved(tmp_path / clip.file)


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_a_motion_without_a_mesh_becomes_a_bvh(tmp_path: Path, suffix: str) -> None:
    path = animated_figure(tmp_path / f"a{suffix}", mesh=suffix == ".glb")
    found = take(path, **({"kind": "motion"} if suffix == ".glb" else {}))
    assert found.kind == "motion" and [c.file for c in found.clips] == ["thumb.bvh"] and found.bones >= 22
    moved(tmp_path / "thumb.bvh")


def moved(path: Path) -> None:
    """The clip in a BVH is that of `animated_figure`."""
    bvh = read_bvh(path)
    clip = canonical_clip(bvh, 1 / bvh.frame_time)
    arm, hips = (rotation_matrix(clip.rotations[:, clip.joints.index(j)]) for j in ("LeftArm", "Hips"))
    turn = arm[-1] @ arm[0].T
    angle = np.degrees(np.arccos((np.trace(turn) - 1) / 2))
    assert angle == pytest.approx(np.degrees(19 / 20), abs=0.5)
    assert np.abs(hips[-1] - hips[0]).max() < 1e-3
    way = (clip.hips[-1] - clip.hips[0]) * 0.53 * 1.7
    np.testing.assert_allclose(way, [0, -0.95, 0], atol=0.05)


def test_a_bvh_is_written_as_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.bvh").write_text(
        bvh_text([((0, 90, 0), {"Spine": (10, 20, 30)}), ((5, 91, 2), {"LeftLeg": (-40, 0, 5)})])
    )
    first = read_bvh(tmp_path / "a.bvh")
    write_bvh(first, tmp_path / "b.bvh")
    second = read_bvh(tmp_path / "b.bvh")
    assert second.names == first.names
    np.testing.assert_allclose(second.rest_positions(), first.rest_positions(), atol=1e-4)
    for a, b in zip(second.world_poses(), first.world_poses(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_a_bvh_comes_in(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    path.write_text(bvh_text([((0, 90, 2 * i), {}) for i in range(20)], frame_time=1 / 30))
    found = take(path, "motion")
    assert (found.kind, found.frames, found.fps, found.skeleton) == ("motion", 20, 30, "HumanIK")


def write_hdr(path: Path, width: int = 32, height: int = 16) -> Path:
    empty()
    image = bpy.data.images.new("sky", width, height, float_buffer=True)
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[height // 2 :, :, :3] = (2.0, 3.0, 6.0)
    image.pixels.foreach_set(pixels.ravel())
    image.file_format = "HDR" if path.suffix == ".hdr" else "OPEN_EXR"
    image.filepath_raw = str(path)
    image.save()
    return path


@pytest.mark.parametrize("suffix", [".hdr", ".exr"])
def test_an_environment(tmp_path: Path, suffix: str) -> None:
    found = take(write_hdr(tmp_path / f"sky{suffix}"), "hdri")
    assert (found.kind, found.pixels, found.tags[:1]) == ("hdri", (32, 16), ("outdoor",))


def test_an_environment_must_be_equirectangular(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"sky\.hdr has 32 x 32 pixels.*twice as wide"):
        take(write_hdr(tmp_path / "sky.hdr", 32, 32), "hdri")


def test_a_texture_and_a_camera_path(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "wood.png")
    found = take(tmp_path / "wood.png", "texture", size=2.0)
    assert (found.pixels, found.size, found.tags) == ((64, 48), (2.0, 1.5, 0.0), ("wood",))
    (tmp_path / "tum.txt").write_text("".join(f"{t} {t} {t * t} 0 0 0 0 1\n" for t in np.linspace(0, 2, 41)))
    found = take(tmp_path / "tum.txt", "trajectory")
    assert (found.kind, found.frames, found.fps) == ("trajectory", 41, 20)


def test_cameras_and_lights_are_removed_and_told(tmp_path: Path) -> None:
    empty()
    bpy.ops.mesh.primitive_cube_add(size=1)
    for name, data in (("camera", bpy.data.cameras.new("c")), ("lamp", bpy.data.lights.new("l", "POINT"))):
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(name, data))
    path = export_glb(tmp_path / "a.glb", export_cameras=True, export_lights=True)
    empty()
    assert "2 cameras and lights removed" in take(path).notes


def test_what_a_gltf_says_of_its_licence(tmp_path: Path) -> None:
    path = cubes(tmp_path, "a.gltf")
    document = json.loads(path.read_text())
    document["asset"] |= {"extras": {"author": "Ann", "license": "CC-BY-4.0", "source": "https://example.org/1"}}
    path.write_text(json.dumps(document))
    found = take(path)
    assert (found.licence, found.attribution, found.source) == ("CC-BY-4.0", "Ann", "https://example.org/1")
    assert found.parts == ("a.bin",)


def test_the_words_of_the_user_are_not_guessed_over(tmp_path: Path) -> None:
    found = take(cubes(tmp_path, "cube.obj"), up="Y", size=0.5, facing="+X")
    assert (found.up, found.facing) == ("Y", "+X") and found.size == pytest.approx((0.5, 0.5, 0.5))
    with pytest.raises(AssetError, match="no humanoid skeleton"):
        take(cubes(tmp_path, "cube.glb"), kind="character")


@pytest.mark.shared
@pytest.mark.parametrize(("name", "what"), [
    ("characters/negative/m2m_human_dance_missing_library_b50.blend", "links the library"),
    ("characters/negative/valid_Asian_F_1_Casual_meshopt_raw.glb", "EXT_meshopt_compression"),
])  # fmt: skip
def test_real_files_that_cannot_be_used(shared: Path, tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(AssetError, match=f"{Path(name).name}.*{what}"):
        real(shared, tmp_path, name)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "size"), [
    ("characters/negative/valid_White_M_2_Casual_hips_scale_0.01.glb", 1.82),
    ("characters/rocketbox_Male_Adult_08.fbx", 1.83),
    ("characters/derived_sintel.blend", 1.7), ("objects/fuel/Chair/Chair.obj", 1.0),
    ("objects/gso/Rubbermaid_Large_Drainer/meshes/model.obj", 0.45),
])  # fmt: skip
def test_real_files_come_in_at_their_size(shared: Path, tmp_path: Path, name: str, size: float) -> None:
    found = real(shared, tmp_path, name)
    assert found.size is not None and max(found.size[2], 0 if found.kind == "character" else max(found.size)) == (
        pytest.approx(size, rel=0.1)
    )


def real(shared: Path, tmp_path: Path, name: str) -> Measured:
    file = ImportFile(path=name, reader="mesh")
    request = ImportRequest(folder=str(shared / "assets"), out=str(tmp_path), files=(file,), pixels=32, samples=1)
    return measure(request, file, tmp_path / "thumb.png")

"""Photographed surfaces as rendered: texels where they belong, light on their normals, and files that must be right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.material_flags import UNRELIABLE  # noqa: E402
from dsia_gen.blender.materials import make_material  # noqa: E402
from dsia_gen.blender.mesh_objects import to_object, write_rest_position  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.procedural.primitives import box, heightfield  # noqa: E402
from dsia_gen.spec.asset_file import AssetFile  # noqa: E402
from dsia_gen.spec.material import ImageMaterial  # noqa: E402
from tests.blender.materials.stage import empty_stage, picture  # noqa: E402

pytestmark = pytest.mark.blender
TILT = 0.5
"""Radians by which the test map of normals leans towards +u."""


def saved(folder: Path, name: str, pixels: np.ndarray) -> AssetFile:
    Image.fromarray(np.round(pixels).astype(np.uint8)).save(folder / name)
    return AssetFile(root="user", path=name, sha256="")


def texels(folder: Path, size: tuple[int, int] = (4, 4)) -> tuple[np.ndarray, AssetFile]:
    """Random colours (H, W, 3) in sRGB, and the file of them."""
    colours = np.random.default_rng(5).integers(20, 236, (*size, 3))
    return colours, saved(folder, "colour.png", colours)


def linear(code: np.ndarray) -> np.ndarray:
    c = code / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def sheet(material: bpy.types.Material, cells: int = 1) -> bpy.types.Object:
    return to_object(heightfield(1.0, 1.0, cells, cells), "sheet", [material])


def worn(folder: Path, albedo: AssetFile, **changes: object) -> bpy.types.Material:
    record = ImageMaterial(**{"asset": "own/x", "albedo": albedo, "seed": 4, **changes})
    return make_material(record, "photograph", resolver(folder))


def test_the_colours_are_those_of_the_file_and_repeat_at_its_width(tmp_path: Path) -> None:
    """Twice as wide as high: over a metre of 0.5 m repeats a wide picture is seen 2 x 4 times."""
    colours, file = texels(tmp_path, (4, 8))
    empty_stage(1.0, 64, 64, samples=16)
    sheet(worn(tmp_path, file, repeat=0.5, roughness=1.0))
    seen = picture(tmp_path)[..., :3]
    np.testing.assert_allclose(seen, np.roll(seen, 32, axis=1), atol=0.25)  # but for the stains
    np.testing.assert_allclose(seen, np.roll(seen, 16, axis=0), atol=0.25)
    assert np.abs(seen - np.roll(seen, 16, axis=1)).mean() > 0.05
    np.testing.assert_allclose(seen.mean(axis=(0, 1)), linear(colours).mean(axis=(0, 1)), rtol=0.2)


def test_a_picture_stays_with_a_surface_that_moves_and_stretches(tmp_path: Path) -> None:
    _, file = texels(tmp_path)

    def look(stretch: float, again: bool) -> np.ndarray:
        empty_stage(1.0, 40, 40, samples=2)
        item = sheet(worn(tmp_path, file), 8)
        places = np.empty(len(item.data.vertices) * 3, dtype=np.float32)
        item.data.vertices.foreach_get("co", places)
        item.data.vertices.foreach_set("co", (places.reshape(-1, 3) * np.float32([stretch, 1, 1])).ravel())
        item.data.update()
        if again:
            write_rest_position(item.data)
        bpy.context.scene.camera.scale.x = stretch
        item.scale.x = 1 / stretch
        return picture(tmp_path)[..., :3]

    still, moved, redrawn = look(1.0, False), look(1.5, False), look(1.5, True)
    assert np.median(np.abs(still - moved)) < 1e-3
    assert np.median(np.abs(still - redrawn)) > 0.02


def test_every_side_of_a_box_shows_the_picture(tmp_path: Path) -> None:
    """Stripes of red and green along v: upright sides show them level, whichever way they face."""
    rows = np.zeros((8, 8, 3))
    rows[:4, :, 0] = rows[4:, :, 1] = 200
    file = saved(tmp_path, "rows.png", rows)
    for turn in ((np.pi / 2, 0, 0), (0, np.pi / 2, np.pi / 2)):
        empty_stage(0.9, 32, 32, samples=4)
        item = to_object(box((1.0, 1.0, 1.0)), "box", [worn(tmp_path, file, repeat=0.5)])
        item.rotation_euler = turn
        seen = picture(tmp_path)[..., :3]
        red = seen[..., 0] > seen[..., 1]
        level = max(red.std(axis=axis).mean() for axis in (0, 1)), min(red.std(axis=axis).mean() for axis in (0, 1))
        assert level[0] > 0.4 and level[1] < 0.05


def lit(folder: Path, normal: AssetFile | None, spin: float, scale: float = 1.0, **changes: object) -> float:
    """Brightness of a grey sheet, spun about its normal by `spin` radians; the sun leans to +X by 45 degrees."""
    empty_stage(0.5, 8, 8, samples=8)
    scene = bpy.context.scene
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.0
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.rotation_euler = (0, np.pi / 4, 0)
    scene.collection.objects.link(sun)
    grey = saved(folder, "grey.png", np.full((4, 4, 3), 128))
    item = sheet(worn(folder, grey, normal=normal, roughness=1.0, **changes))
    item.rotation_euler, item.scale = (0, 0, spin), (scale, scale, scale)
    return float(picture(folder)[2:6, 2:6, :3].mean())


def test_light_falls_on_the_normals_of_the_map(tmp_path: Path) -> None:
    """Lambert: brightness goes with the cosine between the sun and the bent normal, as the surface is turned."""
    lean = np.array([np.sin(TILT), 0.0, np.cos(TILT)])
    normal = saved(tmp_path, "nor.png", np.broadcast_to((lean * 0.5 + 0.5) * 255, (4, 4, 3)))
    flat = lit(tmp_path, None, 0.0)
    for spin in (0.0, np.pi):
        expected = np.cos(np.pi / 4 - TILT * np.cos(spin)) / np.cos(np.pi / 4)
        assert lit(tmp_path, normal, spin) / flat == pytest.approx(expected, rel=0.06)
    assert lit(tmp_path, normal, 0.0, scale=2.0) == pytest.approx(lit(tmp_path, normal, 0.0), rel=0.02)


def test_green_points_down_in_the_convention_of_directx(tmp_path: Path) -> None:
    """A map that leans along v, turned so that v points to the sun: the same light in both conventions."""
    files = {}
    for name, green in (("up", 1.0), ("down", -1.0)):
        lean = np.array([0.0, green * np.sin(TILT), np.cos(TILT)])
        files[name] = saved(tmp_path, f"{name}.png", np.broadcast_to((lean * 0.5 + 0.5) * 255, (4, 4, 3)))
    right = lit(tmp_path, files["up"], -np.pi / 2, normal_convention="GL")
    assert lit(tmp_path, files["down"], -np.pi / 2, normal_convention="DX") == pytest.approx(right, rel=0.02)
    assert lit(tmp_path, files["down"], -np.pi / 2, normal_convention="GL") != pytest.approx(right, rel=0.2)


def test_gloss_and_packed_maps_are_roughness_and_metalness(tmp_path: Path) -> None:
    """Red, green, blue of a packed map: occlusion, roughness, metalness; gloss is what roughness is not."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _, file = texels(tmp_path)
    packed = saved(tmp_path, "arm.png", np.broadcast_to([255, 10, 255], (4, 4, 3)))
    changes = {"roughness_map": packed, "roughness_channel": 1, "metallic_map": packed, "metallic_channel": 2}
    assert worn(tmp_path, file, **changes).get(UNRELIABLE, False)
    assert not worn(tmp_path, file, **(changes | {"metallic_channel": 1})).get(UNRELIABLE, False)
    assert not worn(tmp_path, file, **(changes | {"roughness_inverted": True})).get(UNRELIABLE, False)


@pytest.mark.parametrize(("metallic", "rough", "flagged"), [(1.0, 10, True), (1.0, 150, False), (0.0, 10, False)])
def test_polished_metal_is_flagged_by_its_map(tmp_path: Path, metallic: float, rough: int, flagged: bool) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _, file = texels(tmp_path)
    roughness = saved(tmp_path, "rough.png", np.full((4, 4), rough))
    block = worn(tmp_path, file, metallic=metallic, roughness_map=roughness)
    assert bool(block.get(UNRELIABLE, False)) == flagged


def test_maps_are_read_as_numbers_and_colours_as_srgb_once(tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _, file = texels(tmp_path)
    roughness = saved(tmp_path, "rough.png", np.full((4, 4), 90))
    for _ in range(2):
        worn(tmp_path, file, roughness_map=roughness)
    spaces = {Path(image.filepath).name: image.colorspace_settings.name for image in bpy.data.images}
    assert spaces == {"colour.png": "sRGB", "rough.png": "Non-Color"} and len(bpy.data.images) == 2


def test_files_that_are_missing_altered_or_broken_are_named(tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "linked.png").symlink_to(tmp_path.parent / "colour.png")
    _, file = texels(tmp_path)
    for wrong, what in (
        (AssetFile(root="user", path="absent.png", sha256=""), "absent.png does not exist"),
        (AssetFile(root="user", path="linked.png", sha256=""), "leads out of"),
        (AssetFile(root="user", path="broken.png", sha256=""), "broken.png cannot be read"),
        (file.model_copy(update={"sha256": "0" * 64}), "SHA-256 differs"),
    ):
        with pytest.raises(AssetError, match=what):
            worn(tmp_path, wrong)
    with pytest.raises(AssetError, match="give it with --assets"):
        make_material(ImageMaterial(asset="own/x", albedo=file), "photograph")

"""Files that belong to others, in folders as they are downloaded."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.assets.importing.companions import companions, with_exr_maps
from dsia_gen.assets.importing.discover import ImportRoot, discover

USDA = '#usda 1.0\ndef Xform "root" (references = [@{}@]) {{}}\n'
MESH = '#usda 1.0\ndef Mesh "m" {}\n'


def fill(folder: Path, files: dict[str, str]) -> list:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text or name)
    return discover(ImportRoot(folder)).found


def test_hulls_beside_what_is_seen(tmp_path: Path) -> None:
    names = ["a/chair.obj", "a/chair_vhacd_0.obj", "b/visual/link.stl", "b/collision/link.stl", "c/collision_0.obj",
             "c/collision_1.obj", "d/UCX_x.fbx"]  # fmt: skip
    found = companions(fill(tmp_path, dict.fromkeys(names, "")))
    assert found == dict.fromkeys(("a/chair_vhacd_0.obj", "b/collision/link.stl"), "shape for collisions")


def test_layers_of_usd_files_are_theirs(tmp_path: Path) -> None:
    files = {"scene.usda": USDA.format("parts\\\\chair.usda"), "parts/chair.usda": USDA.format("./geo.usda"),
             "parts/geo.usda": MESH, "other.usda": MESH, "x.usda": USDA.format("y.usda"),
             "y.usda": USDA.format("x.usda"), "broken.usdc": "PXR-USDC"}  # fmt: skip
    assert companions(fill(tmp_path, files)) == {
        "parts/chair.usda": "layer of scene.usda",
        "parts/geo.usda": "layer of scene.usda",
        "y.usda": "layer of x.usda",
    }


def test_maps_of_poly_haven_in_exr_are_no_environments(tmp_path: Path) -> None:
    found = fill(
        tmp_path, dict.fromkeys(["w_diff_1k.jpg", "w_nor_gl_1k.exr", "w_rough_1k.exr", "sky_rough_1k.exr"], "")
    )
    readers = {item.name: item.reader for item in with_exr_maps(found)}
    assert readers == {
        "w_diff_1k.jpg": "texture", "w_nor_gl_1k.exr": "texture", "w_rough_1k.exr": "texture",
        "sky_rough_1k.exr": "hdri",
    }  # fmt: skip

"""Materials as rendered: every kind builds, is textured, is not magenta, and sticks to its surface."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")


from dsia_gen.blender.material_flags import CUTOUT_IMAGE, CUTOUT_THRESHOLD, UNRELIABLE  # noqa: E402
from dsia_gen.blender.materials import KINDS, make_material  # noqa: E402
from dsia_gen.blender.materials.cutout import make_leaf_card  # noqa: E402
from dsia_gen.blender.mesh_objects import REST_NORMAL, REST_POSITION, to_object, write_rest_position  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.procedural.primitives import heightfield  # noqa: E402
from dsia_gen.spec.material import Material, MaterialKind  # noqa: E402
from tests.blender.materials.stage import empty_stage, picture  # noqa: E402

pytestmark = pytest.mark.blender
ALL: tuple[MaterialKind, ...] = get_args(MaterialKind)
SMOOTH = {"plain", "glass", "mirror", "emission"}
COLOURS = ((0.6, 0.3, 0.15), (0.1, 0.25, 0.4), (0.75, 0.7, 0.5), (0.3, 0.05, 0.1))


def material(kind: MaterialKind, **changes: object) -> Material:
    return Material(**{"kind": kind, "colours": COLOURS, "scale": 0.1, "seed": 3, **changes})


def vectors(mesh: bpy.types.Mesh, name: str) -> np.ndarray:
    values = np.empty(len(mesh.attributes[name].data) * 3, dtype=np.float32)
    mesh.attributes[name].data.foreach_get("vector", values)
    return values.reshape(-1, 3)


def test_there_is_a_builder_for_every_kind_of_the_specification() -> None:
    assert set(KINDS) == set(ALL)


def test_an_unknown_kind_names_those_that_are_known() -> None:
    with pytest.raises(AssetError, match=r"velvet.*known.*brick"):
        make_material(Material.model_construct(kind="velvet"), "x")


def test_every_kind_is_textured_and_none_is_magenta(tmp_path: Path) -> None:
    columns, rows, tile = 6, 5, 40
    empty_stage(float(columns), columns * tile, rows * tile, samples=4)
    for k, kind in enumerate(ALL):
        patch = to_object(heightfield(1.0, 1.0, 1, 1), kind, [make_material(material(kind), kind)])
        patch.location = (k % columns - (columns - 1) / 2, (rows - 1) / 2 - k // columns, 0)
    seen = picture(tmp_path)[..., :3]
    assert np.isfinite(seen).all()
    for k, kind in enumerate(ALL):
        row, column = k // columns * tile, k % columns * tile
        patch = seen[row + 2 : row + tile - 2, column + 2 : column + tile - 2]
        red, green, blue = patch.reshape(-1, 3).T
        assert ((red > 0.8) & (blue > 0.8) & (green < 0.1)).mean() < 0.01, f"{kind} is magenta"
        contrast = patch.mean(axis=2).std() / patch.mean()
        assert contrast > (0.0 if kind in SMOOTH else 0.09), f"{kind}: contrast {contrast:.3f}"


def test_two_seeds_look_different_and_one_seed_the_same(tmp_path: Path) -> None:
    looks = []
    for seed in (1, 1, 2):
        empty_stage(1.0, 32, 32, samples=2)
        to_object(heightfield(1.0, 1.0, 1, 1), "sheet", [make_material(material("brick", seed=seed), "brick")])
        looks.append(picture(tmp_path))
    assert np.array_equal(looks[0], looks[1])
    assert np.abs(looks[0] - looks[2]).mean() > 0.02


def test_the_pattern_stays_with_a_surface_that_moves_and_stretches(tmp_path: Path) -> None:
    def look(shift: float, stretch: float, again: bool) -> np.ndarray:
        empty_stage(1.0, 40, 40, samples=2)
        sheet = to_object(heightfield(1.0, 1.0, 8, 8), "sheet", [make_material(material("patches"), "patches")])
        coordinates = vectors(sheet.data, REST_POSITION)
        moved = coordinates * np.array([stretch, 1, 1], dtype=np.float32) + np.array([shift, 0, 0], dtype=np.float32)
        sheet.data.vertices.foreach_set("co", moved.reshape(-1))
        sheet.data.update()
        if again:
            write_rest_position(sheet.data)
        camera = bpy.context.scene.camera
        camera.location.x, camera.scale.x = shift, stretch
        sheet.scale.x = 1 / stretch
        sheet.location.x = shift - shift / stretch
        return picture(tmp_path)[..., :3]

    still, moved, redrawn = look(0.0, 1.0, False), look(0.37, 1.5, False), look(0.37, 1.5, True)
    assert np.median(np.abs(still - moved)) < 1e-3
    assert np.median(np.abs(still - redrawn)) > 0.02


def test_rest_positions_are_those_given_or_the_mesh_s_own() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    sheet = to_object(heightfield(2.0, 1.0, 3, 2), "sheet", [])
    own = vectors(sheet.data, REST_POSITION)
    assert np.abs(own[:, 0]).max() == pytest.approx(1.0)
    given = np.arange(own.size, dtype=np.float64).reshape(-1, 3)
    write_rest_position(sheet.data, given)
    assert np.array_equal(vectors(sheet.data, REST_POSITION), given.astype(np.float32))
    assert sheet.data.attributes[REST_POSITION].domain == "POINT"
    assert np.allclose(vectors(sheet.data, REST_NORMAL), [0, 0, 1], atol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_only_glass_and_mirrors_are_marked(kind: MaterialKind) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert bool(make_material(material(kind), kind).get(UNRELIABLE, False)) == (kind in ("glass", "mirror"))


def alpha_of(image: bpy.types.Image) -> np.ndarray:
    values = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)[..., 3]  # row 0 at v = 0


def bilinear(alpha: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    height, width = alpha.shape
    x, y = u * width - 0.5, v * height - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - x0, y - y0
    rows, columns = (y0 % height, (y0 + 1) % height), (x0 % width, (x0 + 1) % width)
    low = alpha[rows[0], columns[0]] * (1 - fx) + alpha[rows[0], columns[1]] * fx
    high = alpha[rows[1], columns[0]] * (1 - fx) + alpha[rows[1], columns[1]] * fx
    return low * (1 - fy) + high * fy


def test_a_leaf_card_is_cut_where_its_bilinear_alpha_says(tmp_path: Path) -> None:
    size = 200
    empty_stage(1.0, size, size, samples=1)
    bpy.context.scene.render.film_transparent = True
    block = make_leaf_card(material("foliage"), "leaf")
    to_object(heightfield(1.0, 1.0, 1, 1), "card", [block])
    seen = picture(tmp_path)[..., 3] > 0.5
    centre = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(centre, 1 - centre)
    inside = bilinear(alpha_of(bpy.data.images[block[CUTOUT_IMAGE]]), u, v) >= block[CUTOUT_THRESHOLD]
    assert 0.15 < inside.mean() < 0.75
    assert (seen != inside).mean() < 2e-3

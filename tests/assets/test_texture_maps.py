"""Photographed surfaces: maps known by their names, sets put together, and what a picture is said to show."""

from __future__ import annotations

import pytest

from dsia_gen.assets.texture_maps import Maps, maps_of, packed_channels, sets_of, shows, split_name


@pytest.mark.parametrize(("name", "shared", "kind"), [
    ("t/wood_floor_diff_1k.jpg", "t/wood_floor", "albedo"),
    ("t/wood_floor_nor_gl_1k.jpg", "t/wood_floor", "normal_gl"),
    ("t/wood_floor_nor_dx_1k.exr", "t/wood_floor", "normal_dx"),
    ("t/wood_floor_rough_1k.png", "t/wood_floor", "roughness"),
    ("t/wood_floor_arm_4k.png", "t/wood_floor", "packed"),
    ("Wood049_1K-JPG_Color.jpg", "wood049_1k_jpg", "albedo"),
    ("Wood049_1K-JPG_NormalGL.jpg", "wood049_1k_jpg", "normal_gl"),
    ("Wood049_1K-JPG_NormalDX.jpg", "wood049_1k_jpg", "normal_dx"),
    ("Wood049_1K-JPG_AmbientOcclusion.jpg", "wood049_1k_jpg", "occlusion"),
    ("sdfg_2K_Albedo.jpg", "sdfg_2k", "albedo"),
    ("sdfg_2K_Gloss.jpg", "sdfg_2k", "gloss"),
    ("Bricks01_2K_Base_Color.png", "bricks01_2k", "albedo"),
    ("Planks_COL_2K_METALNESS.jpg", "planks", "albedo"),
    ("Planks_NRM16_2K_METALNESS.tif", "planks", "normal"),
    ("worn-metal_normal-ogl.png", "worn_metal", "normal_gl"),
    ("worn-metal_normal-dx.png", "worn_metal", "normal_dx"),
    ("worn-metal_metallic.psd", "worn_metal", "metalness"),
    ("T_Crate_D.png", "t_crate", "albedo"),
    ("T_Crate_ORM.png", "t_crate", "packed"),
    ("crate_occlusionRoughnessMetallic.png", "crate", "packed"),
    ("Fabric_001_OCC.jpg", "fabric_001", "occlusion"),
    ("rusty_metal_02.jpg", "rusty_metal", None),
    ("grate_metal_1k.jpg", "grate", "metalness"),
    ("sdfg_2K_Cavity.jpg", "sdfg_2k", "occlusion"),
    ("black_and_white.jpg", "black_and_white", None),
    ("d.png", "d", None),
    ("normal.png", "normal", None),
    ("木材.png", "木材", None),
    ("---.png", "-", None),
])  # fmt: skip
def test_a_map_is_known_by_its_name(name: str, shared: str, kind: str | None) -> None:
    assert split_name(name) == (shared, kind)


def test_maps_are_put_together_and_those_without_a_colour_are_told() -> None:
    names = ["a/x_diff.png", "a/x_nor_gl.png", "a/x_rough.png", "a/x_ao.png", "b/x_nor_gl.png", "plain.png"]
    sets, lost = sets_of(names)
    assert sets == {
        "a/x_diff.png": Maps("a/x_diff.png", "a/x_nor_gl.png", "a/x_rough.png", unused=("a/x_ao.png",)),
        "plain.png": Maps("plain.png"),
    }
    assert lost == ["b/x_nor_gl.png"]


LAYOUTS = {
    "ambientCG": ["Wood_1K-JPG_Color.jpg", "Wood_1K-JPG_NormalGL.jpg", "Wood_1K-JPG_Roughness.jpg",
                  "Wood_1K-JPG_Metalness.jpg", "Wood_1K-JPG_NormalDX.jpg", "Wood_1K-JPG_Displacement.jpg",
                  "Wood_1K-JPG_AmbientOcclusion.jpg", "Wood.png"],
    "Poly Haven": ["wood_diff_4k.jpg", "wood_nor_gl_4k.exr", "wood_rough_4k.exr", "wood_metal_4k.exr",
                   "wood_nor_dx_4k.exr", "wood_disp_4k.png", "wood_ao_4k.jpg"],
    "Quixel": ["ab_2K_Albedo.jpg", "ab_2K_Normal.jpg", "ab_2K_Roughness.jpg", "ab_2K_Metalness.jpg",
               "ab_2K_Displacement.exr", "ab_2K_Cavity.jpg", "ab_Preview.png"],
    "cgbookcase": ["Wood01_2K_BaseColor.png", "Wood01_2K_Normal.png", "Wood01_2K_Roughness.png",
                   "Wood01_2K_Metallic.png", "Wood01_2K_Height.png", "Wood01_2K_AO.png"],
    "FreePBR": ["worn-wood_albedo.png", "worn-wood_normal-ogl.png", "worn-wood_roughness.png", "worn-wood_metallic.png",
                "worn-wood_height.png", "worn-wood_ao.png", "worn-wood_preview.jpg"],
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_downloaded_set_is_one_texture_in_whatever_order_it_is_listed(layout: str) -> None:
    names = LAYOUTS[layout]
    if layout == "Quixel":
        names = [*names[:-1], "ab.png"]
    for order in (names, names[::-1], sorted(names)):
        sets, lost = sets_of(order)
        (maps,) = sets.values()
        assert lost == [] and list(sets) == names[:1]
        assert maps[:4] == tuple(names[:4]) and maps.displacement is None
        assert set(maps.unused) == set(names[4:])


def test_what_is_used_of_other_sets() -> None:
    (packed,) = sets_of(["x_col.png", "x_arm.png", "x_height.png"])[0].values()
    assert packed == Maps("x_col.png", None, "x_arm.png", "x_arm.png", "x_height.png")
    assert packed.others == ("x_arm.png", "x_height.png")
    (gloss,) = sets_of(["x_col.png", "x_gloss.png", "x_normaldx.png"])[0].values()
    assert (gloss.normal, gloss.roughness) == ("x_normaldx.png", "x_gloss.png")


@pytest.mark.parametrize(("name", "rough", "metal"), [
    ("x_arm.png", 1, 2), ("x_ORM.png", 1, 2), ("T_x_RMA.tga", 0, 1), ("x_mra.png", 1, 0),
    ("x_occlusionRoughnessMetallic.png", 1, 2),
])  # fmt: skip
def test_channels_of_packed_maps(name: str, rough: int, metal: int) -> None:
    assert packed_channels(name) == {"roughness": rough, "metalness": metal}


def test_the_maps_of_an_entry_are_known_among_its_files() -> None:
    files = ("a_nor_dx_1k.jpg", "a_nor_gl_1k.jpg", "a_rough_1k.jpg")
    assert maps_of("a.jpg", files)[:3] == ("a.jpg", "a_nor_gl_1k.jpg", "a_rough_1k.jpg")
    assert maps_of("a.jpg", ()) == Maps("a.jpg")


@pytest.mark.slow
def test_tags_say_what_is_shown_and_the_name_where_they_do_not() -> None:
    assert shows("p/wood_floor", ["mine"]) == {"wood", "floor"}
    assert shows("p/wood_floor", ["plaster-concrete"]) == {"plaster", "concrete"}
    assert shows("p/holiday", []) == frozenset()

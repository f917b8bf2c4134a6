"""Photographed surfaces: maps known by their names, sets put together, and what a picture is said to show."""

from __future__ import annotations

import pytest

from dsia_gen.assets.texture_maps import Maps, maps_of, sets_of, shows, split_name


@pytest.mark.parametrize(("name", "shared", "kind"), [
    ("t/wood_floor_diff_1k.jpg", "t/wood_floor", "albedo"),
    ("t/wood_floor_nor_gl_1k.jpg", "t/wood_floor", "normal"),
    ("t/wood_floor_nor_dx_1k.jpg", "t/wood_floor", "other"),
    ("t/wood_floor_rough_1k.png", "t/wood_floor", "roughness"),
    ("Wood049_1K-JPG_Color.jpg", "wood049_1k_jpg", "albedo"),
    ("Wood049_1K-JPG_NormalGL.jpg", "wood049_1k_jpg", "normal"),
    ("Wood049_1K-JPG_NormalDX.jpg", "wood049_1k_jpg", "other"),
    ("rusty_metal_02.jpg", "rusty_metal", None),
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
        "a/x_diff.png": Maps("a/x_diff.png", "a/x_nor_gl.png", "a/x_rough.png"),
        "plain.png": Maps("plain.png"),
    }
    assert lost == ["b/x_nor_gl.png"]


def test_the_maps_of_an_entry_are_known_among_its_files() -> None:
    files = ("a_nor_dx_1k.jpg", "a_nor_gl_1k.jpg", "a_rough_1k.jpg")
    assert maps_of("a.jpg", files) == Maps("a.jpg", "a_nor_gl_1k.jpg", "a_rough_1k.jpg")
    assert maps_of("a.jpg", ()) == Maps("a.jpg")


def test_tags_say_what_is_shown_and_the_name_where_they_do_not() -> None:
    assert shows("p/wood_floor", ["mine"]) == {"wood", "floor"}
    assert shows("p/wood_floor", ["plaster-concrete"]) == {"plaster", "concrete"}
    assert shows("p/holiday", []) == frozenset()

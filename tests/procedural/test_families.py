"""The table of built-in families is sound: ranges, slots, palettes, sizes, names."""

from __future__ import annotations

import math
import re
from typing import get_args

import pytest

from dsia_gen.procedural.families import FAMILIES, OBJECTS
from dsia_gen.procedural.family import Family
from dsia_gen.procedural.params import Choice
from dsia_gen.sampling.palettes import PALETTES
from dsia_gen.spec.material import MaterialKind

ALL = list(FAMILIES.values())


def test_there_are_enough_foreground_objects() -> None:
    assert sum("foreground" in family.uses and family.moves for family in OBJECTS) >= 100


def test_names_are_unique_words() -> None:
    names = [family.name for family in OBJECTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    assert all(FAMILIES[family.name] is family for family in OBJECTS), "another family has the same name"


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_ranges_are_ordered_and_choices_not_empty(family: Family) -> None:
    for name, one in family.params.items():
        if isinstance(one, Choice):
            assert one.values, name
        else:
            assert one.low <= one.high, name


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_slots_are_sound(family: Family) -> None:
    names = [slot.name for slot in family.slots]
    assert names and len(set(names)) == len(names)
    for slot in family.slots:
        assert slot.kinds and set(slot.kinds) <= set(get_args(MaterialKind))
        assert slot.palette in PALETTES
        assert 0 < slot.scale[0] <= slot.scale[1]
        assert 0 <= slot.roughness[0] <= slot.roughness[1] <= 1


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_sizes_are_those_of_real_things(family: Family) -> None:
    for share in (0.0, 0.5, 1.0):
        size = family.extent(family.at(share))
        assert all(math.isfinite(side) and 0.02 < side < 2.5 for side in size)
        assert max(size) > 0.08


@pytest.mark.parametrize("family", [f for f in OBJECTS if f.rolls], ids=lambda family: family.name)
def test_what_rolls_is_round_about_x(family: Family) -> None:
    _, depth, height = family.extent(family.at(0.4))
    assert depth == pytest.approx(height)


def test_solidity_is_a_share() -> None:
    assert all(0.1 <= family.silhouette_fill <= 1.0 for family in ALL)
    assert (
        FAMILIES["bicycle"].silhouette_fill < FAMILIES["book_stack"].silhouette_fill < FAMILIES["crate"].silhouette_fill
    )


@pytest.mark.parametrize("family", OBJECTS, ids=lambda family: family.name)
def test_some_slot_has_texture(family: Family) -> None:
    assert any(set(slot.kinds) - {"plain", "metal", "glass", "mirror"} for slot in family.slots)

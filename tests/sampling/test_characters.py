"""The cast: distinct people, drawn evenly, who look the same wherever they appear but for the dye of their clothes."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import Entry, record_entries
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.gait_data import GAITS
from dsia_gen.procedural.people.named_people import PEOPLE, person_named
from dsia_gen.sampling.characters import PLACES, CharacterCandidate, choose_fps, recoloured, take_clip
from dsia_gen.sampling.foreground import shuffled
from dsia_gen.sampling.thumbnails import thumbnail_of
from dsia_gen.spec.asset import CharacterFile, Outfit, figure_height
from dsia_gen.spec.thumbnail_request import ShapeThumbnail
from tests.sampling.scenes import empty_builder, library, scene

ENTRIES = library().of("character")


def test_every_entry_is_somebody_and_everybody_has_an_entry() -> None:
    assert sorted(PEOPLE) == sorted(str(entry.builtin) for entry in ENTRIES)
    assert len(PEOPLE) >= 25
    assert all(entry.id == f"builtin/character/{entry.builtin}" for entry in ENTRIES)


def test_everybody_likes_gaits_that_exist() -> None:
    for entry in ENTRIES:
        assert set(entry.tags) & set(GAITS), entry.id


def test_nobody_looks_like_another() -> None:
    for (a, one), (b, two) in combinations(PEOPLE.items(), 2):
        assert one.body != two.body and one.outfit.top != two.outfit.top, (a, b)


def _cloths(outfit: Outfit) -> list[str]:
    worn = [outfit.top, outfit.bottom, outfit.shoes, outfit.scarf, outfit.bag]
    worn += [garment.cloth for garment in (outfit.headwear, outfit.over) if garment]
    return [cloth.kind for cloth in worn if cloth]


def test_no_cloth_is_plain() -> None:
    assert not [name for name, who in PEOPLE.items() if "plain" in _cloths(who.outfit)]


def test_in_a_scene_only_the_dye_changes() -> None:
    someone = PEOPLE["nora"].character
    for seed in range(20):
        worn = recoloured(np.random.default_rng(seed), someone)
        assert worn.outfit.top == worn.outfit.bottom, "her dress is of one cloth"
        same = worn.outfit.model_copy(update={"top": someone.outfit.top, "bottom": someone.outfit.bottom})
        assert same == someone.outfit and worn.body == someone.body
        assert worn.outfit.top.model_copy(update={"colours": someone.outfit.top.colours}) == someone.outfit.top


def test_people_are_drawn_evenly() -> None:
    rng = np.random.default_rng(1)
    drawn = Counter(entry.id for _ in range(2000) for entry in shuffled(rng, ENTRIES, 2))
    assert max(drawn.values()) / drawn.total() < 0.05
    assert min(drawn.values()) / drawn.total() > 0.03


def test_what_is_liked_is_taken_first() -> None:
    clips = library().of("motion")
    likes = {"run", "outdoor"} - PLACES
    left = list(clips)
    assert take_clip(left, likes).builtin == "run"
    assert len(left) == len(clips) - 1
    assert take_clip(list(clips), set()) == clips[-1]


def test_a_scene_holds_people_of_the_cast() -> None:
    bodies = {entry.id: person_named(str(entry.builtin), entry.id).body for entry in ENTRIES}
    people = [i for i in scene("outdoor", 0).instances if i.motion.type == "humanoid"]
    assert people
    assert all(bodies[i.asset] == i.shape.body for i in people)


def test_an_unknown_name_is_told() -> None:
    entry = Entry(id="x", kind="character", builtin="adda", source="me", licence="mine")
    with pytest.raises(AssetError, match=r"adda.*ada"):
        person_named(str(entry.builtin), entry.id)


@pytest.mark.parametrize(("speed", "expected"), [(1.0, None), (1e-3, 8.0), (100.0, 240.0)])
def test_time_runs_as_fast_as_the_wanted_motion_asks_for(speed: float, expected: float | None) -> None:
    """At 3 m a pixel of 960 is 3 / focal metres wide; clips loop, so that their length has no say in it."""
    builder, someone = empty_builder(), person_named(str(ENTRIES[0].builtin), ENTRIES[0].id).character
    walk = library().of("motion", ["builtin/motion/walk"])[0]
    person = CharacterCandidate(
        ENTRIES[0], walk, someone.body, someone, depth=3.0, phase=0.0, speed_scale=1.0, speed=speed
    )
    focal = 24 / 36 * 960
    exact = 0.8 * speed * focal / 3.0 * builder.gap / builder.target.foreground_px
    assert choose_fps(builder, [person]) == pytest.approx(exact if expected is None else expected)


@pytest.mark.parametrize("stated", [0.001, 0.4, 0.79, 1.7, 2.5, 9.0])
def test_a_file_of_any_stated_height_is_shown(tmp_path: Path, stated: float) -> None:
    (tmp_path / "a.glb").write_bytes(b"glTF")
    entry = Entry(id="own/a", kind="character", file="a.glb", source="x", licence="CC0-1.0", height=stated)
    record_entries(tmp_path, [entry])
    library = load_library(["motions"], tmp_path)
    shown = thumbnail_of(library.entries["own/a"], library)
    assert isinstance(shown, ShapeThumbnail) and isinstance(shown.shape, CharacterFile)
    assert shown.shape.height == figure_height(stated)

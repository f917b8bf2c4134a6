"""Assets kept from training: both sides are disjoint, together whole, and independent of the order of a manifest."""

from __future__ import annotations

from dsia_gen.config.scene_config import HoldoutConfig, SceneConfig
from dsia_gen.sampling.holdout import held_out, visible_assets
from tests.sampling.scenes import library, scene


def _side(side: str, **changes: object) -> set[str]:
    config = SceneConfig(name="x", holdout=HoldoutConfig(share=0.3, side=side), **changes)  # type: ignore[arg-type]
    return set(visible_assets(library(), config).entries)


def test_sides_are_disjoint_where_they_split_and_whole_together() -> None:
    train, test = _side("train"), _side("test")
    assert train | test == set(library().entries)
    foreground = {name for name, entry in library().entries.items() if "foreground" in entry.tags and not entry.remote}
    assert not (train & test & foreground)
    share = len(test & foreground) / len(foreground)
    assert 0.15 < share < 0.45


def test_small_kinds_and_rooms_are_shared() -> None:
    shared = _side("train") & _side("test")
    assert {"blender/hdri/city", "builtin/object/wall"} <= shared


def test_what_is_named_stays() -> None:
    away = sorted(_side("test") - _side("train"))[0]
    assert away in _side("train", objects={"assets": [away]})


def test_without_a_share_nothing_is_kept_away() -> None:
    config = SceneConfig(name="x")
    assert visible_assets(library(), config) is library()
    assert not any(held_out(name, 0.0) for name in library().entries)


def test_a_scene_of_one_side_uses_nothing_of_the_other() -> None:
    spec = scene("outdoor", 1, "holdout.share=0.3", "holdout.side=test")
    assert not {i.asset for i in spec.instances if i.role == "foreground"} & (_side("train") - _side("test"))


def test_people_of_the_tests_are_not_those_of_training() -> None:
    train, test = ({name for name in _side(side) if "/character/" in name} for side in ("train", "test"))
    assert train and test and not train & test

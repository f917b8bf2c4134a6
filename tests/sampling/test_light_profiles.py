"""Light over time."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.sampling.light_profiles import aim_down, lamp_of, strength, sun, track, turning, warmth
from dsia_gen.sampling.scene_builder import LampSlot
from dsia_gen.sampling.seeds import child, scene_seed
from dsia_gen.spec.motion import RigidPath, Still
from tests.sampling.scenes import scene


@pytest.mark.parametrize(
    ("profile", "least", "most"), [("constant", 0, 0), ("gentle", 0.05, 0.35), ("strong", 0.2, 0.9)]
)
def test_profiles_change_as_much_as_their_name_says(profile: str, least: float, most: float) -> None:
    spread = [float(np.ptp(strength(child(s, "l"), profile, 60))) for s in range(20)]  # type: ignore[arg-type]
    assert min(spread) >= least
    assert max(spread) <= most


def test_abrupt_light_jumps_once() -> None:
    values = strength(child(3, "l"), "abrupt", 40)
    ratio = values[1:] / values[:-1]
    assert np.sum(np.abs(np.log(ratio)) > 0.2) == 1


def test_warmth_keeps_luminance() -> None:
    colours = warmth(child(1, "w"), "strong", 30)
    assert np.allclose(colours @ [0.2126, 0.7152, 0.0722], 1.0)
    assert np.ptp(colours[:, 0] / colours[:, 2]) > 0.05


def test_a_lamp_shines_down_from_where_it_stands() -> None:
    turn = rotation_matrix(aim_down(0.0, np.pi / 4))
    assert np.allclose(-turn[:, 2], [-np.sqrt(0.5), 0, -np.sqrt(0.5)])


def test_light_turns_as_much_as_its_profile_says() -> None:
    def spread(profile: str) -> float:
        return float(np.median([np.ptp(turning(child(s, "t"), profile, 20)) for s in range(40)]))  # type: ignore[arg-type]

    assert spread("constant") == 0
    assert 0.02 < spread("gentle") < 0.15 < spread("strong") < 0.8
    steps = np.abs(np.diff(turning(child(2, "t"), "abrupt", 30)))
    assert np.sum(steps > 0.2) == 1


def test_a_sun_moves_along_the_sky_and_stays_above_the_horizon() -> None:
    lamp = sun(child(4, "s"), "strong", 12, 3.0)
    assert isinstance(lamp.motion, RigidPath)
    axes = rotation_matrix(np.array(lamp.motion.rotations))[:, :, 2]
    assert np.all(axes[:, 2] > 0.2)
    assert np.ptp(axes, axis=0).max() > 0.01
    assert isinstance(sun(child(4, "s"), "constant", 12, 3.0).motion, Still)


def test_only_a_carried_lamp_turns() -> None:
    placement = Still(position=(0, 0, 2), rotation=tuple(aim_down(0.5, 0.3).tolist()))
    for carried in (True, False):
        slot = LampSlot("spot", placement, 100.0, np.ones(3), 0.1, carried)
        lamp = lamp_of(child(1, "l"), "strong", 8, slot)
        assert isinstance(lamp.motion, RigidPath) is carried
        assert len(lamp.power.values) == 8


def test_profiles_are_chosen_by_weight_and_bounds_of_exposure_reach_the_scene() -> None:
    still = scene("tiny", 1, "light.profiles={constant: 1}", "light.exposure.overexposed=0.07")
    assert len(still.environment.irradiance.values) == 1
    assert all(len(lamp.power.values) == 1 and isinstance(lamp.motion, Still) for lamp in still.lamps)
    assert still.exposure.burnt == 0.07
    changing = scene("tiny", 1, "light.profiles={abrupt: 1}")
    values = np.array(changing.environment.irradiance.values)
    assert len(values) == changing.times
    assert np.abs(np.diff(np.log(values))).max() > 0.2


def test_constant_tracks_are_one_value() -> None:
    assert len(track(np.ones(9)).values) == 1
    assert len(track(np.arange(9.0)).values) == 9


def test_seeds_are_fixed_for_ever() -> None:
    """A changed derivation would silently change every data set: these are SHA-256, computed independently."""
    import hashlib

    digest = hashlib.sha256(b"dsia-gen/scene/7/0").digest()
    assert scene_seed(7, 0) == int.from_bytes(digest[:8], "big") >> 1
    assert len({scene_seed(7, k) for k in range(1000)} | {scene_seed(8, k) for k in range(1000)}) == 2000
    assert child(1, "a").uniform() != child(1, "b").uniform()


@pytest.mark.parametrize(("hdri", "suns"), [("courtyard", 0), ("city", 1)])
def test_an_environment_with_a_high_sun_gets_no_second_one(hdri: str, suns: int) -> None:
    spec = scene("tiny", 1, f"environment.hdris=[blender/hdri/{hdri}]", "light.sun=1")
    assert sum(lamp.kind == "sun" for lamp in spec.lamps) == suns

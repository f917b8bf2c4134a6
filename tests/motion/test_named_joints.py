"""Joints by the names of bones: every scheme whole, and spelled otherwise."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsia_gen.motion.named_joints import joints_by_name
from dsia_gen.motion.skeleton import match_joints
from tests.motion.schemes import SCHEMES, skeleton


@pytest.mark.parametrize("extras", [False, True])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_known_whole(scheme: str, extras: bool) -> None:
    given_ = skeleton(scheme, extras=extras)
    found = match_joints(given_.names, given_.parents)
    assert {joint: given_.names[bone] for joint, bone in found.items()} == {
        joint: given_.names[bone] for joint, bone in given_.joints.items()
    }


@given(st.sampled_from(sorted(SCHEMES)), st.randoms(use_true_random=False), st.booleans())
@settings(deadline=None, max_examples=150)
def test_separators_case_and_prefixes_mean_nothing(scheme: str, rng: random.Random, extras: bool) -> None:
    prefix = rng.choice(["", "Zorro:", "hero_", "My Rig|", "ABC-", "fig7_", "Knight "])
    suffix = rng.choice(["", "_jnt", " Bone", ".joint"])
    separator = rng.choice(["_", " ", ".", "-", "__"])
    case = rng.choice([str, str.lower, str.upper])

    def rename(name: str) -> str:
        return prefix + case(re.sub(r"[ _.\-]+", separator, name)) + suffix

    plain, other = skeleton(scheme, extras=extras), skeleton(scheme, rename, extras)
    assert joints_by_name(other.names, other.parents) == joints_by_name(plain.names, plain.parents)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_numbers_that_an_exporter_appends_are_no_part_of_names(scheme: str) -> None:
    count = iter(range(1, 999))
    plain, numbered = skeleton(scheme, extras=True), skeleton(scheme, lambda name: f"{name}_{next(count):02d}", True)
    assert joints_by_name(numbered.names, numbered.parents) == plain.joints


@pytest.mark.parametrize(
    "name",
    ["LeftHandThumb1", "HeadEnd", "ring_01_l", "Bip01", "L_Skirt_Leg", "arm_ik.L", "foot_target_r", "左腕捩", "左足IK"],
)
def test_what_is_not_a_joint(name: str) -> None:
    assert joints_by_name([name], [-1]) == {}


def test_hips_carry_the_trunk_as_well_as_the_legs() -> None:
    names = ["root", "hip", "pelvis", "lThighBend", "rThighBend", "abdomenLower", "head"]
    assert joints_by_name(names, [-1, 0, 1, 2, 2, 1, 5])["Hips"] == 1, "the upper body would stay behind"
    assert joints_by_name(["root", "pelvis", "thigh_l", "thigh_r"], [-1, 0, 1, 1])["Hips"] == 1


def test_the_spine_of_biped_carries_the_legs() -> None:
    names = ["Bip01", "Bip01 Pelvis", "Bip01 Spine", "Bip01 L Thigh", "Bip01 R Thigh", "Bip01 Spine1", "Bip01 Head"]
    assert joints_by_name(names, [-1, 0, 1, 2, 2, 2, 5])["Hips"] == 1


def test_bones_that_deform_come_before_those_that_steer() -> None:
    names = ["ORG-thigh.L", "thigh_ik.L", "DEF-thigh.L", "DEF-thigh.L.001", "MCH-thigh.L", "thigh_fk.L"]
    assert joints_by_name(names, [-1, -1, 0, 2, 0, 0]) == {"LeftUpLeg": 2}

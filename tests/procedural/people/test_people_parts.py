"""Parts of people that need no Blender: weights along limbs, eyes, hair, materials of outfits."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.motion.skeleton import JOINTS
from dsia_gen.procedural.people.anatomy import Anatomy
from dsia_gen.procedural.people.hair import HAIR_STYLES, HEADWEAR, hair
from dsia_gen.procedural.people.named_people import PEOPLE
from dsia_gen.procedural.people.outfit_materials import outfit_materials
from dsia_gen.procedural.people.person import SLOTS, eyes
from dsia_gen.procedural.people.skin_weights import OTHER_SIDE, arm_shares, leg_shares, neighbour_average, trunk_shares
from dsia_gen.spec.asset import BodyShape

BODY = Anatomy(BodyShape(height=1.7))


def points(seed: int = 0, count: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).uniform([0, -0.2, 0], [0.8, 0.2, 1.75], (count, 3))


def test_the_shares_of_each_limb_sum_to_one() -> None:
    p = points()
    for shares in (trunk_shares(BODY, p), arm_shares(BODY, p), leg_shares(BODY, p, np.zeros(len(p)))):
        np.testing.assert_allclose(sum(shares.values()), 1.0)
        assert all((share >= 0).all() for share in shares.values())


def test_joints_part_their_limbs() -> None:
    shoulder, elbow, wrist = BODY.arm
    middles = np.stack([(shoulder + elbow) / 2, (elbow + wrist) / 2, wrist + 0.05 * BODY.arm_axis])
    shares = arm_shares(BODY, middles)
    np.testing.assert_allclose([shares["Arm"], shares["ForeArm"], shares["Hand"]], np.eye(3), atol=1e-9)
    hip, knee, ankle = BODY.leg
    legs = leg_shares(BODY, np.stack([(hip + knee) / 2, (knee + ankle) / 2]), np.zeros(2))
    np.testing.assert_allclose([legs["UpLeg"], legs["Leg"]], np.eye(2), atol=1e-9)
    assert leg_shares(BODY, ankle[None] * [1, 1, 0.2], np.ones(1))["Foot"] == 0, "cloth does not follow the foot"


def test_averages_of_a_half_are_those_of_the_whole() -> None:
    # A band of two rows of squares over x = -2 .. 2, whose values are their own mirror images.
    columns, rows = np.arange(-2, 3), np.arange(3)
    points = np.array([[x, y] for x in columns for y in rows])
    corner = np.array([[i * 3 + j, i * 3 + 3 + j, i * 3 + 4 + j, i * 3 + j + 1] for i in range(4) for j in range(2)])
    left = corner[points[corner[:, 0], 0] >= 0][:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    right = corner[points[corner[:, 0], 0] < 0][:, [1, 2, 3, 1, 3, 0]].reshape(-1, 3)
    whole = neighbour_average(np.concatenate([left, right]), np.zeros(len(points), dtype=bool))
    kept = np.flatnonzero(points[:, 0] >= 0)
    half = neighbour_average(left - kept[0], points[kept, 0] == 0)
    values = np.abs(points[:, 0]) * 1.7 + points[:, 1] ** 2
    np.testing.assert_allclose(half @ values[kept], (whole @ values)[kept])
    np.testing.assert_allclose(half.sum(axis=1), 1.0)


def test_joints_have_their_mirror_images() -> None:
    for joint, other in zip(JOINTS, OTHER_SIDE, strict=True):
        assert JOINTS[other] == joint.replace("Left", "?").replace("Right", "Left").replace("?", "Right")


def test_eyes_are_balls_with_round_irises_that_look_ahead() -> None:
    vertices, triangles, labels = eyes(BODY)
    centre, radius = BODY.eye()
    left = vertices[: len(vertices) // 2]
    np.testing.assert_allclose(np.linalg.norm(left - centre, axis=1), radius)
    middle = vertices[triangles].mean(axis=1)
    pupil = middle[(labels == SLOTS.index("pupil")) & (middle[:, 0] > 0)].mean(axis=0) - centre
    assert pupil[1] < -0.9 * radius and abs(pupil[0]) < 1e-3 and abs(pupil[2]) < 1e-3


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_hair_covers_the_crown_and_leaves_the_face(style: str) -> None:
    outfit = PEOPLE["ada"].outfit.model_copy(update={"hair_style": style})
    crown, nose = BODY.head_point(0.0, 0.06, 0.99), BODY.head_point(0.0, -0.43, 0.35)
    values = hair(BODY, outfit, np.stack([crown, nose]))
    assert values[1] > 0 and (values[0] < 0) == (style not in ("bald", "receding"))


@pytest.mark.parametrize("style", HEADWEAR)
def test_headwear_covers_the_crown(style: str) -> None:
    assert HEADWEAR[style](BODY, BODY.head_point(0.0, 0.06, 1.0)[None])[0] < 0


@pytest.mark.parametrize("name", PEOPLE)
def test_an_outfit_has_a_material_for_everything_worn(name: str) -> None:
    outfit = PEOPLE[name].outfit
    materials = outfit_materials(outfit)
    optional = {"headwear": outfit.headwear, "over": outfit.over, "scarf": outfit.scarf, "bag": outfit.bag}
    assert set(SLOTS) - set(materials) == {slot for slot, worn in optional.items() if worn is None}

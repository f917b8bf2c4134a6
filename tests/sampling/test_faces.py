"""Faces: what hangs before a head is seen to hide it, what is beside, behind or small is not."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import to_motion
from dsia_gen.procedural.people.named_people import PEOPLE
from dsia_gen.sampling.faces import hides_a_face
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.spec.asset import BodyShape, ParametricCharacter
from dsia_gen.spec.scene import Instance
from tests.sampling.scenes import empty_builder

EYE = np.array([0.0, 0.0, 1.5])
HEAD = np.array([0.0, 3.0, 0.92 * 1.75])


@pytest.fixture
def builder() -> SceneBuilder:
    """Somebody of 1.75 m, three metres in front of the camera."""
    made = empty_builder()
    body = BodyShape(height=1.75)
    motion = to_motion(gait_motion("idle", body, made.fps, made.times), (0.0, 3.0, 0.0))
    shape = ParametricCharacter(body=body, outfit=PEOPLE["chidi"].outfit)
    made.instances.append(Instance(id=1, name="a", asset="a", role="foreground", shape=shape, motion=motion))
    return made


def _ball(share: float, aside: float = 0.0) -> np.ndarray:
    """Centre (1, 3) at a share of the way from the camera to the head, and metres to the side."""
    return (EYE + share * (HEAD - EYE) + np.array([aside, 0.0, 0.0]))[None]


def test_a_ball_before_the_head_hides_it(builder: SceneBuilder) -> None:
    assert hides_a_face(builder, _ball(0.5), 0.2)
    assert hides_a_face(builder, _ball(0.5, aside=0.15), 0.2)


def test_a_ball_beside_or_behind_the_head_does_not(builder: SceneBuilder) -> None:
    assert not hides_a_face(builder, _ball(0.5, aside=0.6), 0.2)
    assert not hides_a_face(builder, _ball(1.3), 0.2)


def test_where_nobody_is_nothing_is_hidden() -> None:
    assert not hides_a_face(empty_builder(), _ball(0.5), 0.2)

"""Falls onto furniture: nothing sinks into a top or hangs over its edge."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.sampling.landing import NEAR, landing, stays_on
from dsia_gen.sampling.physics import CORNERS
from dsia_gen.sampling.rigid_trajectories import Body, RigidTrajectory
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Occupant, Top
from tests.sampling.scenes import empty_builder

TABLE = Top(np.array([0.3, 3.0, 0.75]), 0.4, (0.7, 0.4), False, (Occupant(np.array([[0.3, 3.0, 0.37]]), 0.5, 0.37),))
DISC = Top(np.array([0.0, 3.0, 0.7]), 0.0, (0.5, 0.5), True, ())
BOX = Body((0.2, 0.15, 0.25))


def _builder(top: Top, *others: Occupant) -> SceneBuilder:
    made = empty_builder()
    made.space.occupants += [*top.furniture, *others]
    made.tops = [top]
    return made


def test_the_edge_of_a_top_is_where_its_sides_are() -> None:
    assert TABLE.inside(TABLE.middle) == pytest.approx(0.4)
    assert TABLE.inside(TABLE.place(0.6, 0.1)) == pytest.approx(0.1)
    assert TABLE.inside(TABLE.place(0.8, 0.0)) == pytest.approx(-0.1)
    assert TABLE.place(1.0, 0.0) - TABLE.middle == pytest.approx([math.cos(0.4), math.sin(0.4), 0.0])
    assert DISC.inside(np.array([0.3, 3.4, 9.0])) == pytest.approx(0.0)


@pytest.mark.parametrize("top", [TABLE, DISC])
def test_what_lands_stays_above_the_top_and_inside_its_edge(top: Top) -> None:
    landed = []
    for seed in range(6):
        found = landing(child(seed, "land"), _builder(top), BOX)
        if found is not None:
            trajectory = found[0]
            corners = trajectory.centres[:, None] + (CORNERS * BOX.size) @ trajectory.rotations.transpose(0, 2, 1)
            assert corners[..., 2].min() >= top.middle[2] - 1e-9
            low = corners[corners[..., 2] < top.middle[2] + 0.02]
            assert np.all(top.inside(low) >= 0)
            landed.append(corners[..., 2].min() < top.middle[2] + 0.01)
    assert sum(landed) >= 4


def test_nothing_lands_where_something_stands_or_where_there_is_no_room() -> None:
    vase = Occupant(np.array([[0.3, 3.0, 0.9]]), 0.6, 0.15)
    assert landing(child(1, "land"), _builder(TABLE, vase), BOX) is None
    assert landing(child(1, "land"), _builder(TABLE), Body((1.0, 0.9, 0.3))) is None


def test_hanging_over_the_edge_is_seen() -> None:
    """A box that rests near an edge stays on; one that reaches over it, or lies beside the top, does not."""

    def resting(x: float, height: float = 0.0) -> RigidTrajectory:
        centre = TABLE.place(x, 0.0) + np.array([0.0, 0.0, BOX.size[2] / 2 + height])
        yaw = np.array([[math.cos(0.4), -math.sin(0.4), 0], [math.sin(0.4), math.cos(0.4), 0], [0, 0, 1]])
        return RigidTrajectory(centre[None], yaw[None])

    assert stays_on(TABLE, BOX, resting(0.59))
    assert not stays_on(TABLE, BOX, resting(0.61))
    assert not stays_on(TABLE, BOX, resting(1.5))
    assert stays_on(TABLE, BOX, resting(1.5, height=NEAR + 0.01))

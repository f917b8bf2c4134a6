"""Falls that end on furniture: physics on the top of a table, kept only where nothing hangs over its edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.sampling.camera_motion import right_of
from dsia_gen.sampling.draw import Rng, choose, uniform
from dsia_gen.sampling.physics import CORNERS
from dsia_gen.sampling.rigid_trajectories import Body, RigidTrajectory, Start, fall
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, Top, share_in_view

Array = NDArray[np.float64]
SPOTS = 40
"""Places on tops that are looked at."""
IN_VIEW = 0.6
"""Share of the times at which something that falls is in the picture."""
NEAR = 0.05
"""Metres above a top below which all corners of a body are over it."""


def landing(rng: Rng, draft: SceneBuilder, body: Body) -> tuple[RigidTrajectory, Top] | None:
    """A fall onto a piece of furniture and the top that it ends on; None when no top in view has room for it."""
    tops = [top for top in draft.tops if min(top.half) > body.flat_radius]
    for _ in range(SPOTS if tops else 0):
        top = choose(rng, tops)
        spot = _spot(rng, top, body)
        around = float(top.inside(spot)) - body.flat_radius
        if around < 0 or not _free(draft, top, body, spot[None]):  # a disc has no corners
            continue
        side, yaw = right_of(draft.camera, draft.middle), uniform(rng, (-np.pi, np.pi))
        level, step = float(top.middle[2]), draft.wanted_step(float(np.linalg.norm(spot - draft.eye)))
        start = Start(spot, step, draft.times, draft.step_seconds, side, yaw, draft.gap, level, around)
        course = fall(rng, body, start)
        if stays_on(top, body, course) and _free(draft, top, body, course.centres):
            return course, top
    return None


def _free(draft: SceneBuilder, top: Top, body: Body, centres: Array) -> bool:
    """Whether a body whose centre is at `centres` (T, 3) is in view and touches nothing but the top below it."""
    if share_in_view(draft.camera, draft.seen_poses(), centres) < IN_VIEW:
        return False
    return draft.space.fits(Occupant(centres, body.radius, body.radius), on=top.piece)


def _spot(rng: Rng, top: Top, body: Body) -> Array:
    """Centre (3,) of a body that stands somewhere on a top."""
    x, y = (uniform(rng, (-half, half)) for half in np.array(top.half) - body.flat_radius)
    return top.place(x, y) + np.array([0.0, 0.0, body.size[2] / 2])


def stays_on(top: Top, body: Body, course: RigidTrajectory) -> bool:
    """Whether a body is over a top, corner by corner, whenever it is near it."""
    corners = course.centres[:, None] + (CORNERS * body.size) @ course.rotations.transpose(0, 2, 1)
    near = corners[..., 2].min(axis=1) < top.middle[2] + NEAR
    return bool(np.all(top.inside(corners[near]) >= 0))

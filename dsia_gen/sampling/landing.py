"""Falls that end on furniture: physics on a top, kept where the body stays within its edge."""

from __future__ import annotations

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.sampling.camera_motion import right_of
from dsia_gen.sampling.draw import Rng, choose, uniform
from dsia_gen.sampling.facing import drawn_yaw
from dsia_gen.sampling.physics import CORNERS
from dsia_gen.sampling.rigid_trajectories import Body, RigidTrajectory, Start, fall
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, Top, share_in_view

SPOTS = 40
"""Places on tops that are tried."""
IN_VIEW = 0.6
"""Share of the times at which a falling body is in the image."""
NEAR = 0.05
"""Metres above a top below which all corners of a body are over it."""


def landing(rng: Rng, builder: SceneBuilder, body: Body) -> tuple[RigidTrajectory, Top] | None:
    """A fall onto furniture and the top that it ends on; None when no top in view fits."""
    tops = [top for top in builder.tops if min(top.half) > body.flat_radius]
    for _ in range(SPOTS if tops else 0):
        top = choose(rng, tops)
        x, y = (uniform(rng, (-half, half)) for half in np.array(top.half) - body.flat_radius)
        spot = top.place(x, y) + np.array([0.0, 0.0, body.size[2] / 2])
        around = float(top.inside(spot)) - body.flat_radius
        if around < 0 or not _is_free(builder, top, body, spot[None]):  # a disc has no corners
            continue
        side = right_of(builder.camera, builder.middle)
        yaw = drawn_yaw(rng, builder, spot, builder.config.objects.facing)
        level, step = float(top.middle[2]), builder.target_step(float(np.linalg.norm(spot - builder.eye)))
        start = Start(spot, step, builder.times, builder.step_seconds, side, yaw, builder.gap, level, around)
        trajectory = fall(rng, body, start)
        if stays_on(top, body, trajectory) and _is_free(builder, top, body, trajectory.centres):
            return trajectory, top
    return None


def _is_free(builder: SceneBuilder, top: Top, body: Body, centres: Array) -> bool:
    """Whether a body whose centre is at `centres` (T, 3) is in view and touches nothing but the top below it."""
    if share_in_view(builder.camera, builder.seen_poses(), centres) < IN_VIEW:
        return False
    return builder.space.fits(Occupant(centres, body.radius, body.radius), on=top.furniture)


def stays_on(top: Top, body: Body, trajectory: RigidTrajectory) -> bool:
    """Whether a body is over a top, corner by corner, whenever it is near it."""
    corners = trajectory.centres[:, None] + (CORNERS * body.size) @ trajectory.rotations.transpose(0, 2, 1)
    near = corners[..., 2].min(axis=1) < top.middle[2] + NEAR
    return bool(np.all(top.inside(corners[near]) >= 0))

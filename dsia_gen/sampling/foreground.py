"""Objects of the foreground, and props: the static objects of outdoor scenes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene_config import ObjectMotion, ObjectsConfig, PropsConfig
from dsia_gen.core.errors import AssetError
from dsia_gen.sampling.camera_motion import right_of
from dsia_gen.sampling.draw import Rng, choose, draw_object, integer, log_uniform, uniform, weighted
from dsia_gen.sampling.faces import hides_a_face
from dsia_gen.sampling.facing import drawn_yaw, facing_camera
from dsia_gen.sampling.landing import landing
from dsia_gen.sampling.rigid_trajectories import GROUNDED, TRAJECTORIES, Body, Start, standing
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, point_in_view, share_in_view
from dsia_gen.spec.asset import MeshFile, ProceduralObject
from dsia_gen.spec.motion import RigidPath, Still
from dsia_gen.spec.views import REFERENCE_WIDTH

TRIES = 40
LARGEST = 0.5
"""Share of the width of the image that an object may span."""
FALL_SPEED = 2.5
"""Metres a second of a body that has fallen for a quarter of a second."""
ON_FURNITURE = 0.8
"""How often a falling object lands on furniture, where there is a free top."""
LANDS = 4.0
"""Factor on the weight of falling for an object that fits on some furniture: few are small enough."""


@dataclass(frozen=True)
class ObjectCandidate:
    """An object that is drawn and not yet placed: what it is, its size, and how it may move."""

    entry: Entry
    shape: ProceduralObject | MeshFile
    body: Body
    moves: bool = True
    rolls: bool = False


def draw_candidate(rng: Rng, builder: SceneBuilder, entry: Entry) -> ObjectCandidate:
    """An object of a manifest entry: a built-in family with drawn parameters, or a file with its known size."""
    if entry.builtin is None:
        if entry.size is None:
            raise AssetError(f"entry {entry.id!r} needs `size`, its largest side in metres, to be placed")
        mesh = builder.library.mesh_file(entry)
        return ObjectCandidate(entry, mesh, Body((entry.size, entry.size, entry.height or entry.size)))
    if entry.builtin not in FAMILIES:
        raise AssetError(f"entry {entry.id!r} names an unknown family {entry.builtin!r}; correct the manifest")
    family = FAMILIES[entry.builtin]
    shape = draw_object(rng, family)
    size = family.extent(shape.params)
    ball = family.name.endswith("ball") and max(size) - min(size) < 0.05 * max(size)  # a rugby ball is not round
    return ObjectCandidate(entry, shape, Body(size, ball), family.moves, family.rolls)


def shuffled(rng: Rng, entries: list[Entry], count: int) -> list[Entry]:
    """`count` entries, each used before any is used again."""
    picked: list[Entry] = []
    while len(picked) < count:
        picked += [entries[int(i)] for i in rng.permutation(len(entries))]
    return picked[:count]


def _entries(rng: Rng, builder: SceneBuilder, config: ObjectsConfig | PropsConfig, tag: str) -> list[Entry]:
    """As many entries as configured, drawn among those with a tag."""
    count = integer(rng, config.count)
    if count == 0:
        return []
    own_first = builder.config.own_first and tag == "foreground"
    return shuffled(rng, builder.library.of("object", config.assets, (tag, builder.config.setting), own_first), count)


def add_foreground(builder: SceneBuilder) -> None:
    """Put moving and still objects in front of the camera, as many as configured and as fit."""
    rng = builder.rng("objects")
    for entry in _entries(rng, builder, builder.config.objects, "foreground"):
        for _ in range(TRIES):
            if _try_foreground(rng, builder, draw_candidate(rng, builder, entry)):
                break


def _try_foreground(rng: Rng, builder: SceneBuilder, candidate: ObjectCandidate) -> bool:
    body = candidate.body
    depth = log_uniform(rng, builder.config.objects.distance)
    if 2 * body.radius / builder.pixel(depth) > LARGEST * REFERENCE_WIDTH:
        return False
    step = uniform(rng, (0.7, 1.4)) * builder.target_step(depth)
    kind = weighted(rng, motion_weights(builder, candidate, step))
    landed = landing(rng, builder, body) if kind == "fall" and rng.uniform() < ON_FURNITURE else None
    on: tuple[Occupant, ...] = ()
    motion: Still | RigidPath
    if landed:
        motion, centres, on = landed[0].motion(body), landed[0].centres, landed[1].furniture
    else:
        # The centre at the middle time, at a drawn place in the image.
        u, v = uniform(rng, (0.1, 0.9)), uniform(rng, (0.15, 0.8))
        centre = point_in_view(builder.camera, builder.middle, u, v, depth)
        if kind in GROUNDED:
            centre[2] = body.size[2] / 2
        yaw = drawn_yaw(rng, builder, centre, builder.config.objects.facing)
        if kind == "still":
            motion, centres = standing(centre - body.centre, yaw), centre[None]
        else:
            side = right_of(builder.camera, builder.middle)
            start = Start(centre, step, builder.times, builder.step_seconds, side, yaw, builder.gap)
            trajectory = TRAJECTORIES[kind](rng, body, start)
            motion, centres = trajectory.motion(body), trajectory.centres
    air = kind not in GROUNDED
    radius = body.radius if air else body.flat_radius
    occupant = Occupant(centres, radius, radius if air else body.size[2] / 2)
    if share_in_view(builder.camera, builder.seen_poses(), centres) < 0.6 or not builder.space.fits(occupant, on=on):
        return False
    if hides_a_face(builder, centres, 0.7 * body.radius):
        return False
    builder.space.add(occupant)
    builder.add(candidate.entry, candidate.shape, motion, "foreground")
    return True


def motion_weights(builder: SceneBuilder, candidate: ObjectCandidate, step: float) -> dict[ObjectMotion, float]:
    """Weights of the motions of an object that shall move by `step` metres a time step."""
    weights = dict(builder.config.objects.motions)
    if not candidate.rolls:
        weights.pop("roll", None)
    if "fall" in weights and any(min(top.half) > candidate.body.flat_radius for top in builder.tops):
        weights["fall"] *= LANDS
    if FALL_SPEED * builder.step_seconds > 2.5 * step:
        weights.pop("fall", None)  # gravity is faster than the motion that is asked for
    if not candidate.moves:
        weights = {"still": 1.0}
    return weights or {"still": 1.0}


def add_props(builder: SceneBuilder) -> None:
    """Put static objects at varied distances, clear of the space in front of the camera."""
    rng = builder.rng("dressing")
    for entry in _entries(rng, builder, builder.config.props, "props"):
        for _ in range(TRIES):
            if _try_prop(rng, builder, draw_candidate(rng, builder, entry)):
                break


def _try_prop(rng: Rng, builder: SceneBuilder, candidate: ObjectCandidate) -> bool:
    near, far = builder.config.props.distance
    body = candidate.body
    depth = near + (far - near) * rng.uniform() ** 0.8
    u = uniform(rng, (-0.15, 1.15))
    nearest = depth - body.flat_radius
    # Near props stay at the sides, so that the foreground is not hidden.
    if nearest < 0.55 * near or (nearest < 1.4 * near and abs(u - 0.5) < 0.33):
        return False
    centre = point_in_view(builder.camera, builder.middle, u, 0.5, depth)
    centre[2] = body.size[2] / 2
    occupant = Occupant(centre[None], body.flat_radius, body.size[2] / 2)
    if not builder.space.fits(occupant):
        return False
    builder.space.add(occupant)
    yaw = facing_camera(builder, centre) + choose(rng, (0.0, 0.0, 0.0, np.pi / 2)) + 0.4 * float(rng.normal())
    builder.add(candidate.entry, candidate.shape, standing(centre - body.centre, yaw), "dressing")
    return True

"""Objects: those in the foreground that move, and those that stand about."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene_config import DressingConfig, ObjectMotion, ObjectsConfig
from dsia_gen.core.errors import AssetError
from dsia_gen.sampling.camera_motion import right_of
from dsia_gen.sampling.draw import Rng, choose, draw_object, integer, log_uniform, uniform, weighted
from dsia_gen.sampling.faces import hides_a_face
from dsia_gen.sampling.landing import landing
from dsia_gen.sampling.rigid_trajectories import COURSES, GROUNDED, Body, Start, standing
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, point_in_view, share_in_view
from dsia_gen.spec.asset import MeshFile, ProceduralObject
from dsia_gen.spec.motion import RigidPath, Still

Array = NDArray[np.float64]
TRIES = 40
LARGEST = 0.5
"""Share of the width of the image that a thing may span."""
FALL_SPEED = 2.5
"""Metres a second of something that has fallen for a quarter of a second."""
ON_FURNITURE = 0.8
"""How often what falls lands on furniture, where there is a free top."""
LANDS = 4.0
"""By how much falling is likelier for what a piece of furniture has room for: few things are small enough."""


@dataclass(frozen=True)
class Prop:
    """A drawn object: what it is, how large, and what it may do."""

    entry: Entry
    shape: ProceduralObject | MeshFile
    body: Body
    moves: bool = True
    rolls: bool = False


def draw_prop(rng: Rng, draft: SceneBuilder, entry: Entry) -> Prop:
    """An object of a manifest entry: a built-in family with drawn parameters, or a file with its known size."""
    if entry.builtin is None:
        return _file_prop(draft, entry)
    if entry.builtin not in FAMILIES:
        raise AssetError(f"entry {entry.id!r} names an unknown family {entry.builtin!r}; correct the manifest")
    family = FAMILIES[entry.builtin]
    shape = draw_object(rng, family)
    size = family.extent(shape.params)
    ball = family.name.endswith("ball") and max(size) - min(size) < 0.05 * max(size)  # a rugby ball is none
    return Prop(entry, shape, Body(size, ball), family.moves, family.rolls)


def _file_prop(draft: SceneBuilder, entry: Entry) -> Prop:
    if entry.size is None:
        raise AssetError(f"entry {entry.id!r} needs `size`, its largest side in metres, to be placed")
    shape = MeshFile(
        file=draft.library.file(entry),
        scale=entry.scale,
        up=entry.up,
        facing=entry.facing,
        missing_textures=entry.missing_textures,
    )
    height = entry.height or entry.size
    return Prop(entry, shape, Body((entry.size, entry.size, height)))


def shuffled(rng: Rng, entries: list[Entry], count: int) -> list[Entry]:
    """`count` entries, each used before any is used again."""
    picked: list[Entry] = []
    while len(picked) < count:
        picked += [entries[int(i)] for i in rng.permutation(len(entries))]
    return picked[:count]


def add_foreground(draft: SceneBuilder) -> None:
    """Put moving and still objects in front of the camera, as many as asked for and as fit."""
    _scatter(draft, draft.rng("objects"), draft.config.objects, "foreground", _try_foreground)


def _scatter(
    draft: SceneBuilder,
    rng: Rng,
    config: ObjectsConfig | DressingConfig,
    tag: str,
    place: Callable[[Rng, SceneBuilder, Prop], bool],
) -> None:
    """Draw as many things as asked for; each is drawn anew until `place` finds room for it, or given up."""
    count = integer(rng, config.count)
    if count == 0:
        return
    own_first = draft.config.own_first and tag == "foreground"
    entries = draft.library.of("object", config.assets, (tag, draft.config.setting), own_first)
    for entry in shuffled(rng, entries, count):
        for _ in range(TRIES):
            if place(rng, draft, draw_prop(rng, draft, entry)):
                break


def _try_foreground(rng: Rng, draft: SceneBuilder, prop: Prop) -> bool:
    depth = log_uniform(rng, draft.config.objects.distance)
    if 2 * prop.body.radius / draft.pixel(depth) > LARGEST * 960:
        return False
    step = uniform(rng, (0.7, 1.4)) * draft.wanted_step(depth)
    kind = weighted(rng, _possible(draft, prop, step))
    landed = landing(rng, draft, prop.body) if kind == "fall" and rng.uniform() < ON_FURNITURE else None
    on: tuple[Occupant, ...] = ()
    motion: Still | RigidPath
    if landed:
        motion, centres, on = landed[0].motion(prop.body), landed[0].centres, landed[1].piece
    else:
        centre = _centre(rng, draft, prop.body, kind, depth)
        motion, centres = _motion(rng, draft, prop.body, kind, centre, step)
    air = kind not in GROUNDED
    radius = prop.body.radius if air else prop.body.flat_radius
    occupant = Occupant(centres, radius, radius if air else prop.body.size[2] / 2)
    if share_in_view(draft.camera, draft.seen_poses(), centres) < 0.6 or not draft.space.fits(occupant, on=on):
        return False
    if hides_a_face(draft, centres, 0.7 * prop.body.radius):
        return False
    draft.space.add(occupant)
    draft.add(prop.entry, prop.shape, motion, "foreground")
    return True


def _possible(draft: SceneBuilder, prop: Prop, step: float) -> dict[ObjectMotion, float]:
    """Weights of what an object may do when it shall move by `step` metres a time step."""
    weights = dict(draft.config.objects.motions)
    if not prop.rolls:
        weights.pop("roll", None)
    if "fall" in weights and any(min(top.half) > prop.body.flat_radius for top in draft.tops):
        weights["fall"] *= LANDS
    if FALL_SPEED * draft.step_seconds > 2.5 * step:
        weights.pop("fall", None)  # gravity cannot be asked to wait
    if not prop.moves:
        weights = {"still": 1.0}
    return weights or {"still": 1.0}


def _centre(rng: Rng, draft: SceneBuilder, body: Body, kind: str, depth: float) -> Array:
    """Centre of a body at the middle of the shot, at a drawn place in the image."""
    point = point_in_view(draft.camera, draft.middle, uniform(rng, (0.1, 0.9)), uniform(rng, (0.15, 0.8)), depth)
    if kind in GROUNDED:
        point[2] = body.size[2] / 2
    return point


def _motion(
    rng: Rng, draft: SceneBuilder, body: Body, kind: str, centre: Array, step: float
) -> tuple[Still | RigidPath, Array]:
    yaw = uniform(rng, (-np.pi, np.pi))
    if kind == "still":
        return standing(centre - body.centre, yaw), centre[None]
    side = right_of(draft.camera, draft.middle)
    course = COURSES[kind](rng, body, Start(centre, step, draft.times, draft.step_seconds, side, yaw, draft.gap))
    return course.motion(body), course.centres


def add_dressing(draft: SceneBuilder) -> None:
    """Put static things at varied distances, clear of the stage in front of the camera."""
    _scatter(draft, draft.rng("dressing"), draft.config.dressing, "dressing", _try_dressing)


def _try_dressing(rng: Rng, draft: SceneBuilder, prop: Prop) -> bool:
    near, far = draft.config.dressing.distance
    depth = near + (far - near) * rng.uniform() ** 0.8
    u = uniform(rng, (-0.15, 1.15))
    nearest = depth - prop.body.flat_radius
    # What is near stays at the sides, so that the foreground is not hidden.
    if nearest < 0.55 * near or (nearest < 1.4 * near and abs(u - 0.5) < 0.33):
        return False
    centre = point_in_view(draft.camera, draft.middle, u, 0.5, depth)
    centre[2] = prop.body.size[2] / 2
    occupant = Occupant(centre[None], prop.body.flat_radius, prop.body.size[2] / 2)
    if not draft.space.fits(occupant):
        return False
    draft.space.add(occupant)
    quarter = choose(rng, (0.0, 0.0, 0.0, np.pi / 2))
    yaw = facing_camera(draft, centre) + quarter + 0.4 * float(rng.normal())
    draft.add(prop.entry, prop.shape, standing(centre - prop.body.centre, yaw), "dressing")
    return True


def facing_camera(draft: SceneBuilder, place: Array) -> float:
    """Yaw at which the front (-Y) of a thing at `place` looks at the camera."""
    away = place - draft.eye
    return math.atan2(-away[0], away[1])

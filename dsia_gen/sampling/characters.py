"""Characters: body, clothes, what they do, and where they walk."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.bvh import read_bvh
from dsia_gen.assets.families.base import Slot
from dsia_gen.assets.gaits import gait_motion
from dsia_gen.assets.humanoid import CanonicalClip, clip_from_bvh, to_motion
from dsia_gen.assets.manifest import Entry
from dsia_gen.assets.skeleton import leg_length, rest_joints
from dsia_gen.errors import AssetError
from dsia_gen.sampling.draft import Draft
from dsia_gen.sampling.draw import Rng, choose, draw_material, integer, log_uniform, uniform, weighted
from dsia_gen.sampling.objects import facing_camera, shuffled
from dsia_gen.sampling.palettes import draw_colours
from dsia_gen.sampling.space import Occupant, point_in_view, share_in_view
from dsia_gen.spec.asset import BodyShape, CharacterFile, Outfit, ParametricCharacter
from dsia_gen.spec.material import Material

Array = NDArray[np.float64]
TRIES = 60
REACH = 0.42
"""Radius of the room a person needs, in metres."""

_TOP = Slot("top", ("fabric", "stripes", "checker", "print", "knit", "patches", "dots", "plain"), "cloth", (0.03, 0.09))
_BOTTOM = Slot("bottom", ("denim", "fabric", "denim", "checker", "leather", "stripes"), "cloth", (0.02, 0.07))
_SHOES = Slot("shoes", ("leather", "fabric", "plain"), "dark", (0.03, 0.08))

HairStyle = Literal["bald", "short", "bob", "long", "bun", "cap", "afro"]
_HAIR: dict[HairStyle, float] = {
    "short": 4.0, "bob": 2.0, "long": 2.0, "bun": 1.5, "cap": 1.5, "afro": 1.0, "bald": 0.6,
}  # fmt: skip


def draw_body(rng: Rng) -> BodyShape:
    """An adult, sometimes a child (larger head, shorter legs)."""
    if rng.uniform() < 0.12:
        return BodyShape(height=uniform(rng, (1.15, 1.4)), girth=uniform(rng, (0.9, 1.1)), legs=0.95, head=1.2)
    return BodyShape(
        height=float(np.clip(rng.normal(1.72, 0.09), 1.5, 2.0)),
        girth=float(np.clip(rng.normal(1.0, 0.12), 0.8, 1.35)),
        shoulders=uniform(rng, (0.88, 1.12)),
        legs=uniform(rng, (0.96, 1.05)),
        head=uniform(rng, (0.97, 1.06)),
    )


def draw_outfit(rng: Rng) -> Outfit:
    """Clothes, skin and hair."""
    skin, hair = draw_colours(rng, "skin", 1), draw_colours(rng, "hair", 2)
    cap = draw_material(rng, Slot("cap", ("fabric", "checker", "print"), "vivid", (0.02, 0.05)))
    style = weighted(rng, _HAIR)
    strands = Material(kind="hair", colours=hair, scale=0.02, roughness=0.5, seed=integer(rng, (0, 10**6)))
    return Outfit(
        top=draw_material(rng, _TOP),
        bottom=draw_material(rng, _BOTTOM),
        shoes=draw_material(rng, _SHOES),
        skin=Material(kind="skin", colours=skin, scale=0.05, roughness=0.5, seed=integer(rng, (0, 10**6))),
        hair=cap if style == "cap" else strands,
        hair_style=style,
        sleeves=choose(rng, ("none", "short", "short", "long", "long")),
        legs=choose(rng, ("trousers", "trousers", "trousers", "shorts", "skirt")),
    )


def add_characters(draft: Draft) -> None:
    """Put characters in front of the camera, each with a clip of its own."""
    config = draft.config.characters
    rng = draft.rng("characters")
    count = integer(rng, config.count)
    if count == 0:
        return
    people = shuffled(rng, draft.library.of("character", config.assets), count)
    clips = shuffled(rng, draft.library.of("motion", config.motions), count)
    for person, motion in zip(people, clips, strict=True):
        _add_character(rng, draft, person, motion)


def _add_character(rng: Rng, draft: Draft, person: Entry, motion: Entry) -> None:
    body = draw_body(rng)
    shape: ParametricCharacter | CharacterFile
    if person.builtin is not None:
        shape = ParametricCharacter(body=body, outfit=draw_outfit(rng))
        height, leg = body.height, leg_length(rest_joints(body))
    else:
        height = person.height or body.height
        shape = CharacterFile(file=draft.library.file(person), height=height, facing=person.facing)
        leg = 0.5 * height
    clip = draw_clip(rng, draft, motion, body)
    placed = place_walk(rng, draft, clip.hips * leg, height)
    if placed is None:
        return
    start, yaw = placed
    draft.use(motion)
    draft.add(person, shape, to_motion(clip, (float(start[0]), float(start[1]), 0.0), yaw), "foreground")


def draw_clip(rng: Rng, draft: Draft, motion: Entry, body: BodyShape) -> CanonicalClip:
    """A stretch of a gait or of a motion-capture file, as long as the shot."""
    if motion.builtin is not None:
        return gait_motion(
            motion.builtin, body, fps=draft.fps, frames=draft.times, phase=uniform(rng, (0, 1)),
            speed_scale=uniform(rng, (0.85, 1.15)),
        )  # fmt: skip
    bvh = read_bvh(draft.library.path(motion))
    needed = draft.times * draft.step_seconds
    spare = bvh.duration - needed
    if spare < 0:
        raise AssetError(
            f"motion {motion.id!r} lasts {bvh.duration:.2f} s, but the shot needs {needed:.2f} s; "
            "ask for fewer pairs, a higher fps, or a longer clip"
        )
    return clip_from_bvh(bvh, draft.fps, frames=draft.times, start=uniform(rng, (0, spare)), name=motion.id)


def place_walk(rng: Rng, draft: Draft, hips: Array, height: float) -> tuple[Array, float] | None:
    """Start (3,) on the floor and yaw for a walk with hips (T, 3) in metres, clear of everything and in view."""
    middle = draft.times // 2
    for attempt in range(TRIES):
        depth = log_uniform(rng, draft.config.characters.distance)
        target = point_in_view(draft.camera, draft.middle, uniform(rng, (0.15, 0.85)), 0.5, depth)
        yaw = uniform(rng, (-np.pi, np.pi)) if attempt % 3 else facing_camera(draft, target) + 0.5 * float(rng.normal())
        c, s = np.cos(yaw), np.sin(yaw)
        way = hips[:, :2] @ np.array([[c, s], [-s, c]])
        start = target[:2] - way[middle]
        centres = np.column_stack([start + way, np.full(len(way), height / 2)])
        occupant = Occupant(centres, REACH, height / 2)
        if share_in_view(draft.camera, draft.seen_poses(), centres, -0.02) < 0.8 or not draft.space.fits(occupant):
            continue
        draft.space.add(occupant)
        return np.array([start[0], start[1], 0.0]), float(yaw)
    return None

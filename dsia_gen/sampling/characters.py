"""Characters: body, clothes, what they do, and where they walk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from dsia_gen.assets.manifest import Entry
from dsia_gen.core.rotations import Array
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import canonical_clip, to_motion
from dsia_gen.motion.readers import read_motion
from dsia_gen.procedural.people.named_people import person_named
from dsia_gen.sampling.draw import Rng, integer, log_uniform, uniform
from dsia_gen.sampling.facing import drawn_yaw, facing_camera
from dsia_gen.sampling.foreground import shuffled
from dsia_gen.sampling.palettes import draw_colours
from dsia_gen.sampling.proxies import joint_paths
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, point_in_view, share_in_view
from dsia_gen.spec.asset import BodyShape, CharacterFile, ParametricCharacter, figure_height
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Vec3

TRIES = 60
REACH = 0.42
"""Least radius in metres of the space that a person needs."""
FINGERS = 0.12
"""Metres by which hands, hair and skirts reach beyond the joints."""
SPARE_CLIPS = 3
"""Further clips that are tried when a person would move too much or too little for the motion target."""
MEASURE_FPS = 24.0
LIKING = 0.6
"""How often a person gets a motion that their tags prefer, rather than any."""
PLACES = {"outdoor", "indoor"}
OTHER_CLOTHES = 0.5
"""How often a person wears clothes in other colours than in their thumbnail."""


def recoloured(rng: Rng, character: ParametricCharacter) -> ParametricCharacter:
    """The same person in a scene: body, face and cut stay; top and bottom may have other colours."""
    outfit = character.outfit
    if rng.uniform() > OTHER_CLOTHES:
        return character

    def dyed(cloth: Material) -> Material:
        return cloth.model_copy(update={"colours": draw_colours(rng, "cloth", len(cloth.colours))})

    top = dyed(outfit.top)
    bottom = top if outfit.bottom == outfit.top else dyed(outfit.bottom)  # a dress has one cloth
    return character.model_copy(update={"outfit": outfit.model_copy(update={"top": top, "bottom": bottom})})


@dataclass(frozen=True)
class CharacterCandidate:
    """A person who is drawn and not yet placed.

    `depth` is the distance in metres at which they are tried first, `phase` in [0, 1] where in the clip they begin,
    `speed` the mean speed of their joints in metres a second.
    """

    entry: Entry
    motion: Entry
    body: BodyShape
    shape: ParametricCharacter | CharacterFile
    depth: float
    phase: float
    speed_scale: float
    speed: float = 0.0


def draw_people(builder: SceneBuilder) -> list[CharacterCandidate]:
    """People, their motions and distances, before places and frame rate are chosen."""
    config, rng = builder.config.characters, builder.rng("characters")
    count = integer(rng, config.count)
    if count == 0:
        return []
    people = shuffled(rng, builder.library.of("character", config.assets, own_first=builder.config.own_first), count)
    motions = builder.library.of("motion", config.motions, own_first=builder.config.own_first)
    clips = shuffled(rng, motions, max(len(motions), count + SPARE_CLIPS))
    drawn: list[CharacterCandidate] = []
    for entry in people:
        likes = set(entry.tags) - PLACES if rng.uniform() < LIKING else set()
        motion = take_clip(clips, likes)
        shape: ParametricCharacter | CharacterFile
        if entry.builtin is not None:
            shape = recoloured(rng, person_named(entry.builtin, entry.id).character)
            body = shape.body
        else:
            body = BodyShape(height=figure_height(entry.height or uniform(rng, (1.55, 1.9))))
            shape = builder.library.character_file(entry, body.height)
        depth, phase = log_uniform(rng, config.distance), uniform(rng, (0, 1))
        person = CharacterCandidate(entry, motion, body, shape, depth, phase, uniform(rng, (0.85, 1.15)))
        person = _with_speed(builder, person)
        for _ in range(SPARE_CLIPS):
            if len(clips) < count - len(drawn) or _meets_target(builder, person):
                break
            person = _with_speed(builder, replace(person, motion=take_clip(clips, likes)))
        drawn.append(person)
    return drawn


def take_clip(clips: list[Entry], likes: set[str]) -> Entry:
    """Takes the last clip off the list, or the last that is preferred, by its gait or its tags."""
    liked = [k for k, clip in enumerate(clips) if clip.builtin in likes or not likes.isdisjoint(clip.tags)]
    return clips.pop(liked[-1] if liked else -1)


def _with_speed(builder: SceneBuilder, person: CharacterCandidate) -> CharacterCandidate:
    """The person with the mean speed of their joints over a second of the clip."""
    clip = draw_clip(builder, person, MEASURE_FPS, int(MEASURE_FPS))
    positions, _, _ = joint_paths(to_motion(clip, (0.0, 0.0, 0.0)), person.body)
    return replace(person, speed=float(np.linalg.norm(np.diff(positions, axis=0), axis=2).mean()) * MEASURE_FPS)


def _pixel_speed(builder: SceneBuilder, person: CharacterCandidate) -> float:
    """Pixels a second at an image width of REFERENCE_WIDTH, less the motion along the line of sight."""
    return 0.8 * person.speed / builder.pixel(person.depth)


def _meets_target(builder: SceneBuilder, person: CharacterCandidate) -> bool:
    """Whether some frame rate of the configuration lets a person move by about the target in one gap."""
    sequence, target = builder.config.sequence, builder.target.foreground_px
    speed = _pixel_speed(builder, person)
    slowest, fastest = speed * builder.gap / sequence.fps[1], speed * builder.gap / sequence.fps[0]
    return slowest < 1.3 * target and fastest > 0.7 * target


def choose_fps(builder: SceneBuilder, people: list[CharacterCandidate]) -> float:
    """Time steps a second at which people move by the target in one gap; near ones count more."""
    low, high = builder.config.sequence.fps
    if not people:
        return log_uniform(builder.rng("fps"), (low, min(high, 8 * low)))
    weights = np.array([1 / person.depth**2 for person in people])
    speed = float(np.average([_pixel_speed(builder, person) for person in people], weights=weights))
    return float(np.clip(speed * builder.gap / builder.target.foreground_px, low, high))


_read_motion = lru_cache(maxsize=8)(read_motion)


def draw_clip(builder: SceneBuilder, person: CharacterCandidate, fps: float, frames: int) -> CanonicalClip:
    """A part of a gait or of a motion-capture file; a file that is too short is extended in a loop."""
    entry = person.motion
    if entry.builtin is not None:
        return gait_motion(entry.builtin, person.body, fps, frames, person.phase, person.speed_scale)
    motion = _read_motion(builder.library.path(entry))
    spare = motion.duration - frames / fps - motion.frame_time  # the clip may lose a frame to a leading bind pose
    return canonical_clip(motion, fps, frames=frames, start=max(0.0, person.phase * spare), name=entry.id)


def add_people(builder: SceneBuilder, people: list[CharacterCandidate]) -> None:
    """Put people in front of the camera, in view and clear of everything; those that do not fit are left out."""
    rng = builder.rng("walks")
    for person in people:
        clip = draw_clip(builder, person, builder.fps, builder.times)
        placed = place_walk(rng, builder, person, joint_paths(to_motion(clip, (0.0, 0.0, 0.0)), person.body)[0])
        if placed is not None:
            builder.use(person.motion)
            builder.add(person.entry, person.shape, to_motion(clip, *placed), "foreground")


def place_walk(rng: Rng, builder: SceneBuilder, person: CharacterCandidate, joints: Array) -> tuple[Vec3, float] | None:
    """Start on the floor and yaw for a walk with joints (T, 22, 3) in metres."""
    hips = joints[:, 0, :2]
    reach = max(REACH, float(np.linalg.norm(joints[..., :2] - hips[:, None], axis=2).max()) + FINGERS)
    top = max(person.body.height, float(joints[..., 2].max()) + FINGERS)
    middle, config = builder.times // 2, builder.config.characters
    for attempt in range(TRIES):
        depth = person.depth if attempt < TRIES // 2 else log_uniform(rng, config.distance)
        target = point_in_view(builder.camera, builder.middle, uniform(rng, (0.15, 0.85)), 0.5, depth)
        if attempt % 3 or config.facing is not None:
            yaw = drawn_yaw(rng, builder, target, config.facing)
        else:
            yaw = facing_camera(builder, target) + 0.5 * float(rng.normal())
        c, s = np.cos(yaw), np.sin(yaw)
        way = hips @ np.array([[c, s], [-s, c]])
        start = target[:2] - way[middle]
        centres = np.column_stack([start + way, np.full(len(way), top / 2)])
        occupant = Occupant(centres, reach, top / 2)
        seen = share_in_view(builder.camera, builder.seen_poses(), centres, -0.02)
        if seen < 0.8 or not builder.space.fits(occupant):
            continue
        builder.space.add(occupant)
        return (float(start[0]), float(start[1]), 0.0), float(yaw)
    return None

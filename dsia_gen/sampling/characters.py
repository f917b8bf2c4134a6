"""Characters: body, clothes, what they do, and where they walk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.manifest import Entry
from dsia_gen.motion.bvh import Bvh
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import CanonicalClip, clip_from_bvh, to_motion
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeleton import leg_length, rest_joints
from dsia_gen.procedural.people.presets import person_named
from dsia_gen.sampling.draw import Rng, integer, log_uniform, uniform
from dsia_gen.sampling.foreground import facing_camera, shuffled
from dsia_gen.sampling.palettes import draw_colours
from dsia_gen.sampling.proxies import joint_paths
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, point_in_view, share_in_view
from dsia_gen.spec.asset import BodyShape, CharacterFile, ParametricCharacter
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Vec3

Array = NDArray[np.float64]
TRIES = 60
REACH = 0.42
"""Least radius of the room a person needs, in metres."""
FINGERS = 0.12
"""Metres by which hands, hair and skirts reach beyond the joints."""
SPARE_CLIPS = 3
"""Clips to fall back on when a person cannot move as much, or as little, as wanted."""
MEASURE_FPS = 24.0

LIKING = 0.6
"""How often people do what their tags say they prefer, rather than anything."""
PLACES = {"outdoor", "indoor"}
OTHER_CLOTHES = 0.5
"""How often people wear their clothes in other colours than in their thumbnail."""


def dressed(rng: Rng, character: ParametricCharacter) -> ParametricCharacter:
    """The same person in a scene: body, face and cut stay; top and bottom may be of other colours."""
    outfit = character.outfit
    if rng.uniform() > OTHER_CLOTHES:
        return character
    top = _dyed(rng, outfit.top)
    whole = outfit.bottom == outfit.top  # a dress is of one cloth
    return character.model_copy(
        update={"outfit": outfit.model_copy(update={"top": top, "bottom": top if whole else _dyed(rng, outfit.bottom)})}
    )


def _dyed(rng: Rng, cloth: Material) -> Material:
    return cloth.model_copy(update={"colours": draw_colours(rng, "cloth", len(cloth.colours))})


@dataclass(frozen=True)
class MovingPerson:
    """Somebody who is about to enter the scene; `phase` in [0, 1] is where in the clip they begin, `speed` the mean
    speed of their joints in metres a second."""

    entry: Entry
    motion: Entry
    body: BodyShape
    shape: ParametricCharacter | CharacterFile
    depth: float
    phase: float
    speed_scale: float
    speed: float = 0.0

    @property
    def height(self) -> float:
        return self.body.height

    @property
    def leg(self) -> float:
        return leg_length(rest_joints(self.body)) if isinstance(self.shape, ParametricCharacter) else 0.5 * self.height


def draw_people(draft: SceneBuilder) -> list[MovingPerson]:
    """Who is in the scene, what they do and how far away, before it is known where and how fast time runs."""
    config, rng = draft.config.characters, draft.rng("characters")
    count = integer(rng, config.count)
    if count == 0:
        return []
    people = shuffled(rng, draft.library.of("character", config.assets, own_first=draft.config.own_first), count)
    motions = draft.library.of("motion", config.motions, own_first=draft.config.own_first)
    clips = shuffled(rng, motions, max(len(motions), count + SPARE_CLIPS))
    drawn: list[MovingPerson] = []
    for entry in people:
        likes = set(entry.tags) - PLACES if rng.uniform() < LIKING else set()
        person = _person(rng, draft, entry, _next_clip(clips, likes))
        for _ in range(SPARE_CLIPS):
            if len(clips) < count - len(drawn) or _can_reach(draft, person):
                break
            person = _with_speed(draft, replace(person, motion=_next_clip(clips, likes)))
        drawn.append(person)
    return drawn


def _next_clip(clips: list[Entry], likes: set[str]) -> Entry:
    """Takes the last clip off the list, or the last that is liked, by its gait or its tags."""
    liked = [k for k, clip in enumerate(clips) if clip.builtin in likes or not likes.isdisjoint(clip.tags)]
    return clips.pop(liked[-1] if liked else -1)


def _person(rng: Rng, draft: SceneBuilder, entry: Entry, motion: Entry) -> MovingPerson:
    shape: ParametricCharacter | CharacterFile
    if entry.builtin is not None:
        shape = dressed(rng, person_named(entry.builtin or "", entry.id).character)
        body = shape.body
    else:
        body = BodyShape(height=entry.height or uniform(rng, (1.55, 1.9)))
        shape = CharacterFile(
            file=draft.library.file(entry),
            height=body.height,
            facing=entry.facing,
            missing_textures=entry.missing_textures,
        )
    depth = log_uniform(rng, draft.config.characters.distance)
    person = MovingPerson(entry, motion, body, shape, depth, uniform(rng, (0, 1)), uniform(rng, (0.85, 1.15)))
    return _with_speed(draft, person)


def _with_speed(draft: SceneBuilder, person: MovingPerson) -> MovingPerson:
    """The person with the mean speed of their joints over a second of the clip."""
    clip = draw_clip(draft, person, MEASURE_FPS, int(MEASURE_FPS))
    positions, _, _ = joint_paths(to_motion(clip, (0.0, 0.0, 0.0)), person.body)
    return replace(person, speed=float(np.linalg.norm(np.diff(positions, axis=0), axis=2).mean()) * MEASURE_FPS)


def _pixel_speed(draft: SceneBuilder, person: MovingPerson) -> float:
    """Pixels a second at a width of 960, with the share of motion that goes along the line of sight taken off."""
    return 0.8 * person.speed / draft.pixel(person.depth)


def _can_reach(draft: SceneBuilder, person: MovingPerson) -> bool:
    sequence, wanted = draft.config.sequence, draft.wanted.foreground_px
    speed = _pixel_speed(draft, person)
    slowest, fastest = speed * draft.gap / sequence.fps[1], speed * draft.gap / sequence.fps[0]
    return slowest < 1.3 * wanted and fastest > 0.7 * wanted


def choose_fps(draft: SceneBuilder, people: list[MovingPerson]) -> float:
    """Time steps a second at which people move by the wanted number of pixels in one gap; near ones count more."""
    low, high = draft.config.sequence.fps
    if not people:
        return log_uniform(draft.rng("fps"), (low, min(high, 8 * low)))
    weights = np.array([1 / person.depth**2 for person in people])
    speed = float(np.average([_pixel_speed(draft, person) for person in people], weights=weights))
    fps = speed * draft.gap / draft.wanted.foreground_px
    return float(np.clip(fps, low, high))


@lru_cache(maxsize=8)
def _read(path: Path) -> Bvh:
    return read_motion(path)


def draw_clip(draft: SceneBuilder, person: MovingPerson, fps: float, frames: int) -> CanonicalClip:
    """A stretch of a gait or of a motion-capture file; a file that is too short goes on in a loop."""
    motion = person.motion
    if motion.builtin is not None:
        return gait_motion(
            motion.builtin, person.body, fps=fps, frames=frames, phase=person.phase, speed_scale=person.speed_scale
        )
    bvh = _read(draft.library.path(motion))
    spare = bvh.duration - frames / fps - bvh.frame_time  # the clip may lose a frame to a leading bind pose
    return clip_from_bvh(bvh, fps, frames=frames, start=max(0.0, person.phase * spare), name=motion.id)


def add_people(draft: SceneBuilder, people: list[MovingPerson]) -> None:
    """Put people in front of the camera, clear of everything and in view; whoever finds no room stays away."""
    rng = draft.rng("walks")
    for person in people:
        clip = draw_clip(draft, person, draft.fps, draft.times)
        motion = to_motion(clip, (0.0, 0.0, 0.0))
        placed = place_walk(rng, draft, person, joint_paths(motion, person.body)[0])
        if placed is not None:
            draft.use(person.motion)
            draft.add(person.entry, person.shape, to_motion(clip, *placed), "foreground")


def place_walk(rng: Rng, draft: SceneBuilder, person: MovingPerson, joints: Array) -> tuple[Vec3, float] | None:
    """Start on the floor and yaw for a walk with joints (T, 22, 3) in metres."""
    hips = joints[:, 0, :2]
    reach = max(REACH, float(np.linalg.norm(joints[..., :2] - hips[:, None], axis=2).max()) + FINGERS)
    top = max(person.height, float(joints[..., 2].max()) + FINGERS)
    middle = draft.times // 2
    for attempt in range(TRIES):
        depth = person.depth if attempt < TRIES // 2 else log_uniform(rng, draft.config.characters.distance)
        target = point_in_view(draft.camera, draft.middle, uniform(rng, (0.15, 0.85)), 0.5, depth)
        yaw = uniform(rng, (-np.pi, np.pi)) if attempt % 3 else facing_camera(draft, target) + 0.5 * float(rng.normal())
        c, s = np.cos(yaw), np.sin(yaw)
        way = hips @ np.array([[c, s], [-s, c]])
        start = target[:2] - way[middle]
        centres = np.column_stack([start + way, np.full(len(way), top / 2)])
        occupant = Occupant(centres, reach, top / 2)
        if share_in_view(draft.camera, draft.seen_poses(), centres, -0.02) < 0.8 or not draft.space.fits(occupant):
            continue
        draft.space.add(occupant)
        return (float(start[0]), float(start[1]), 0.0), float(yaw)
    return None

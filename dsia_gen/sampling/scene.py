"""(manifests, configuration, seed) -> SceneSpec. After this nothing is random."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.assets.trajectory import load_trajectory
from dsia_gen.config.scene import SceneConfig, SequenceConfig
from dsia_gen.errors import SamplingError
from dsia_gen.sampling.camera import (
    Poses,
    Stand,
    handheld,
    image_motion,
    pose_records,
    recorded,
    solve_strength,
)
from dsia_gen.sampling.characters import add_characters
from dsia_gen.sampling.draft import Draft
from dsia_gen.sampling.draw import Rng, choose, log_uniform, uniform, weighted
from dsia_gen.sampling.light import colour_track, strength, sun, track, warmth
from dsia_gen.sampling.objects import add_dressing, add_foreground
from dsia_gen.sampling.room import add_room, draw_room
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Bounds, Space, camera_occupant
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.light import Environment, GroundedDome, Render
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair

Array = NDArray[np.float64]


def sample_scene(
    config: SceneConfig,
    library: Library,
    seed: int,
    resolution: tuple[int, int],
    render: Render,
) -> SceneSpec:
    """Decide everything about one scene.

    Raises AssetError for an asset that is missing or broken, SamplingError when nothing moves in front of the
    camera although the configuration asks for it.
    """
    room = draw_room(child(seed, "room"), config.room) if config.setting == "indoor" else None
    draft = _draft(config, library, seed, resolution, room.bounds if room else _open_air(config))
    if room:
        add_room(draft, room)
    add_characters(draft)
    add_foreground(draft)
    if config.setting == "outdoor":
        add_dressing(draft)
    _require_foreground(draft)
    environment = _environment(draft)
    return SceneSpec(
        config=config.name,
        seed=seed,
        setting=config.setting,
        times=draft.times,
        fps=draft.fps,
        assets=tuple(draft.uses[name] for name in sorted(draft.uses)),
        instances=tuple(draft.instances),
        lamps=tuple(draft.lamps),
        environment=environment,
        camera=draft.camera,
        render=render,
        pairs=draft.pairs,
    )


def draw_pairs(rng: Rng, config: SequenceConfig) -> tuple[tuple[Pair, ...], int, int]:
    """Pairs, number of times and number of poses.

    `resequenced` walks the camera path in another order than time (section 3.1 of the DMAligner paper): the pose
    of each time step is drawn anew, with neighbours in time still `gap` poses apart.
    """
    length = config.pairs + config.gap
    if config.order == "neighbours":
        poses = np.arange(length)
    else:
        start, direction = int(rng.integers(length)), 1 if rng.uniform() < 0.5 else -1
        poses = np.abs((start + direction * np.arange(length)) % (2 * length - 2) - (length - 1))
    pairs = tuple(
        Pair(index=k, t1=k, p1=int(poses[k]), t2=k + config.gap, p2=int(poses[k + config.gap]))
        for k in range(config.pairs)
    )
    return pairs, length, length


def _draft(config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int], bounds: Bounds) -> Draft:
    pairs, times, poses = draw_pairs(child(seed, "sequence"), config.sequence)
    fps = uniform(child(seed, "fps"), config.sequence.fps)
    draft = Draft(
        config=config,
        library=library,
        seed=seed,
        times=times,
        fps=fps,
        pairs=pairs,
        camera=_placeholder(resolution),
        space=Space(bounds),
    )
    draft.camera = _camera(draft, poses, config.sequence.gap)
    for thing in camera_occupant(draft.camera):
        draft.space.add(thing)
    return draft


def _placeholder(resolution: tuple[int, int]) -> CameraSpec:
    here = Pose(position=(0.0, 0.0, 1.5), rotation=(1.0, 0.0, 0.0, 0.0))
    return CameraSpec(width=resolution[0], height=resolution[1], lens_mm=30.0, poses=(here,))


def _open_air(config: SceneConfig) -> Bounds:
    reach = config.environment.dome_radius[0] * 0.7
    return Bounds((-reach, reach), (-reach, reach), (0.0, reach))


def _camera(draft: Draft, poses: int, gap: int) -> CameraSpec:
    """A camera whose mean image motion over static things is what was drawn, and that stays inside the bounds."""
    config, rng = draft.config.camera, draft.rng("camera")
    base = draft.camera.model_copy(update={"lens_mm": round(uniform(rng, config.lens_mm), 3)})
    stand = _stand(rng, draft, poses)
    path = _path(rng, draft, stand)
    target = log_uniform(rng, config.motion_px)
    bounds = draft.space.bounds

    def motion(amount: float) -> float:
        return float(np.mean(image_motion(base, path(amount), bounds.hit, gap)))

    amount = solve_strength(motion, target) if poses > gap else 0.0
    while amount > 1e-3 and not _inside(path(amount), bounds):
        amount *= 0.8
    return base.model_copy(update={"poses": pose_records(path(amount))})


def _stand(rng: Rng, draft: Draft, poses: int) -> Stand:
    height = uniform(rng, draft.config.camera.height)
    target = np.array([uniform(rng, (-0.3, 0.3)), uniform(rng, (3.0, 4.5)), height - uniform(rng, (0.15, 0.65))])
    return Stand(np.array([0.0, 0.0, height]), target, poses, draft.step_seconds)


def _path(rng: Rng, draft: Draft, stand: Stand) -> Poses:
    entries = draft.library.of("trajectory", draft.config.camera.trajectories)
    entry = choose(rng, entries)
    draft.use(entry)
    if entry.builtin is not None:
        return handheld(rng, stand)
    path = load_trajectory(draft.library.path(entry))
    metres = uniform(rng, (0.6, 2.0))
    return recorded(path.in_metres(metres), path.duration, uniform(rng, (0, 1)), stand)


def _inside(matrices: Array, bounds: Bounds, margin: float = 0.3) -> bool:
    low = np.array([bounds.x[0], bounds.y[0], bounds.z[0]]) + margin
    high = np.array([bounds.x[1], bounds.y[1], bounds.z[1]]) - margin
    places = matrices[:, :3, 3]
    return bool(np.all((places >= low) & (places <= high)))


def _require_foreground(draft: Draft) -> None:
    wanted = draft.config.characters.count[0] + draft.config.objects.count[0]
    if wanted and not any(instance.role == "foreground" for instance in draft.instances):
        raise SamplingError(
            f"{draft.config.name}: nothing of the foreground fits in front of the camera (seed {draft.seed}); "
            "widen characters.distance or objects.distance"
        )


def _environment(draft: Draft) -> Environment:
    config, rng = draft.config, draft.rng("light")
    profile = weighted(rng, config.light.profiles)
    tag = "outdoor" if config.setting == "outdoor" else "window"
    entry = choose(rng, draft.library.of("hdri", config.environment.hdris, (tag,)))
    draft.use(entry)
    base = uniform(rng, config.environment.irradiance)
    dome = None
    if config.setting == "outdoor":
        if rng.uniform() < config.light.sun:
            draft.lamps.append(sun(rng, profile, draft.times, base * uniform(rng, (0.3, 0.7))))
        dome = GroundedDome(
            radius=uniform(rng, config.environment.dome_radius),
            capture_height=uniform(rng, config.environment.capture_height),
            detail=uniform(rng, (0.5, 0.9)),
            detail_scale=uniform(rng, (0.04, 0.12)),
            detail_seed=int(rng.integers(2**31)),
        )
    else:
        base *= 1.2  # only a part of the sky is seen through windows
    return Environment(
        hdri=draft.library.file(entry),
        asset=entry.id,
        yaw=uniform(rng, (-math.pi, math.pi)),
        irradiance=track(base * strength(rng, profile, draft.times)),
        tint=colour_track(warmth(rng, profile, draft.times)),
        dome=dome,
    )

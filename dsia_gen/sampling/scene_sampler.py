"""(manifests, configuration, seed) -> SceneSpec. After this nothing is random."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.config.scene_config import LightProfile, SceneConfig
from dsia_gen.core.errors import SamplingError
from dsia_gen.motion.trajectory import load_trajectory
from dsia_gen.sampling.camera_motion import CameraPlacement, Poses, handheld, recorded
from dsia_gen.sampling.camera_passes import (
    CameraPass,
    camera_on,
    draw_wanted,
    joined,
    length,
    shoot,
    solve_path,
    with_camera,
)
from dsia_gen.sampling.characters import add_people, choose_fps, draw_people
from dsia_gen.sampling.draw import Rng, choose, log_uniform, uniform, weighted
from dsia_gen.sampling.foreground import add_dressing, add_foreground
from dsia_gen.sampling.holdout import visible_assets
from dsia_gen.sampling.light_profiles import colour_track, lamp_of, strength, sun, track, warmth
from dsia_gen.sampling.proxies import pieces_of_all
from dsia_gen.sampling.proxy_scene import ProxyScene, make_stage
from dsia_gen.sampling.rooms import add_room, draw_room
from dsia_gen.sampling.scene_builder import SceneBuilder, middle_gap
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Bounds, Space, camera_occupant
from dsia_gen.sampling.trim import cut_times
from dsia_gen.spec.camera import CameraSpec, Pose, project
from dsia_gen.spec.light import Environment, ExposureBounds, GroundedDome, Render
from dsia_gen.spec.scene import SceneSpec

Array = NDArray[np.float64]
ATTEMPTS = 6
"""Times that a scene is drawn anew when its pairs do not move as asked for; the best attempt is kept."""
STANDS = 4
"""Places that each further pass of the camera tries."""
PAIR_SECONDS = (0.25, 0.6)
"""Seconds of camera movement between the two images of a pair."""
PASS_SPREAD = 0.9
"""Metres within which further passes stand beside the first."""
SUN, SUNNY = (0.3, 0.7), 0.5
"""Strength of an extra sun as a share of the sky's, and of the light of an environment that has a high sun itself."""
LEVEL = 0.7
"""Share of the radius of the dome up to which the ground is level: what stands about stands and casts shadows there."""
FAR_FOCUS = 4.0
"""Metres to which a lens is focused when nothing nearer moves."""
GOOD = 0.02
"""Misfit of a scene that needs no further attempt."""


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
    config = choose_variant(config, seed)
    library = visible_assets(library, config)
    draft, shots = _best_attempt(config, library, seed, resolution)
    draft.camera, draft.pairs = joined(shots)
    draft.camera = _focused(draft)
    cut_times(draft)
    environment = _light(draft)
    exposure = config.light.exposure
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
        exposure=ExposureBounds(mean=exposure.mean, black=exposure.black, burnt=exposure.burnt),
        pairs=draft.pairs,
    )


def _focused(draft: SceneBuilder) -> CameraSpec:
    """The camera with a depth of field, where one is asked for: focused on the nearest thing in motion that the first
    pair sees."""
    apertures, pair = draft.config.camera.aperture, draft.pairs[0]
    if apertures is None:
        return draft.camera
    _, moving = pieces_of_all(draft.instances, draft.library, draft.times)
    camera, centres = draft.camera, moving.centres[moving.step(pair.t1)]
    pixels, depth = project(camera.intrinsics(), camera.camera_to_world(pair.p1), centres)
    seen = (depth > 0) & np.all((pixels >= 0) & (pixels <= [camera.width, camera.height]), axis=1)
    focus = float(depth[seen].min(initial=FAR_FOCUS))
    return camera.model_copy(update={"aperture": log_uniform(draft.rng("aperture"), apertures), "focus": focus})


def choose_variant(config: SceneConfig, seed: int) -> SceneConfig:
    """The kind of scene that a mix draws for a seed; the configuration itself when it is no mix."""
    if not config.variants:
        return config
    return config.variants[weighted(child(seed, "mix"), {k: v.weight for k, v in enumerate(config.variants)})].scene


def _best_attempt(
    config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int]
) -> tuple[SceneBuilder, list[CameraPass]]:
    """The first attempt whose pairs all move as asked for, else the one that comes nearest."""
    found: list[tuple[float, SceneBuilder, list[CameraPass]]] = []
    for attempt in range(ATTEMPTS):
        draft, path = _staged(config, library, seed, attempt, resolution)
        if not _has_foreground(draft):
            continue
        shots = _film(draft, path)
        misfit = float(np.mean([shot.misfit(config.motion) for shot in shots])) if _wants_foreground(config) else 0.0
        found.append((misfit, draft, shots))
        if misfit < GOOD:
            break
    if not found:
        raise SamplingError(
            f"{config.name}: nothing of the foreground fits in front of the camera (seed {seed}); "
            "widen characters.distance or objects.distance"
        )
    _, draft, shots = min(found, key=lambda item: item[0])
    return draft, shots


def _wants_foreground(config: SceneConfig) -> bool:
    return config.characters.count[0] + config.objects.count[0] > 0


def _has_foreground(draft: SceneBuilder) -> bool:
    return not _wants_foreground(draft.config) or any(i.role == "foreground" for i in draft.instances)


def _staged(
    config: SceneConfig, library: Library, seed: int, attempt: int, resolution: tuple[int, int]
) -> tuple[SceneBuilder, Poses]:
    """Everything in its place, before the pairs are chosen; and the path of the camera that all was placed for."""
    draft = SceneBuilder(
        config=config,
        library=library,
        seed=seed,
        attempt=attempt,
        times=length(config.sequence.pairs, config.sequence.gap),
        fps=config.sequence.fps[0],
        wanted=draw_wanted(child(seed, "motion"), config.motion),
        camera=_placeholder(resolution),
        space=Space(_open_air(config)),
    )
    room = draw_room(draft.rng("room"), config.room) if config.setting == "indoor" else None
    if room:
        draft.space = Space(room.bounds)
    else:
        draft.dome = _dome(draft)
    path = _first_camera(draft)
    for thing in camera_occupant(draft.camera):
        draft.space.add(thing)
    if room:
        add_room(draft, room)
    people = draw_people(draft)
    draft.fps = choose_fps(draft, people)
    add_people(draft, people)
    add_foreground(draft)
    if config.setting == "outdoor":
        add_dressing(draft)
    return draft, path


def _placeholder(resolution: tuple[int, int]) -> CameraSpec:
    here = Pose(position=(0.0, 0.0, 1.5), rotation=(1.0, 0.0, 0.0, 0.0))
    return CameraSpec(width=resolution[0], height=resolution[1], lens_mm=30.0, poses=(here,))


def _open_air(config: SceneConfig) -> Bounds:
    reach = config.environment.dome_radius[0] * 0.7
    return Bounds((-reach, reach), (-reach, reach), (0.0, reach))


def _first_camera(draft: SceneBuilder) -> Poses:
    """Lens and path of the camera, as strong as it has to be in front of bare walls."""
    rng = draft.rng("camera")
    draft.camera = draft.camera.model_copy(update={"lens_mm": round(uniform(rng, draft.config.camera.lens_mm), 3)})
    path = _path(rng, draft, _stand(rng, draft))
    bare = make_stage((), draft.camera, 1, draft.library, draft.dome)
    if draft.dome is None:
        bare = ProxyScene(draft.camera, bare.static, bare.moving, draft.space.bounds.hit)
    amount = solve_path(path, bare, draft.space.bounds, draft.config.sequence, draft.wanted.camera_px)
    draft.camera = camera_on(path, amount, draft.camera)
    return path


def _stand(rng: Rng, draft: SceneBuilder, spread: float = 0.0) -> CameraPlacement:
    """A place to film from, at the origin or within `spread` metres of it, and what to look at."""
    height = uniform(rng, draft.config.camera.height)
    place = np.array([uniform(rng, (-spread, spread)), uniform(rng, (-0.4, 0.4)) * spread, height])
    target = np.array([uniform(rng, (-0.3, 0.3)), uniform(rng, (3.0, 4.5)), height - uniform(rng, (0.15, 0.65))])
    sequence = draft.config.sequence
    seconds = uniform(rng, PAIR_SECONDS) / middle_gap(sequence.pose_gap)
    return CameraPlacement(place, target, length(sequence.pairs, sequence.pose_gap), seconds)


def _path(rng: Rng, draft: SceneBuilder, stand: CameraPlacement) -> Poses:
    entries = draft.library.of("trajectory", draft.config.camera.trajectories, own_first=draft.config.own_first)
    entry = choose(rng, entries)
    draft.use(entry)
    if entry.builtin is not None:
        return handheld(rng, stand)
    path = load_trajectory(draft.library.path(entry))
    metres = uniform(rng, (0.6, 2.0))
    return recorded(path.in_metres(metres), path.duration, uniform(rng, (0, 1)), stand)


def _film(draft: SceneBuilder, path: Poses) -> list[CameraPass]:
    """All passes: the first along the path that the scene was placed for, the others from beside it."""
    stage = make_stage(draft.instances, draft.camera, draft.times, draft.library, draft.dome)
    sequence, rng = draft.config.sequence, draft.rng("shots")
    shots = [shoot(rng, _retaken(draft, path, stage), draft.times, sequence, draft.wanted)]
    for k in range(1, sequence.passes):
        shots.append(_another(draft.rng(f"pass/{k}"), draft, stage) or shots[-1])
    return shots


def _retaken(draft: SceneBuilder, path: Poses, stage: ProxyScene) -> ProxyScene:
    """The stage with its first path solved again now that things stand about; the old one where the new is not free."""
    amount = solve_path(path, stage, draft.space.bounds, draft.config.sequence, draft.wanted.camera_px)
    camera = camera_on(path, amount, stage.camera)
    return with_camera(stage, camera) if _free(draft, camera) else stage


def _free(draft: SceneBuilder, camera: CameraSpec) -> bool:
    """Whether a camera keeps clear of everything but the cameras that are there already."""
    things = [thing for thing in draft.space.things if not thing.camera]
    return all(here.clear_of(thing) for here in camera_occupant(camera) for thing in things)


def _another(rng: Rng, draft: SceneBuilder, stage: ProxyScene) -> CameraPass | None:
    """A further pass from a place of its own: the best of a few tries; None when none of them is free."""
    sequence, found = draft.config.sequence, []
    for _ in range(STANDS):
        path = _path(rng, draft, _stand(rng, draft, PASS_SPREAD))
        wanted = draw_wanted(rng, draft.config.motion)
        wanted = replace(wanted, foreground_px=draft.wanted.foreground_px)
        amount = solve_path(path, stage, draft.space.bounds, sequence, wanted.camera_px)
        camera = camera_on(path, amount, stage.camera)
        if not _free(draft, camera):
            continue
        found.append(shoot(rng, with_camera(stage, camera), draft.times, sequence, wanted))
        if found[-1].misfit(draft.config.motion) < GOOD:
            break
    return min(found, key=lambda shot: shot.misfit(draft.config.motion), default=None)


def _dome(draft: SceneBuilder) -> GroundedDome:
    config, rng = draft.config.environment, draft.rng("dome")
    ground = draft.wardrobe.ground()
    if ground:
        draft.use(ground[1])
    radius = uniform(rng, config.dome_radius)
    return GroundedDome(
        radius=radius,
        floor_radius=LEVEL * radius,
        capture_height=uniform(rng, config.capture_height),
        detail=uniform(rng, (0.5, 0.9)),
        detail_scale=uniform(rng, (0.04, 0.12)),
        detail_seed=int(rng.integers(2**31)),
        ground=ground[0] if ground else None,
    )


def _light(draft: SceneBuilder) -> Environment:
    """Lamps, sun and sky of each time, all of one profile."""
    config, rng = draft.config, draft.rng("light")
    profile: LightProfile = weighted(rng, config.light.profiles)
    outdoor = config.setting == "outdoor"
    tags = ("outdoor" if outdoor else "window",)
    entry = choose(rng, draft.library.of("hdri", config.environment.hdris, tags, config.own_first))
    draft.use(entry)
    draft.lamps = [lamp_of(rng, profile, draft.times, socket) for socket in draft.sockets]
    base = uniform(rng, config.environment.irradiance)
    share = uniform(rng, SUN) if rng.uniform() < config.light.sun else 0.0
    if outdoor and "sunny" in entry.tags:
        base, share = SUNNY * base, 0.0  # a second sun would cast second shadows
    if share > 0:
        draft.lamps.append(sun(rng, profile, draft.times, base * share))
        base = base / (1 + share / 2) if outdoor else base
    return Environment(
        hdri=draft.library.file(entry),
        asset=entry.id,
        yaw=uniform(rng, (-math.pi, math.pi)),
        irradiance=track((base if outdoor else 1.2 * base) * strength(rng, profile, draft.times)),
        tint=colour_track(warmth(rng, profile, draft.times)),
        dome=draft.dome,
    )

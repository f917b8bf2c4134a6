"""(manifests, configuration, seed) -> SceneSpec. Everything after this is deterministic."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dsia_gen.assets.library import Library
from dsia_gen.config.scene_config import LightProfile, SceneConfig
from dsia_gen.core.errors import SamplingError
from dsia_gen.motion.trajectory import load_trajectory
from dsia_gen.sampling.camera_motion import CameraPlacement, Poses, handheld, recorded
from dsia_gen.sampling.camera_passes import (
    CameraPass,
    camera_on,
    draw_target,
    join_passes,
    plan_pass,
    solve_path,
    step_count,
)
from dsia_gen.sampling.characters import add_people, choose_fps, draw_people
from dsia_gen.sampling.draw import Rng, choose, log_uniform, uniform, weighted
from dsia_gen.sampling.foreground import add_foreground, add_props
from dsia_gen.sampling.holdout import visible_assets
from dsia_gen.sampling.light_profiles import colour_track, lamp_of, strength, sun, track, warmth
from dsia_gen.sampling.proxies import proxies_of_all
from dsia_gen.sampling.proxy_scene import PairEstimate, make_proxy_scene
from dsia_gen.sampling.rooms import add_room, draw_room
from dsia_gen.sampling.scene_builder import SceneBuilder, middle_gap
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import SceneBounds, Space, camera_occupant
from dsia_gen.sampling.trim import cut_times
from dsia_gen.spec.camera import CameraSpec, Pose, project
from dsia_gen.spec.light import Environment, ExposureBounds, GroundedDome, Render
from dsia_gen.spec.scene import SceneSpec

ATTEMPTS = 6
"""Times that a scene is drawn when its pairs do not move as configured; the best attempt is kept."""
ATTEMPTED_PAIRS = 300
"""Pairs of all attempts, which bounds the time that a scene with many pairs takes."""
PLACEMENTS = 4
"""Placements of the camera that each further pass tries."""
PAIR_SECONDS = (0.25, 0.6)
"""Seconds of camera movement between the two images of a pair."""
PASS_SPREAD = 0.9
"""Metres within which further passes begin beside the first."""
SUN, SUNNY = (0.3, 0.7), 0.5
"""Strength of an extra sun as a share of the sky's, and of the light of an environment that has a high sun itself."""
LEVEL = 0.7
"""Share of the radius of the dome up to which the ground is level: props stand and cast shadows there."""
FAR_FOCUS = 4.0
"""Metres to which a lens is focused when nothing nearer moves."""
GOOD = 0.02
"""Misfit of a scene that needs no further attempt."""


def sample_scene(
    config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int], render: Render
) -> SceneSpec:
    """Sample the specification of one scene.

    Parameters
    ----------
    config : SceneConfig
        Ranges and lists to draw from.
    library : Library
        The assets.
    seed : int
        Everything random follows from it.
    resolution : tuple of int
        Width and height in pixels.
    render : Render
        Settings of the renderer, copied into the specification.

    Returns
    -------
    SceneSpec
        The specification: equal arguments give the same bytes.

    Raises
    ------
    AssetError
        For an asset that is missing or broken.
    SamplingError
        When nothing moves in front of the camera although the configuration asks for it.
    """
    return sample_with_estimates(config, library, seed, resolution, render)[0]


def sample_with_estimates(
    config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int], render: Render
) -> tuple[SceneSpec, tuple[PairEstimate, ...]]:
    """Sample the specification of one scene, and keep what its pairs were expected to measure.

    Parameters
    ----------
    config : SceneConfig
        Ranges and lists to draw from.
    library : Library
        The assets.
    seed : int
        Everything random follows from it.
    resolution : tuple of int
        Width and height in pixels.
    render : Render
        Settings of the renderer, copied into the specification.

    Returns
    -------
    SceneSpec
        As `sample_scene`.
    tuple of PairEstimate
        As `foresee_pairs`.

    Raises
    ------
    AssetError
        For an asset that is missing or broken.
    SamplingError
        When nothing moves in front of the camera although the configuration asks for it.
    """
    config = choose_variant(config, seed).at_reference(resolution[0])
    library = visible_assets(library, config)
    builder, passes = _best_attempt(config, library, seed, resolution)
    builder.camera, builder.pairs = join_passes(passes)
    _focus(builder)
    cut_times(builder)
    environment = _light(builder)
    exposure = config.light.exposure
    spec = SceneSpec(
        config=config.name,
        seed=seed,
        setting=config.setting,
        times=builder.times,
        fps=builder.fps,
        assets=tuple(builder.uses[name] for name in sorted(builder.uses)),
        instances=tuple(builder.instances),
        lamps=tuple(builder.lamps),
        environment=environment,
        camera=builder.camera,
        render=render,
        exposure=ExposureBounds(mean=exposure.mean, black=exposure.black, burnt=exposure.overexposed),
        pairs=builder.pairs,
    )
    return spec, _estimates(passes)


def foresee_pairs(
    config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int]
) -> tuple[PairEstimate, ...]:
    """Estimate what the pairs of a scene will measure, as it is sampled.

    Parameters
    ----------
    config : SceneConfig
        Ranges and lists to draw from.
    library : Library
        The assets.
    seed : int
        Everything random follows from it.
    resolution : tuple of int
        Width and height in pixels.

    Returns
    -------
    tuple of PairEstimate
        One for each pair, in order; motions are in pixels at a width of 960.

    Raises
    ------
    AssetError
        For an asset that is missing or broken.
    SamplingError
        When nothing moves in front of the camera although the configuration asks for it.
    """
    config = choose_variant(config, seed).at_reference(resolution[0])
    _, passes = _best_attempt(config, visible_assets(library, config), seed, resolution)
    return _estimates(passes)


def _estimates(passes: list[CameraPass]) -> tuple[PairEstimate, ...]:
    return tuple(estimate for camera_pass in passes for estimate in camera_pass.estimates)


def choose_variant(config: SceneConfig, seed: int) -> SceneConfig:
    """The kind of scene that a mix draws for a seed.

    Parameters
    ----------
    config : SceneConfig
        A configuration, or a resolved mix of several.
    seed : int
        Seed of the scene.

    Returns
    -------
    SceneConfig
        One of the variants; the configuration itself when it is not a mix.
    """
    if not config.variants:
        return config
    return config.variants[weighted(child(seed, "mix"), {k: v.weight for k, v in enumerate(config.variants)})].scene


def _best_attempt(
    config: SceneConfig, library: Library, seed: int, resolution: tuple[int, int]
) -> tuple[SceneBuilder, list[CameraPass]]:
    """The first attempt whose pairs all move as configured, else the one that comes nearest."""
    foreground = config.characters.count[0] + config.objects.count[0] > 0
    found: list[tuple[float, SceneBuilder, list[CameraPass]]] = []
    pairs = config.sequence.pairs * config.sequence.passes
    for attempt in range(max(1, min(ATTEMPTS, ATTEMPTED_PAIRS // pairs))):
        builder, path = _build(config, library, seed, attempt, resolution)
        if foreground and not any(i.role == "foreground" for i in builder.instances):
            continue
        passes = _plan_passes(builder, path)
        misfit = float(np.mean([p.misfit(config.motion) for p in passes])) if foreground else 0.0
        found.append((misfit, builder, passes))
        if misfit < GOOD:
            break
    if not found:
        raise SamplingError(
            f"{config.name}: nothing of the foreground fits in front of the camera (seed {seed}); "
            "widen characters.distance or objects.distance"
        )
    _, builder, passes = min(found, key=lambda item: item[0])
    return builder, passes


def _build(
    config: SceneConfig, library: Library, seed: int, attempt: int, resolution: tuple[int, int]
) -> tuple[SceneBuilder, Poses]:
    """All instances in their places, before pairs are chosen; and the camera path that they were placed for."""
    here = Pose(position=(0.0, 0.0, 1.5), rotation=(1.0, 0.0, 0.0, 0.0))
    reach = config.environment.dome_radius[0] * LEVEL
    builder = SceneBuilder(
        config=config,
        library=library,
        seed=seed,
        attempt=attempt,
        times=step_count(config.sequence.pairs, config.sequence.gap),
        fps=config.sequence.fps[0],
        target=draw_target(child(seed, "motion"), config.motion),
        camera=CameraSpec(width=resolution[0], height=resolution[1], lens_mm=30.0, poses=(here,)),
        space=Space(SceneBounds((-reach, reach), (-reach, reach), (0.0, reach))),
    )
    room = draw_room(builder.rng("room"), config.room) if config.setting == "indoor" else None
    if room:
        builder.space = Space(room.bounds)
    else:
        builder.dome = _draw_dome(builder)
    # The lens, and a path as strong as it has to be in front of bare walls or open ground.
    rng = builder.rng("camera")
    builder.camera = builder.camera.model_copy(update={"lens_mm": round(uniform(rng, config.camera.lens_mm), 3)})
    path = _draw_path(rng, builder)
    bare = make_proxy_scene((), builder.camera, 1, library, builder.dome)
    if room:
        bare = replace(bare, backdrop=room.bounds.hit)
    amount = solve_path(path, bare, builder.space.bounds, config.sequence, builder.target.camera_px)
    builder.camera = camera_on(path, amount, builder.camera)
    builder.space.occupants += camera_occupant(builder.camera)
    if room:
        add_room(builder, room)
    people = draw_people(builder)
    builder.fps = choose_fps(builder, people)
    add_people(builder, people)
    add_foreground(builder)
    if config.setting == "outdoor":
        add_props(builder)
    return builder, path


def _draw_dome(builder: SceneBuilder) -> GroundedDome:
    config, rng = builder.config.environment, builder.rng("dome")
    ground = builder.texture_assigner.ground()
    if ground:
        builder.use(ground[1])
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


def _draw_path(rng: Rng, builder: SceneBuilder, spread: float = 0.0) -> Poses:
    """A camera path whose middle is at the origin or within `spread` metres of it."""
    config, sequence = builder.config.camera, builder.config.sequence
    height = uniform(rng, config.height)
    position = np.array([uniform(rng, (-spread, spread)), uniform(rng, (-0.4, 0.4)) * spread, height])
    target = np.array([uniform(rng, (-0.3, 0.3)), uniform(rng, (3.0, 4.5)), height - uniform(rng, (0.15, 0.65))])
    seconds = uniform(rng, PAIR_SECONDS) / middle_gap(sequence.pose_gap)
    placement = CameraPlacement(position, target, step_count(sequence.pairs, sequence.pose_gap), seconds)
    entry = choose(rng, builder.library.of("trajectory", config.trajectories, own_first=builder.config.own_first))
    builder.use(entry)
    if entry.builtin is not None:
        return handheld(rng, placement)
    path = load_trajectory(builder.library.path(entry))
    return recorded(path.in_metres(uniform(rng, (0.6, 2.0))), path.duration, uniform(rng, (0, 1)), placement)


def _plan_passes(builder: SceneBuilder, path: Poses) -> list[CameraPass]:
    """All passes: the first along the path that the scene was placed for, the others from beside it."""
    scene = make_proxy_scene(builder.instances, builder.camera, builder.times, builder.library, builder.dome)
    sequence, motion, bounds = builder.config.sequence, builder.config.motion, builder.space.bounds
    # The strength of the first path is solved again, now that objects are in view.
    camera = camera_on(path, solve_path(path, scene, bounds, sequence, builder.target.camera_px), scene.camera)
    first = replace(scene, camera=camera) if _is_free(builder, camera) else scene
    passes = [plan_pass(builder.rng("shots"), first, builder.times, sequence, builder.target)]
    for k in range(1, sequence.passes):
        rng, found = builder.rng(f"pass/{k}"), []
        for _ in range(PLACEMENTS):
            path = _draw_path(rng, builder, PASS_SPREAD)
            target = replace(draw_target(rng, motion), foreground_px=builder.target.foreground_px)
            camera = camera_on(path, solve_path(path, scene, bounds, sequence, target.camera_px), scene.camera)
            if not _is_free(builder, camera):
                continue
            found.append(plan_pass(rng, replace(scene, camera=camera), builder.times, sequence, target))
            if found[-1].misfit(motion) < GOOD:
                break
        # Where no placement is free the pass before is repeated.
        passes.append(min(found, key=lambda p: p.misfit(motion), default=passes[-1]))
    return passes


def _is_free(builder: SceneBuilder, camera: CameraSpec) -> bool:
    """Whether a camera keeps clear of everything but cameras."""
    others = [occupant for occupant in builder.space.occupants if not occupant.camera]
    return all(here.clear_of(other) for here in camera_occupant(camera) for other in others)


def _focus(builder: SceneBuilder) -> None:
    """Draw a depth of field, where one is configured: focused on the nearest moving proxy that the first pair sees."""
    apertures, pair = builder.config.camera.aperture, builder.pairs[0]
    if apertures is None:
        return
    _, moving = proxies_of_all(builder.instances, builder.library, builder.times)
    camera, centres = builder.camera, moving.centres[moving.step(pair.t1)]
    pixels, depth = project(camera.intrinsics(), camera.camera_to_world(pair.p1), centres)
    seen = (depth > 0) & np.all((pixels >= 0) & (pixels <= [camera.width, camera.height]), axis=1)
    focus = float(depth[seen].min(initial=FAR_FOCUS))
    aperture = log_uniform(builder.rng("aperture"), apertures)
    # validated, as a copy is not: numbers of a specification are rounded, and read back as they are
    builder.camera = CameraSpec.model_validate({**camera.model_dump(), "aperture": aperture, "focus": focus})


def _light(builder: SceneBuilder) -> Environment:
    """Lamps, sun and sky of each time, all of one profile."""
    config, rng = builder.config, builder.rng("light")
    profile: LightProfile = weighted(rng, config.light.profiles)
    outdoor = config.setting == "outdoor"
    tags = ("outdoor" if outdoor else "window",)
    entry = choose(rng, builder.library.of("hdri", config.environment.hdris, tags, config.own_first))
    builder.use(entry)
    builder.lamps = [lamp_of(rng, profile, builder.times, slot) for slot in builder.lamp_slots]
    base = uniform(rng, config.environment.irradiance)
    share = uniform(rng, SUN) if rng.uniform() < config.light.sun else 0.0
    if outdoor and "sunny" in entry.tags:
        base, share = SUNNY * base, 0.0  # a second sun would cast second shadows
    if share > 0:
        builder.lamps.append(sun(rng, profile, builder.times, base * share))
        base = base / (1 + share / 2) if outdoor else base
    return Environment(
        hdri=builder.library.file(entry),
        asset=entry.id,
        yaw=uniform(rng, (-math.pi, math.pi)),
        irradiance=track((base if outdoor else 1.2 * base) * strength(rng, profile, builder.times)),
        tint=colour_track(warmth(rng, profile, builder.times)),
        dome=builder.dome,
    )

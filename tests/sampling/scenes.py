"""Sampled scenes, each made once for all tests of the room."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dsia_gen.assets.library import Library, load_library
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.rotations import quaternion
from dsia_gen.sampling.scene_builder import MotionTarget, SceneBuilder
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.sampling.space import SceneBounds, Space
from dsia_gen.spec.camera import CameraSpec, Pose, look_at
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec

SIZE = (480, 270)


@lru_cache(maxsize=128)
def scene(name: str, seed: int, *overrides: str) -> SceneSpec:
    """The scene of a preset and a seed."""
    config = load_scene_config(name, overrides)
    return sample_scene(config, library(tuple(config.manifests)), seed, SIZE, Render())


@lru_cache(maxsize=8)
def library(manifests: tuple[str, ...] = ("characters", "motions", "objects", "hdris", "trajectories")) -> Library:
    """The built-in library, or that of some manifests."""
    return load_library(manifests)


def empty_builder() -> SceneBuilder:
    """An empty indoor scene, seen from 1.5 m above the origin towards (0, 3, 0.9), at 24 steps a second."""
    turn = quaternion(look_at(np.array([0.0, 0.0, 1.5]), np.array([0.0, 3.0, 0.9])))
    pose = Pose(position=(0.0, 0.0, 1.5), rotation=tuple(turn.tolist()))
    return SceneBuilder(
        config=load_scene_config("indoor"),
        library=library(),
        seed=0,
        attempt=0,
        times=20,
        fps=24.0,
        target=MotionTarget(10.0, 10.0),
        camera=CameraSpec(width=96, height=54, lens_mm=24, poses=(pose,)),
        space=Space(SceneBounds((-3, 3), (-1, 5), (0, 3))),
    )

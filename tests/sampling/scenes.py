"""Sampled scenes, each made once for all tests of the room."""

from __future__ import annotations

from functools import lru_cache

from dsia_gen.assets.library import Library, load_library
from dsia_gen.config.scene import load_scene_config
from dsia_gen.sampling.scene import sample_scene
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

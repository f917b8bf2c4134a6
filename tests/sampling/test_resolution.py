"""The same scene at another resolution: motions in pixels grow with the images, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.sampling.scene_sampler import foresee_pairs, sample_scene
from dsia_gen.spec.light import Render
from tests.sampling.scenes import library

pytestmark = pytest.mark.slow
WIDTH, HEIGHT = 96, 54


def sampled(name: str, factor: int, motion: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """A scene at `factor` times the size with motions in its own pixels, less the size itself."""
    scaled = {f"motion.{key}": [factor * low, factor * high] for key, (low, high) in motion.items()}
    config = load_scene_config(name, {"sequence.pairs": 1, "props.count": [1, 2]} | scaled)
    assets = library(tuple(config.manifests))
    spec = sample_scene(config, assets, 5, (factor * WIDTH, factor * HEIGHT), Render()).model_dump(mode="json")
    del spec["camera"]["width"], spec["camera"]["height"]
    return spec


@pytest.mark.parametrize(
    ("factor", "motion"), [(2, {"camera_px": (1.0, 3.0), "foreground_px": (0.7, 2.0)}), (4, {"camera_px": (2.0, 4.4)})]
)
def test_the_same_job_at_another_resolution_samples_the_same_scenes(
    factor: int, motion: dict[str, tuple[float, float]]
) -> None:
    assert sampled("tiny", factor, motion) == sampled("tiny", 1, motion)


def test_pairs_move_by_what_is_asked_for_in_pixels_of_their_own_images() -> None:
    asked = {"motion.camera_px": [6, 14], "motion.foreground_px": [3, 10], "sequence.pairs": 1}
    config = load_scene_config("tiny", asked)
    for pair in foresee_pairs(config, library(tuple(config.manifests)), 3, (256, 144)):
        assert 6 <= pair.camera_px * 256 / 960 <= 14
        assert 3 <= pair.foreground_px * 256 / 960 <= 10

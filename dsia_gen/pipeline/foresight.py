"""What a job asks of motion, and what the sampler foresees of it: some scenes are sampled, and nothing is rendered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dsia_gen.assets.library import load_library
from dsia_gen.config.pixel_section import PIXELS
from dsia_gen.config.presets import preset_names
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import AssetError, ConfigError, SamplingError
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.sampling.proxy_scene import PairEstimate
from dsia_gen.sampling.scene_sampler import choose_variant, foresee_pairs
from dsia_gen.spec.views import REFERENCE_WIDTH

SCENES = 3
"""Scenes of a configuration that are sampled at most, one pass of each."""
FAR = 1.25
"""Factor by which every pair has to be outside an interval for it to count as out of reach."""
Interval = tuple[float, float]


@dataclass(frozen=True)
class MotionForecast:
    """What is foreseen of one motion of a configuration, in pixels of the images that are rendered.

    Parameters
    ----------
    key : str
        `camera_px` or `foreground_px`.
    asked : tuple of tuple of float
        The intervals that are asked for; several where the parts of a mix differ.
    scenes : int
        Scenes that were sampled.
    foreseen : tuple of float
        The smallest and the largest motion of a pair.
    inside : float
        Share of the pairs inside their interval.
    reached : bool
        Whether some pair comes within FAR of its interval.
    """

    key: str
    asked: tuple[Interval, ...]
    scenes: int
    foreseen: Interval
    inside: float
    reached: bool

    @property
    def line(self) -> str:
        """One line: what is foreseen, what is asked for, and how many pairs are inside."""
        asked = " or ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.asked)
        low, high = self.foreseen
        return f"{self.key} {low:.3g} to {high:.3g} px, asked {asked} px, {self.inside:.0%} of the pairs inside"

    @property
    def problem(self) -> str | None:
        """One sentence where nothing that was sampled comes near what is asked for."""
        if self.reached:
            return None
        asked = " or ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.asked)
        scenes = f"{self.scenes} sampled scene{'s' * (self.scenes != 1)}"
        low, high = self.foreseen
        most = f"{low:.3g} px" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g} px"
        step = {
            "camera_px": "sequence.pose_gap, or ask for another camera_px",
            "foreground_px": "sequence.gap and sequence.fps, or ask for another foreground_px",
        }[self.key]
        return f"motion.{self.key} {asked} px cannot be reached: {scenes} would have {most}; change {step}"


def asked_motions(config: SceneConfig, width: int) -> dict[str, tuple[Interval, ...]]:
    """The intervals that a configuration asks for by key, in pixels of images of a width; each once.

    Parameters
    ----------
    config : SceneConfig
        A resolved configuration.
    width : int
        Width of the images in pixels.

    Returns
    -------
    dict
        By `camera_px` and `foreground_px`.
    """
    parts = [part.scene for part in config.variants] or [config]
    found = [part.motion.in_pixels(width) for part in parts]
    return {key: tuple(dict.fromkeys(motion[key] for motion in found)) for key in PIXELS}


def forecast(config: SceneConfig, tasks: Sequence[SceneTask], scenes: int = SCENES) -> tuple[MotionForecast, ...]:
    """Sample the first scenes of a configuration, and foresee the motions of their pairs.

    Parameters
    ----------
    config : SceneConfig
        The configuration, resolved.
    tasks : sequence of SceneTask
        Scenes of it.
    scenes : int
        How many to sample at most.

    Returns
    -------
    tuple of MotionForecast
        Camera and foreground; none where no scene could be sampled, and foreground only where something moves.
    """
    found = []
    for task in tasks[:scenes]:
        chosen = choose_variant(config, task.seed)
        one = chosen.model_copy(update={"sequence": chosen.sequence.model_copy(update={"passes": 1})})
        try:
            library = load_library(config.manifest_files, task.assets, task.licences)
            estimates = foresee_pairs(one, library, task.seed, task.resolution)
        except (AssetError, SamplingError):  # the scene itself says so when its turn comes
            continue
        found.append((chosen, estimates))
    return forecast_of(config, found, tasks[0].resolution[0])


def forecast_of(
    config: SceneConfig, scenes: Sequence[tuple[SceneConfig, Sequence[PairEstimate]]], width: int
) -> tuple[MotionForecast, ...]:
    """Compare what the sampler expects of scenes with what their configuration asks for.

    Parameters
    ----------
    config : SceneConfig
        The configuration, resolved.
    scenes : sequence of (SceneConfig, sequence of PairEstimate)
        The kind that was drawn for each scene (the configuration itself where it is not a mix), and its pairs.
    width : int
        Width of the images in pixels.

    Returns
    -------
    tuple of MotionForecast
        As `forecast`.
    """
    pairs: list[dict[str, tuple[float, Interval]]] = []
    for chosen, estimates in scenes:
        asked = chosen.motion.in_pixels(width)
        for pair in estimates:
            moved = {"camera_px": pair.camera_px, "foreground_px": pair.foreground_px}
            pairs.append({key: (moved[key] * width / REFERENCE_WIDTH, asked[key]) for key in PIXELS})
    intervals, found = asked_motions(config, width), list[MotionForecast]()
    for key in PIXELS:
        values = [pair[key] for pair in pairs]
        if not values or (key == "foreground_px" and not any(value for value, _ in values)):
            continue
        motions = [value for value, _ in values]
        inside = [low <= value <= high for value, (low, high) in values]
        near = any(low / FAR <= value <= high * FAR for value, (low, high) in values)
        found.append(
            MotionForecast(
                key, intervals[key], len(scenes), (min(motions), max(motions)), math.fsum(inside) / len(inside), near
            )
        )
    return tuple(found)


def refuse_unreachable(tasks: Sequence[SceneTask], configs: dict[str, SceneConfig]) -> None:
    """Refuse a job that asks for motion which none of its scenes would have, before anything is rendered.

    Presets of this package are known to reach their motions; what differs from them in more than the number of pairs
    is sampled, one scene after the other until one comes near what is asked for.

    Parameters
    ----------
    tasks : sequence of SceneTask
        The scenes to make.
    configs : dict of str to SceneConfig
        Their configurations by name of the scene.

    Raises
    ------
    ConfigError
        With a sentence for each motion that is out of reach.
    """
    groups: dict[int, list[SceneTask]] = {}
    for task in tasks:
        groups.setdefault(id(configs[task.name]), []).append(task)
    known = _sampling_of_presets() if groups else set()
    problems = []
    for group in groups.values():
        config = configs[group[0].name]
        if _decides_motion(config) in known:
            continue
        for scenes in (1, SCENES):
            found = [motion.problem for motion in forecast(config, group, scenes)]
            if not any(found):
                break
        problems += [f"{group[0].config_name}: {problem}" for problem in found if problem]
    if problems:
        raise ConfigError("scenes", list(dict.fromkeys(problems)))


def _decides_motion(config: SceneConfig) -> str:
    """What of a configuration decides how its pairs move, as text to compare."""
    counts = {"sequence": {"pairs", "passes", "order", "pair_directions"}}
    unrelated = {
        "name",
        "mix",
        "manifests",
        "own_first",
        "environment",
        "textures",
        "light",
        "holdout",
        "version",
        "folder",
    }
    parts = [part.scene for part in config.variants] or [config]
    shown = sorted(p.model_dump_json(exclude={**dict.fromkeys(unrelated, True), **counts}) for p in parts)
    return "\n".join(shown)


def _sampling_of_presets() -> set[str]:
    return {_decides_motion(load_scene_config(name)) for name in preset_names("scene_configs")}

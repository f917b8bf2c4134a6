"""How varied a set of scenes is, estimated from their specifications: use of assets, motion, cover, visibility."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dsia_gen.assets.library import Library
from dsia_gen.sampling.proxy_scene import PairEstimate, make_proxy_scene
from dsia_gen.spec.motion import HumanoidMotion, Still
from dsia_gen.spec.scene import Instance, SceneSpec

COVER = (0.03, 0.6)
"""Share of the image that things in motion should cover."""


@dataclass
class Diversity:
    """What some scenes hold.

    `placements` counts by kind: character, motion (what a person does), foreground, dressing (outdoors), furniture,
    thing (what stands on furniture), fitting (pictures, shelves and rugs of a room), hdri, material (the kind of each
    slot of an object), texture (one for each surface).
    """

    placements: dict[str, Counter[str]] = field(default_factory=dict)
    settings: Counter[str] = field(default_factory=Counter)
    pairs: list[PairEstimate] = field(default_factory=list)

    def add(self, spec: SceneSpec, library: Library) -> None:
        """Count one more scene."""
        self.settings[spec.setting] += 1
        self.pairs += estimate_scene(spec, library)
        self._place("hdri", spec.environment.asset)
        for name in spec.textures():
            self._place("texture", name)
        for instance in spec.instances:
            if isinstance(instance.motion, HumanoidMotion):
                self._place("character", instance.asset)
                self._place("motion", instance.motion.clip)
            elif instance.role != "room":
                self._place(_kind(instance, spec.setting), instance.asset)
                for material in getattr(instance.shape, "materials", ()):
                    self._place("material", material.kind)

    def _place(self, kind: str, asset: str) -> None:
        self.placements.setdefault(kind, Counter())[asset] += 1

    def largest_share(self, kind: str) -> tuple[str, float]:
        """The most used asset of a kind, and its share of all placements of that kind."""
        counts = self.placements[kind]
        name, most = counts.most_common(1)[0]
        return name, most / counts.total()

    def cover_within(self, low: float = COVER[0], high: float = COVER[1]) -> float:
        """Share of pairs in which moving objects cover between `low` and `high` of the image."""
        return float(np.mean([low <= pair.cover <= high for pair in self.pairs]))

    def seen_in_all(self) -> float:
        """Share of pairs in which a moving object is visible in all three views."""
        return float(np.mean([pair.in_all for pair in self.pairs]))


LOW = 0.05
"""Metres above the floor at which furniture stands."""
FITTINGS = ("picture", "wall_shelf", "rug")
"""Families that belong to a room as its door does: drawn for what they are, not from a list."""


def _kind(instance: Instance, setting: str) -> str:
    family = getattr(instance.shape, "family", "")
    if instance.role != "dressing" or setting == "outdoor":
        return instance.role
    if family in FITTINGS:
        return "fitting"
    stands = isinstance(instance.motion, Still) and instance.motion.position[2] < LOW
    return "furniture" if stands else "thing"


def measure(specs: Iterable[SceneSpec], library: Library) -> Diversity:
    """Count the scenes of some specifications; `library` gives the sizes of meshes from files."""
    result = Diversity()
    for spec in specs:
        result.add(spec, library)
    return result


def estimate_scene(spec: SceneSpec, library: Library) -> tuple[PairEstimate, ...]:
    """Estimates of every pair of a specification; `library` gives the sizes of meshes from files."""
    scene = make_proxy_scene(spec.instances, spec.camera, spec.times, library, spec.environment.dome)
    views = {v: scene.cast_view(v.time, spec.camera.camera_to_world(v.pose)) for v in spec.views()}
    return tuple(scene.estimate(p, *(views[p.view(role)] for role in ("1", "gt", "2"))) for p in spec.pairs)

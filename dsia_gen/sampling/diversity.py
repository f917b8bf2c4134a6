"""How varied a set of scenes is, foreseen from their specifications: asset use, motion, cover, what is in view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dsia_gen.assets.library import Library
from dsia_gen.sampling.stage import PairEstimate, estimate_scene
from dsia_gen.spec.motion import HumanoidMotion
from dsia_gen.spec.scene import Instance, SceneSpec

COVER = (0.03, 0.6)
"""Share of the picture that things in motion should cover."""


@dataclass
class Diversity:
    """What some scenes hold. `placements` counts assets by kind: character, motion, foreground, dressing, fitting
    (pictures, shelves and rugs of a room), hdri."""

    placements: dict[str, Counter[str]] = field(default_factory=dict)
    settings: Counter[str] = field(default_factory=Counter)
    pairs: list[PairEstimate] = field(default_factory=list)

    def add(self, spec: SceneSpec, library: Library) -> None:
        """Count one more scene."""
        self.settings[spec.setting] += 1
        self.pairs += estimate_scene(spec, library)
        self._place("hdri", spec.environment.asset)
        for instance in spec.instances:
            if isinstance(instance.motion, HumanoidMotion):
                self._place("character", instance.asset)
                self._place("motion", instance.motion.clip)
            elif instance.role != "room":
                self._place(_kind(instance), instance.asset)

    def _place(self, kind: str, asset: str) -> None:
        self.placements.setdefault(kind, Counter())[asset] += 1

    def largest_share(self, kind: str) -> tuple[str, float]:
        """The most used asset of a kind, and its share of all placements of that kind."""
        counts = self.placements[kind]
        name, most = counts.most_common(1)[0]
        return name, most / counts.total()

    def cover_within(self, low: float = COVER[0], high: float = COVER[1]) -> float:
        """Share of pairs in which things in motion cover between `low` and `high` of the picture."""
        return float(np.mean([low <= pair.cover <= high for pair in self.pairs]))

    def seen_in_all(self) -> float:
        """Share of pairs in which something that moves is visible in all three views."""
        return float(np.mean([pair.in_all for pair in self.pairs]))


FITTINGS = ("picture", "wall_shelf", "rug")
"""Families that belong to a room as its door does: drawn for what they are, not from a list."""


def _kind(instance: Instance) -> str:
    return "fitting" if getattr(instance.shape, "family", "") in FITTINGS else instance.role


def measure(specs: Iterable[SceneSpec], library: Library) -> Diversity:
    """Count the scenes of some specifications; `library` gives the sizes of meshes from files."""
    result = Diversity()
    for spec in specs:
        result.add(spec, library)
    return result

"""A scene in the making: what the samplers of its parts add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene import SceneConfig
from dsia_gen.sampling.draw import Rng
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Space
from dsia_gen.spec.asset import AssetUse, CharacterFile, MeshFile, ParametricCharacter, ProceduralObject
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.light import Lamp
from dsia_gen.spec.motion import HumanoidMotion, RigidPath, Still
from dsia_gen.spec.scene import Instance
from dsia_gen.spec.views import Pair


@dataclass
class Draft:
    """Everything decided so far. `seen` holds the poses seen at each time, (time, pose) of all views."""

    config: SceneConfig
    library: Library
    seed: int
    times: int
    fps: float
    pairs: tuple[Pair, ...]
    camera: CameraSpec
    space: Space
    instances: list[Instance] = field(default_factory=list)
    uses: dict[str, AssetUse] = field(default_factory=dict)
    lamps: list[Lamp] = field(default_factory=list)

    def rng(self, name: str) -> Rng:
        """The generator called `name` of this scene."""
        return child(self.seed, name)

    @property
    def step_seconds(self) -> float:
        return 1.0 / self.fps

    @property
    def gap(self) -> int:
        """Time steps between I1 and I2 of the first pair, at least one."""
        return max(1, abs(self.pairs[0].t2 - self.pairs[0].t1))

    @property
    def middle(self) -> int:
        """The pose in the middle of the path."""
        return (len(self.camera.poses) - 1) // 2

    def seen_poses(self) -> NDArray[np.int64]:
        """(T,) a pose from which each time is seen (that of I1 or I2); times nobody sees get the middle pose."""
        poses = np.full(self.times, self.middle)
        for pair in self.pairs:
            poses[pair.t2] = pair.p2
            poses[pair.t1] = pair.p1
        return poses

    def use(self, entry: Entry) -> None:
        """Put an asset into the ledger."""
        self.uses[entry.id] = self.library.use(entry)

    def add(
        self,
        entry: Entry,
        shape: ProceduralObject | MeshFile | ParametricCharacter | CharacterFile,
        motion: Still | RigidPath | HumanoidMotion,
        role: Literal["foreground", "dressing", "room"],
        scale: float = 1.0,
    ) -> None:
        """Add an instance; it gets the next free id."""
        self.use(entry)
        number = len(self.instances) + 1
        name = f"{entry.id.rsplit('/', 1)[-1]}.{number:03d}"
        self.instances.append(
            Instance(id=number, name=name, asset=entry.id, role=role, shape=shape, motion=motion, scale=scale)
        )

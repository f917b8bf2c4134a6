"""The scene under construction that the samplers of its parts add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.library import Library
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.sampling.draw import Rng
from dsia_gen.sampling.seeds import child
from dsia_gen.sampling.space import Space, Top
from dsia_gen.sampling.texturing import TextureAssigner, textures_for
from dsia_gen.spec.asset import AssetUse, ProceduralObject, Shape
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.light import GroundedDome, Lamp
from dsia_gen.spec.motion import Motion, Still
from dsia_gen.spec.scene import Instance
from dsia_gen.spec.views import REFERENCE_WIDTH, Pair


@dataclass(frozen=True)
class MotionTarget:
    """Mean motion that a pair should show, pixels at an image width of REFERENCE_WIDTH."""

    camera_px: float
    foreground_px: float


@dataclass(frozen=True)
class LampSlot:
    """A lamp whose light is not yet drawn: watts and colour at rest, and whether it is carried and turns."""

    kind: Literal["area", "point", "spot"]
    placement: Still
    power: float
    colour: NDArray[np.float64]
    size: float
    carried: bool = False


@dataclass
class SceneBuilder:
    """A scene while it is sampled: everything decided so far in one attempt.

    `times` and the poses of `camera` are more than will be used: pairs are chosen among them once all objects are
    placed.
    """

    config: SceneConfig
    library: Library
    seed: int
    attempt: int
    times: int
    fps: float
    target: MotionTarget
    camera: CameraSpec
    space: Space
    dome: GroundedDome | None = None
    tops: list[Top] = field(default_factory=list)
    pairs: tuple[Pair, ...] = ()
    instances: list[Instance] = field(default_factory=list)
    uses: dict[str, AssetUse] = field(default_factory=dict)
    lamp_slots: list[LampSlot] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def rng(self, name: str) -> Rng:
        """The generator called `name` of this attempt; another name gives other specifications."""
        return child(self.seed, f"{name}/{self.attempt}" if self.attempt else name)

    @property
    def step_seconds(self) -> float:
        return 1.0 / self.fps

    @property
    def gap(self) -> int:
        """Time steps between I1 and I2 that leave room for fewer and for more."""
        return middle_gap(self.config.sequence.gap)

    @property
    def middle(self) -> int:
        """The pose in the middle of the path."""
        return (len(self.camera.poses) - 1) // 2

    @property
    def eye(self) -> NDArray[np.float64]:
        """(3,) position of the camera in the middle of its path."""
        return np.array(self.camera.poses[self.middle].position)

    def pixel(self, depth: float) -> float:
        """Metres across the view that a pixel covers at `depth` metres, at an image width of REFERENCE_WIDTH."""
        return depth / float(self.camera.intrinsics()[0, 0]) * self.camera.width / REFERENCE_WIDTH

    def target_step(self, depth: float) -> float:
        """Metres that an object at `depth` metres has to move in a time step for pairs to meet the motion target."""
        return self.target.foreground_px * self.pixel(depth) / self.gap

    def seen_poses(self) -> NDArray[np.int64]:
        """(T,) a pose from which each time may be seen, were the path followed along with time."""
        return np.rint(np.linspace(0, len(self.camera.poses) - 1, self.times)).astype(np.int64)

    def use(self, entry: Entry) -> None:
        """Record the use of an asset, for the list of licences."""
        self.uses[entry.id] = self.library.use(entry)

    def add(self, entry: Entry, shape: Shape, motion: Motion, role: Literal["foreground", "dressing", "room"]) -> None:
        """Add an instance; it gets the next free id. The role of props is `dressing` in specifications."""
        self.use(entry)
        if isinstance(shape, ProceduralObject) and self.texture_assigner.textures:
            shape, used = self.texture_assigner.assign(shape, FAMILIES[shape.family])
            for texture in used:
                self.use(texture)
        number = len(self.instances) + 1
        name = f"{entry.id.rsplit('/', 1)[-1]}.{number:03d}"
        self.instances.append(Instance(id=number, name=name, asset=entry.id, role=role, shape=shape, motion=motion))

    @cached_property
    def texture_assigner(self) -> TextureAssigner:
        """Draws textures for the surfaces of the scene."""
        textures = textures_for(self.library, self.config)
        return TextureAssigner(self.library, textures, self.config.textures.share, self.rng)


def middle_gap(gap: tuple[int, int]) -> int:
    """The geometric middle of an interval of gaps."""
    return round((gap[0] * gap[1]) ** 0.5)

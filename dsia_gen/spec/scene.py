"""SceneSpec: everything about one scene, decided. Pure data between sampling and Blender."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from dsia_gen.spec.asset import AssetUse, ProceduralObject, Shape
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.light import Environment, ExposureBounds, Lamp, Render, as_specified
from dsia_gen.spec.motion import Motion, motion_length
from dsia_gen.spec.record import Positive, Record, content_hash
from dsia_gen.spec.views import Pair, View, unique_views

SPEC_VERSION: Literal[1] = 1


class Instance(Record):
    """One thing in the scene. `id` is its value in instance maps; 0 is the environment and never used here."""

    id: Annotated[int, Field(ge=1, le=65535)]
    name: str
    asset: str
    role: Literal["foreground", "dressing", "room"]
    shape: Shape
    motion: Motion
    scale: Positive = 1.0


class SceneSpec(Record):
    """One scene: what is in it, how it moves over `times` time steps, how it is lit, seen and rendered."""

    version: Literal[1] = SPEC_VERSION
    config: str
    seed: Annotated[int, Field(ge=0)]
    setting: Literal["outdoor", "indoor"]
    times: Annotated[int, Field(ge=1, le=10000)]
    fps: Positive = 24.0
    assets: tuple[AssetUse, ...]
    instances: tuple[Instance, ...]
    lamps: tuple[Lamp, ...] = ()
    environment: Environment
    camera: CameraSpec
    render: Annotated[Render, BeforeValidator(as_specified)]
    exposure: ExposureBounds = ExposureBounds()
    pairs: Annotated[tuple[Pair, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> SceneSpec:
        problems = [*self._id_problems(), *self._length_problems(), *self._pair_problems()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _id_problems(self) -> list[str]:
        ids = [instance.id for instance in self.instances]
        known = {asset.id for asset in self.assets}
        used = {instance.asset for instance in self.instances} | {self.environment.asset} | set(self.textures())
        problems = ["instance ids are not unique"] if len(set(ids)) != len(ids) else []
        return problems + [f"asset {name!r} is used but not in the ledger" for name in sorted(used - known)]

    def _length_problems(self) -> list[str]:
        lengths = [(f"instance {i.id} ({i.name})", motion_length(i.motion)) for i in self.instances]
        for k, lamp in enumerate(self.lamps):
            lengths.append((f"lamp {k}", motion_length(lamp.motion)))
            lengths.append((f"power of lamp {k}", _track_length(len(lamp.power.values))))
            lengths.append((f"colour of lamp {k}", _track_length(len(lamp.colour.values))))
        lengths.append(("environment irradiance", _track_length(len(self.environment.irradiance.values))))
        lengths.append(("environment tint", _track_length(len(self.environment.tint.values))))
        wrong = [(name, n) for name, n in lengths if n not in (None, self.times)]
        return [f"{name} is given for {n} times, not {self.times}" for name, n in wrong]

    def _pair_problems(self) -> list[str]:
        poses = len(self.camera.poses)
        return [
            f"pair {pair.index} asks for time {max(pair.t1, pair.t2)} and pose {max(pair.p1, pair.p2)}, "
            f"but there are {self.times} times and {poses} poses"
            for pair in self.pairs
            if max(pair.t1, pair.t2) >= self.times or max(pair.p1, pair.p2) >= poses
        ]

    def views(self) -> tuple[View, ...]:
        """Every view to render, once, in rendering order."""
        return unique_views(self.pairs)

    def textures(self) -> tuple[str, ...]:
        """The ids of the texture assets in the scene, one for each surface that shows one."""
        shapes = (instance.shape for instance in self.instances)
        worn = tuple(name for shape in shapes if isinstance(shape, ProceduralObject) for name in shape.textures())
        ground = self.environment.dome.ground if self.environment.dome else None
        return worn if ground is None else (*worn, ground.asset)

    def view_times(self) -> tuple[int, ...]:
        """The times at which geometry is needed, ascending."""
        return tuple(sorted({view.time for view in self.views()}))

    def hash(self) -> str:
        """SHA-256 of the canonical JSON: the identity of the scene."""
        return content_hash(self)


def _track_length(n: int) -> int | None:
    return None if n == 1 else n

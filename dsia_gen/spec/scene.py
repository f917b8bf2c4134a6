"""SceneSpec: everything about one scene, decided. Pure data between sampling and Blender."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from dsia_gen.core.bounds import Seed63
from dsia_gen.spec.asset import AssetUse, ProceduralObject, Shape
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.light import Environment, ExposureBounds, Lamp, Render, as_specified
from dsia_gen.spec.motion import ColourTrack, Motion, Track, motion_length
from dsia_gen.spec.record import Positive, Record, content_hash
from dsia_gen.spec.views import Pair, View, unique_views

SPEC_VERSION: Literal[1] = 1


class Instance(Record):
    """One object or character in the scene.

    Parameters
    ----------
    id : int
        Its value in instance maps; 0 is the environment and never used here.
    name, asset : str
        A name for people, and the id of its asset.
    role : str
        `foreground`, `dressing` (props) or `room`.
    shape : Shape
        What it is.
    motion : Motion
        Where it is at each time.
    scale : float
        Factor of its size.
    """

    id: Annotated[int, Field(ge=1, le=65535)]
    name: str
    asset: str
    role: Literal["foreground", "dressing", "room"]
    shape: Shape
    motion: Motion
    scale: Positive = 1.0


class SceneSpec(Record):
    """One scene: what is in it, how it moves, how it is lit, seen and rendered.

    Parameters
    ----------
    version : int
        Version of the format.
    config : str
        Name of the configuration from which it was sampled.
    seed : int
        The seed of the sampler.
    setting : str
        `outdoor` or `indoor`.
    times : int
        Number of time steps.
    fps : float
        Time steps a second.
    assets : tuple of AssetUse
        The ledger: every asset that is used.
    instances : tuple of Instance
        Objects and characters.
    lamps : tuple of Lamp
        Light sources beside the environment.
    environment : Environment
        The HDR environment.
    camera : CameraSpec
        The camera with all its poses.
    render : Render
        Settings of the renderer.
    exposure : ExposureBounds
        What its images may be.
    pairs : tuple of Pair
        What is asked of it.
    """

    version: Literal[1] = SPEC_VERSION
    config: str
    seed: Seed63
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
        ids = [instance.id for instance in self.instances]
        problems = ["instance ids are not unique"] if len(set(ids)) != len(ids) else []
        used = {instance.asset for instance in self.instances} | {self.environment.asset} | set(self.textures())
        unknown = used - {asset.id for asset in self.assets}
        problems += [f"asset {name!r} is used but not in the ledger" for name in sorted(unknown)]
        lengths = [(f"instance {i.id} ({i.name})", motion_length(i.motion)) for i in self.instances]
        tracks: list[tuple[str, Track | ColourTrack]] = [
            ("environment irradiance", self.environment.irradiance), ("environment tint", self.environment.tint)
        ]  # fmt: skip
        for k, lamp in enumerate(self.lamps):
            lengths.append((f"lamp {k}", motion_length(lamp.motion)))
            tracks += [(f"power of lamp {k}", lamp.power), (f"colour of lamp {k}", lamp.colour)]
        lengths += [(name, len(track.values)) for name, track in tracks if len(track.values) > 1]
        for name, length in lengths:
            if length not in (None, self.times):
                problems.append(f"{name} is given for {length} times, not {self.times}")
        for pair in self.pairs:
            time, pose = max(pair.t1, pair.t2), max(pair.p1, pair.p2)
            if time >= self.times or pose >= len(self.camera.poses):
                problems.append(
                    f"pair {pair.index} asks for time {time} and pose {pose}, "
                    f"but there are {self.times} times and {len(self.camera.poses)} poses"
                )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def views(self) -> tuple[View, ...]:
        """Every view to render.

        Returns
        -------
        tuple of View
            Each once, in rendering order.
        """
        return unique_views(self.pairs)

    def textures(self) -> tuple[str, ...]:
        """The texture assets in the scene.

        Returns
        -------
        tuple of str
            Asset ids, one for each surface that shows a texture.
        """
        shapes = (instance.shape for instance in self.instances)
        worn = tuple(name for shape in shapes if isinstance(shape, ProceduralObject) for name in shape.textures())
        ground = self.environment.dome.ground if self.environment.dome else None
        return worn if ground is None else (*worn, ground.asset)

    def view_times(self) -> tuple[int, ...]:
        """The times at which geometry is needed.

        Returns
        -------
        tuple of int
            Time indices, ascending.
        """
        return tuple(sorted({view.time for view in self.views()}))

    def hash(self) -> str:
        """The identity of the scene.

        Returns
        -------
        str
            SHA-256 (hex) of the canonical JSON.
        """
        return content_hash(self)

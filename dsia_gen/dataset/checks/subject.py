"""What checks look at: a scene, a view or a sample with its arrays, each file read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import reading
from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.dataset.array_files import Array
from dsia_gen.dataset.checks.findings import CheckBounds
from dsia_gen.dataset.documents.scene_document import InstanceEntry, PairEntry
from dsia_gen.dataset.layout import DatasetLayout, relative_file
from dsia_gen.dataset.reader import SceneReader
from dsia_gen.dataset.receipt import Receipt
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.motion import RigidPath
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import hash_of_text
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair, Role, View

T = TypeVar("T")
Mask = NDArray[np.bool_]
Need = str | tuple[str, Role]
"""A pair output by name, or a view output with the role of the view."""
Planes = tuple[Array, ...]
"""(H, W) channels of a displacement: arithmetic on them is several times faster than on (H, W, C)."""


@dataclass
class DatasetSubject:
    """A whole data set. `receipts` are those that could be read."""

    layout: DatasetLayout
    bounds: CheckBounds
    receipts: dict[str, Receipt]


@dataclass
class SceneSubject:
    """One scene with its receipt, and the job of the data set where it can be read.

    `hashes` asks for every file to be compared with the receipt, `images` to open them.
    """

    layout: DatasetLayout
    reader: SceneReader
    receipt: Receipt
    bounds: CheckBounds
    hashes: bool = True
    job: JobConfig | None = None
    images: bool = True

    @property
    def name(self) -> str:
        return self.reader.name

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.receipt.outputs

    @cached_property
    def spec(self) -> SceneSpec | str:
        """The specification of the scene, or why it cannot be had."""
        try:
            path = self.reader.folder.spec
            with reading(path):
                return SceneSpec.model_validate_json(path.read_bytes())
        except StorageError as error:
            return str(error)
        except ValidationError as error:
            return f"is not a specification ({error.error_count()} wrong fields)"

    @cached_property
    def spec_hash(self) -> str:
        """The hash of the specification as it was written; empty when it cannot be had."""
        try:
            path = self.reader.folder.spec
            with reading(path):
                return hash_of_text(path.read_bytes())
        except (StorageError, ValueError):
            return ""

    @cached_property
    def instances(self) -> dict[int, InstanceEntry]:
        """The instances of scene.json by id."""
        return {entry.id: entry for entry in self.reader.document.instances}

    @cached_property
    def moving_ids(self) -> NDArray[np.intp]:
        """Ids that scene.json says move at some time, ascending."""
        return np.array(sorted(i for i, entry in self.instances.items() if entry.moves), dtype=np.intp)

    @cached_property
    def rigid_paths(self) -> dict[int, tuple[RigidPath, NDArray[np.float64], NDArray[np.float64]]]:
        """The path of every rigid instance by its id, with positions (T, 3) and rotations (T, 3, 3) to the world."""
        instances = () if isinstance(self.spec, str) else self.spec.instances
        paths = {instance.id: instance.motion for instance in instances if isinstance(instance.motion, RigidPath)}
        return {
            number: (path, np.array(path.positions), rotation_matrix(np.array(path.rotations)))
            for number, path in paths.items()
        }

    @cached_property
    def opaque_ids(self) -> NDArray[np.intp]:
        """Ids of the environment, and of the objects none of whose materials is glass, mirror or polished metal."""
        instances = () if isinstance(self.spec, str) else self.spec.instances
        shapes = {instance.id: instance.shape for instance in instances}
        opaque = [
            number
            for number, shape in shapes.items()
            if isinstance(shape, ProceduralObject) and not any(getattr(m, "unreliable", False) for m in shape.materials)
        ]
        return np.array([0, *opaque], dtype=np.intp)


@dataclass
class ViewSubject:
    """One view of a scene."""

    scene: SceneSubject
    view: View

    @property
    def bounds(self) -> CheckBounds:
        return self.scene.bounds

    def file(self, output: str) -> str:
        return relative_file(output, view=self.view)

    def array(self, output: str) -> Array | None:
        """The array, or None when the scene does not have it or it cannot be read."""
        try:
            return self.scene.reader.array(output, view=self.view) if output in self.scene.outputs else None
        except StorageError:
            return None


@dataclass
class SampleSubject:
    """One pair of a scene."""

    scene: SceneSubject
    pair: Pair
    entry: PairEntry
    _kept: dict[tuple[str, Role], Array | Planes | StorageError] = field(default_factory=dict)
    _shared: dict[str, Any] = field(default_factory=dict)

    @property
    def bounds(self) -> CheckBounds:
        return self.scene.bounds

    @property
    def shape(self) -> tuple[int, int]:
        return self.scene.reader.resolution

    def file(self, output: str, role: Role = "1") -> str:
        """Path of an output below the scene's folder."""
        if OUTPUTS[output].scope == "view":
            return relative_file(output, view=self.pair.view(role))
        return relative_file(output, pair=self.pair)

    def has(self, *needs: Need) -> bool:
        """Whether all these arrays belong to the scene and can be read."""
        return all(self.unreadable(need) is None for need in needs)

    def unreadable(self, need: Need) -> StorageError | None:
        """Why an array cannot be had, None when it can."""
        found = self._load(need)
        return found if isinstance(found, StorageError) else None

    def array(self, output: str, role: Role = "1") -> Array:
        """An image, label or depth that `has` said is there; StorageError otherwise."""
        found = self._load((output, role))
        if isinstance(found, StorageError):
            raise found
        return cast(Array, found)

    def planes(self, output: str) -> Planes:
        """The channels of a displacement that `has` said is there; StorageError otherwise."""
        found = self._load(output)
        if isinstance(found, StorageError):
            raise found
        return cast(Planes, found)

    def flow(self, direction: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(H, W) u and v of a flow."""
        u, v = self.planes(f"flow_{direction}")
        return u, v

    def reasons(self, direction: str) -> NDArray[np.uint8]:
        return self.array(f"occlusion_{direction}")

    def camera(self, role: Role) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.scene.reader.camera(self.pair.view(role).pose)

    def dynamic(self, role: Role) -> Mask | None:
        """(H, W) pixels of a view that may be on something that moves between t1 and t2; None when unknown.

        For I2, which has no such mask, everything that moves at any time.
        """
        if role in ("1", "gt") and self.has(f"dynamic_{role}"):
            return self.array(f"dynamic_{role}")
        if not self.has(("instances", role)):
            return None
        ids = self.array("instances", role)
        return self.shared(f"dynamic {role}", lambda: np.isin(ids, self.scene.moving_ids, kind="table"))

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """What several checks need, made by the first that asks."""
        if key not in self._shared:
            self._shared[key] = make()
        return cast(T, self._shared[key])

    def _load(self, need: Need) -> Array | Planes | StorageError:
        key = need if isinstance(need, tuple) else (need, "1")
        if key not in self._kept:
            try:
                self._kept[key] = self._read(*key)
            except StorageError as error:
                self._kept[key] = error
        return self._kept[key]

    def _read(self, output: str, role: Role) -> Array | Planes:
        row, reader = OUTPUTS[output], self.scene.reader
        if output not in self.scene.outputs:
            raise StorageError(f"{output} is not among the outputs of scene {self.scene.name}")
        if row.scope == "view":
            return reader.array(output, view=self.pair.view(role))
        if row.channel_count > 1:
            return reader.planes(output, pair=self.pair)
        return reader.array(output, pair=self.pair)

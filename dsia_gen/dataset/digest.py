"""A digest of a data set: enough to tell whether another machine made the same one, in a small file.

What is the same on all machines is hashed: specifications, and the meshes of the built-in library that they ask for.
What differs in noise, rounding and edge pixels is kept as values of a few blocks, and compared within bounds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from dsia_gen.core.document import Document, read_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.dataset.array_files import Array
from dsia_gen.dataset.layout import SPEC, relative_file
from dsia_gen.dataset.reader import Dataset, SceneReader
from dsia_gen.procedural.families import FAMILIES
from dsia_gen.procedural.mesh_hash import mesh_hash
from dsia_gen.procedural.people.person import skinned_person
from dsia_gen.spec.asset import ParametricCharacter, ProceduralObject
from dsia_gen.spec.outputs import OUTPUTS, Kind
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import unique_views

DIGEST_VERSION = 1
ROWS, COLUMNS = 3, 4
"""Blocks of an array."""
DIGITS = 4
GOLDEN_RATIO = (5**0.5 - 1) / 2
BOUNDS: dict[Kind, tuple[float, float]] = {
    "image": (6.0, 0.0),
    "depth": (0.0, 0.01),
    "flow": (0.05, 0.01),
    "vector": (0.02, 0.01),
    "mask": (0.05, 0.0),
    "label": (0.05, 0.0),
    "reason": (0.05, 0.0),
}
"""How far the value of a block may be from the kept one: so much, and that share of it. Levels of 255, metres, pixels,
shares of the pixels."""
SHARE_BOUND = 0.05
"""The same for the share of pixels that have a value."""
MOST_LINES = 20
"""Differences that are printed."""
Part = Literal["specification", "mesh", "ground truth", "image"]


class SceneDigest(Document):
    """One scene: hashes of what is the same on all machines, and values of blocks of each array."""

    specification: str
    meshes: dict[str, str]
    arrays: dict[InsidePath, tuple[tuple[float | None, ...], ...]] = Field(
        description="for each channel, and last for the share of pixels with a value, one number a block"
    )


class DatasetDigest(Document):
    """All scenes of a data set by name."""

    version: int = DIGEST_VERSION
    name: str
    scenes: dict[str, SceneDigest]

    def text(self) -> str:
        """JSON with an array a line."""
        scenes = []
        for name, scene in self.scenes.items():
            arrays = ",\n".join(f'    "{file}": {json.dumps(values)}' for file, values in scene.arrays.items())
            meshes = ",\n".join(f'    "{mesh}": "{digest}"' for mesh, digest in scene.meshes.items())
            scenes.append(
                f'  "{name}": {{\n   "specification": "{scene.specification}",\n   "meshes": {{\n{meshes}\n   }},\n'
                f'   "arrays": {{\n{arrays}\n   }}\n  }}'
            )
        head = f'{{\n "version": {self.version},\n "name": {json.dumps(self.name)},\n "scenes": {{\n'
        return head + ",\n".join(scenes) + "\n }\n}\n"


@dataclass(frozen=True)
class DigestDifference:
    """A part of a data set that is not what the digest says."""

    part: Part
    message: str


@dataclass(frozen=True)
class DigestComparison:
    """What a data set has in common with a digest.

    `counts` are of each part how many were compared. `image_levels` and `flow_px` are the largest differences of
    blocks.
    """

    counts: dict[Part, int]
    differences: tuple[DigestDifference, ...]
    image_levels: float
    flow_px: float

    @property
    def same(self) -> bool:
        return not self.differences

    def lines(self) -> list[str]:
        """For people: the first differences, and what was compared."""
        lines = [f"{found.part}: {found.message}" for found in self.differences[:MOST_LINES]]
        if len(self.differences) > MOST_LINES:
            lines.append(f"and {len(self.differences) - MOST_LINES} more")
        wrong = {part: sum(found.part == part for found in self.differences) for part in self.counts}
        for part, count in self.counts.items():
            how = "the same" if part in ("specification", "mesh") else "within bounds"
            lines.append(f"{part}: {count - wrong[part]} of {count} {how}")
        lines.append(
            f"largest difference of a block: images {self.image_levels:.2f} of 255, flow {self.flow_px:.4f} px"
        )
        return lines


def dataset_digest(data: Dataset, progress: Callable[[int, int], None] = lambda *_: None) -> DatasetDigest:
    """The digest of an opened data set; StorageError for a file that cannot be read."""
    names = sorted({row.scene for row in data.rows})
    scenes = {}
    for done, name in enumerate(names, 1):
        scenes[name] = _scene_digest(SceneReader(data.layout.scene(name)), data.outputs)
        progress(done, len(names))
    return DatasetDigest(version=DIGEST_VERSION, name=data.name, scenes=scenes)


def read_digest(path: Path) -> DatasetDigest:
    """A digest that was written; StorageError when the file is another one."""
    remedy = "make one with `dsia-gen dataset digest DATASET -o FILE`"
    digest = read_document(DatasetDigest, path, "a digest of a data set", remedy)
    if digest.version != DIGEST_VERSION:
        raise StorageError(f"{path} has version {digest.version}, and {DIGEST_VERSION} is known; {remedy}")
    return digest


def compare_digests(kept: DatasetDigest, found: DatasetDigest) -> DigestComparison:
    """Everything of `kept` that `found` lacks or has otherwise, and scenes and arrays that it has too many."""
    counts: dict[Part, int] = dict.fromkeys(("specification", "mesh", "ground truth", "image"), 0)
    differences: list[DigestDifference] = []
    largest: dict[Kind, float] = {"image": 0.0, "flow": 0.0}
    for name in sorted(kept.scenes.keys() | found.scenes.keys()):
        scene, other = kept.scenes.get(name), found.scenes.get(name)
        counts["specification"] += 1
        if scene is None or other is None:
            where = "is not in the data set" if other is None else "is not in the digest"
            differences.append(DigestDifference("specification", f"scene {name} {where}"))
            continue
        if scene.specification != other.specification:
            differences.append(DigestDifference("specification", f"scene {name} has another one"))
        for mesh in sorted(scene.meshes.keys() | other.meshes.keys()):
            counts["mesh"] += 1
            if scene.meshes.get(mesh) != other.meshes.get(mesh):
                differences.append(DigestDifference("mesh", f"{mesh} of scene {name} is another one"))
        for file in sorted(scene.arrays.keys() | other.arrays.keys()):
            kind = _kind_of(file)
            part: Part = "image" if kind == "image" else "ground truth"
            counts[part] += 1
            distance, beyond = _distance(kind, scene.arrays.get(file), other.arrays.get(file))
            if kind in largest and math.isfinite(distance):
                largest[kind] = max(largest[kind], distance)
            if beyond:
                problem = f"a block differs by {distance:.4g}" if math.isfinite(distance) else "is on one side only"
                differences.append(DigestDifference(part, f"scenes/{name}/{file}: {problem}"))
    return DigestComparison(counts, tuple(differences), largest["image"], largest["flow"])


def _scene_digest(scene: SceneReader, outputs: tuple[str, ...]) -> SceneDigest:
    spec = read_document(SceneSpec, scene.folder.fetch(SPEC), "a specification")
    meshes = {}
    for instance in spec.instances:
        shape, label = instance.shape, f"{instance.id} {instance.name}"
        if isinstance(shape, ProceduralObject) and shape.family in FAMILIES:
            meshes[label] = mesh_hash(FAMILIES[shape.family].mesh(shape.params))
        elif isinstance(shape, ParametricCharacter):
            person = skinned_person(shape)
            meshes[label] = mesh_hash(person.mesh, person.weights)
    arrays = {}
    pairs = scene.pairs()
    for row in (OUTPUTS[name] for name in outputs):
        if row.scope == "view":
            for view in unique_views(pairs):
                file = relative_file(row.name, view=view)
                arrays[file] = block_values(row.kind, scene.array(row.name, view=view))
        else:
            for pair in pairs:
                arrays[relative_file(row.name, pair=pair)] = block_values(row.kind, scene.array(row.name, pair=pair))
    return SceneDigest(specification=spec.hash(), meshes=meshes, arrays=dict(sorted(arrays.items())))


def block_values(kind: Kind, array: Array) -> tuple[tuple[float | None, ...], ...]:
    """For each channel the median of each block (images: mean, masks: share, ids: mean of a number for each id), None
    where no pixel has a value; and last for each block the share of pixels with a value.
    """
    planes = array[..., None] if array.ndim == 2 else array
    finite = np.isfinite(planes.astype(np.float64)).all(axis=-1)
    values: list[tuple[float | None, ...]] = []
    for channel in range(planes.shape[-1]):
        values.append(tuple(_value(kind, block, known) for block, known in _blocks(planes[..., channel], finite)))
    return (*values, tuple(round(float(known.mean()), DIGITS) for _, known in _blocks(finite, finite)))


def _value(kind: Kind, block: Array, known: Array) -> float | None:
    if not known.any():
        return None
    chosen = block[known].astype(np.float64)
    if kind == "mask":
        value = float((chosen != 0).mean())
    elif kind in ("label", "reason"):
        # A number between 0 and 1 for each id: a pixel that changes moves the mean by at most its share.
        value = float((chosen * GOLDEN_RATIO % 1.0).mean())
    else:
        value = float(chosen.mean() if kind == "image" else np.median(chosen))
    return float(f"{value:.{DIGITS}g}")


def _blocks(plane: Array, finite: Array) -> Iterator[tuple[Array, Array]]:
    for rows in np.array_split(np.arange(len(plane)), ROWS):
        for columns in np.array_split(np.arange(plane.shape[1]), COLUMNS):
            if len(rows) and len(columns):
                part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                yield plane[part], finite[part]


def _kind_of(file: str) -> Kind:
    """The kind of the output that a file holds; the name of the file is that of the output."""
    stem = Path(file).stem
    return OUTPUTS[stem].kind if stem in OUTPUTS else "label"


def _distance(
    kind: Kind, kept: tuple[tuple[float | None, ...], ...] | None, found: tuple[tuple[float | None, ...], ...] | None
) -> tuple[float, bool]:
    """The largest difference of a block, infinite where one side has none, and whether one is beyond its bound.

    A block in which hardly a pixel has a value is compared by that share alone.
    """
    if kept is None or found is None or [len(row) for row in kept] != [len(row) for row in found]:
        return math.inf, True
    absolute, relative = BOUNDS[kind]
    largest, beyond = 0.0, False
    for row, other in zip(kept[:-1], found[:-1], strict=True):
        for share, a, b in zip(kept[-1], row, other, strict=True):
            if a is None or b is None or (share or 0.0) < SHARE_BOUND:
                continue
            largest = max(largest, abs(a - b))
            beyond |= abs(a - b) > absolute + relative * abs(a)
    for a, b in zip(kept[-1], found[-1], strict=True):
        beyond |= abs((a or 0.0) - (b or 0.0)) > SHARE_BOUND
    return largest, beyond

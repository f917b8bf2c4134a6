"""Meshes of people that this machine has made before, in the user's cache; all scenes and workers share them."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import dsia_gen
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.core.io import replace_bytes
from dsia_gen.core.locations import MESH_CACHE, cache_folder
from dsia_gen.procedural.mesh import mesh
from dsia_gen.procedural.people.person import SkinnedPerson, skinned_person
from dsia_gen.spec.asset import ParametricCharacter
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Record

LOG = logging.getLogger(__name__)
DEFAULT_MIB, MOST_MIB = 256, 1_000_000
SOURCES = (
    "procedural/people/*.py", "procedural/mesh.py", "procedural/primitives.py", "procedural/polygon_triangles.py",
    "motion/skeleton.py", "motion/skeleton_structure.py", "motion/joint_names.py", "motion/named_joints.py",
    "core/rotations.py",
)  # fmt: skip
"""The code that decides a mesh, below the package: another text of it is another mesh."""
_PLAIN = Material(colours=((0.5, 0.5, 0.5),))


def made_person(character: ParametricCharacter) -> SkinnedPerson:
    """The skinned mesh of a character, from the cache where it is there."""
    limit = cache_limit()
    return PeopleCache(cache_folder() / "people", limit).person(character) if limit else skinned_person(character)


def cache_limit() -> int:
    """Bytes that the environment allows the cache. ConfigError for what is not a number of MiB."""
    given = os.environ.get(MESH_CACHE, "").strip() or str(DEFAULT_MIB)
    if not given.isdecimal() or int(given) > MOST_MIB:
        raise ConfigError(MESH_CACHE, [f"{given!r} is not a number of MiB up to {MOST_MIB}; 0 switches the cache off"])
    return int(given) * 2**20


def bare(character: ParametricCharacter) -> ParametricCharacter:
    """A character with one material everywhere: all that its mesh depends on, and nothing else."""
    return character.model_copy(update={"outfit": _undyed(character.outfit).model_copy(update={"eyes": (0.0,) * 3})})


def _undyed(record: Record) -> Record:
    """A record whose materials, in it and below it, are all the same one."""
    plain: dict[str, object] = {}
    for name in type(record).model_fields:
        value = getattr(record, name)
        if isinstance(value, Material):
            plain[name] = _PLAIN
        elif isinstance(value, Record):
            plain[name] = _undyed(value)
    return record.model_copy(update=plain)


@dataclass(frozen=True)
class PeopleCache:
    """A folder of meshes, each under the hash of its character and of the code that made it, with a hash of its bytes.

    A file is written beside and renamed, so any number of processes may share the folder. When it is above `limit`
    bytes, files that were not used for longest are removed. A folder that cannot be written is a warning.
    """

    folder: Path
    limit: int
    make: Callable[[ParametricCharacter], SkinnedPerson] = skinned_person

    def person(self, character: ParametricCharacter) -> SkinnedPerson:
        """The skinned mesh of a character."""
        shape = bare(character)
        path = self.folder / f"{hashlib.sha256(f'{code_hash()} {shape.model_dump_json()}'.encode()).hexdigest()}.npz"
        found = self._read(path)
        if found is None:
            found = self.make(shape)
            try:
                replace_bytes(path, _sealed(found), sync=False)
                self._make_room()
            except StorageError as error:
                LOG.warning("%s; meshes of people are made for each scene", error)
        return found

    def _read(self, path: Path) -> SkinnedPerson | None:
        """What a file holds; None where there is none, or it is damaged."""
        try:
            data = path.read_bytes()
            with suppress(OSError):  # a folder that may only be read
                os.utime(path)
        except OSError:
            return None
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        with np.load(io.BytesIO(data[32:]), allow_pickle=False) as arrays:
            body = mesh(arrays["vertices"], arrays["triangles"], smooth=True)
            body.slots[:] = arrays["slots"]
            joints, tips = (dict(zip(arrays[f"{kind}_names"].tolist(), arrays[kind], strict=True))
                            for kind in ("joints", "tips"))  # fmt: skip
            return SkinnedPerson(body, arrays["weights"].astype(float), tuple(arrays["worn"].tolist()), joints, tips)

    def _make_room(self) -> None:
        """Remove what was not used for longest until the folder is within its limit."""
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):  # a rival has removed it
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.limit:
                break
            with suppress(OSError):
                path.unlink()
            total -= size


def _sealed(person: SkinnedPerson) -> bytes:
    """A person as bytes, after a hash of them. Weights are multiples of 2**-24 up to 1: single precision holds them."""
    stream = io.BytesIO()
    data = person.mesh
    np.savez(
        stream, vertices=data.vertices, triangles=data.corners.reshape(-1, 3), slots=data.slots.astype(np.int8),
        weights=person.weights.astype(np.float32), worn=np.array(person.worn),
        joints=np.array(list(person.joints.values())), joints_names=np.array(list(person.joints)),
        tips=np.array(list(person.tips.values())), tips_names=np.array(list(person.tips)),
    )  # fmt: skip
    packed = stream.getvalue()
    return hashlib.sha256(packed).digest() + packed


@cache
def code_hash() -> str:
    """Of the code that decides a mesh."""
    root = Path(dsia_gen.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in root.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()

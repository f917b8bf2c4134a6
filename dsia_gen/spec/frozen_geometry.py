"""The frozen geometry of a scene: plain triangles over time, as the renderer sees them.

Written by the Blender worker, read by whoever annotates. One `.npz` a scene (no pickle).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GEOMETRY_VERSION = 1


@dataclass(frozen=True)
class Cutout:
    """An alpha test: the surface exists where the texture's alpha is at least `threshold`.

    alpha: (H, W) float32 in [0, 1], row 0 at v = 1 (image order); sampled bilinearly with repetition.
    """

    alpha: NDArray[np.float32]
    threshold: float


@dataclass(frozen=True)
class Part:
    """One mesh of one instance.

    triangles: (F, 3) int32 into the vertices; the list is the same at every time.
    vertices:  (1 or T, V, 3) float32, local metres; one entry when the shape does not change.
    matrices:  (1 or T, 4, 4) float64 local to world; one entry when it does not move.
    unreliable: glass and mirrors: what is seen there is not where the surface is.
    uv: (F, 3, 2) float32 and cutout, only for parts with an alpha test.
    """

    name: str
    instance: int
    triangles: NDArray[np.int32]
    vertices: NDArray[np.float32]
    matrices: NDArray[np.float64]
    unreliable: bool = False
    uv: NDArray[np.float32] | None = None
    cutout: Cutout | None = None

    @property
    def static(self) -> bool:
        """Whether the part is at the same place in the same shape at every time."""
        return len(self.vertices) == 1 and len(self.matrices) == 1

    def world(self, step: int) -> NDArray[np.float64]:
        """(V, 3) float64 world vertices at position `step` of the geometry's times."""
        local = self.vertices[0 if len(self.vertices) == 1 else step].astype(np.float64)
        matrix = self.matrices[0 if len(self.matrices) == 1 else step]
        return local @ matrix[:3, :3].T + matrix[:3, 3]


@dataclass(frozen=True)
class SceneGeometry:
    """All parts of a scene at `times` (ascending time indices of the specification)."""

    times: tuple[int, ...]
    parts: tuple[Part, ...] = field(default_factory=tuple)

    def step(self, time: int) -> int:
        """Position of a time index; ValueError when the geometry was not frozen at that time."""
        return self.times.index(time)

    def save(self, path: Path) -> None:
        """Write to `path` (.npz, uncompressed)."""
        arrays: dict[str, NDArray[Any]] = {}
        rows = []
        for k, part in enumerate(self.parts):
            arrays[f"{k}.triangles"] = part.triangles
            arrays[f"{k}.vertices"] = part.vertices
            arrays[f"{k}.matrices"] = part.matrices
            row: dict[str, Any] = {"name": part.name, "instance": part.instance, "unreliable": part.unreliable}
            if part.cutout is not None and part.uv is not None:
                arrays[f"{k}.uv"] = part.uv
                arrays[f"{k}.alpha"] = part.cutout.alpha
                row["threshold"] = part.cutout.threshold
            rows.append(row)
        header = json.dumps({"version": GEOMETRY_VERSION, "times": self.times, "parts": rows})
        arrays["header"] = np.frombuffer(header.encode(), dtype=np.uint8)
        with path.open("wb") as stream:
            np.savez(stream, **arrays)

    @classmethod
    def load(cls, path: Path) -> SceneGeometry:
        """Read what `save` wrote; ValueError for another version."""
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes().decode())
            if header["version"] != GEOMETRY_VERSION:
                raise ValueError(f"{path}: geometry version {header['version']}, expected {GEOMETRY_VERSION}")
            parts = tuple(_read_part(data, k, row) for k, row in enumerate(header["parts"]))
        return cls(times=tuple(header["times"]), parts=parts)


def _read_part(data: Any, k: int, row: dict[str, Any]) -> Part:
    cutout = Cutout(data[f"{k}.alpha"], row["threshold"]) if "threshold" in row else None
    return Part(
        name=row["name"],
        instance=row["instance"],
        triangles=data[f"{k}.triangles"],
        vertices=data[f"{k}.vertices"],
        matrices=data[f"{k}.matrices"],
        unreliable=row["unreliable"],
        uv=data[f"{k}.uv"] if cutout else None,
        cutout=cutout,
    )

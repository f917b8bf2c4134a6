"""The frozen geometry of a scene: plain triangles over time, as the renderer sees them.

Written by the Blender worker, read by whoever annotates. One `.npz` a scene (no pickle).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

GEOMETRY_VERSION = 2


@dataclass(frozen=True)
class Cutout:
    """An alpha test: the surface exists where the texture's alpha is at least a threshold.

    Parameters
    ----------
    alpha : ndarray of float32, (H, W)
        In [0, 1], row 0 at v = 1 (image order); sampled bilinearly with repetition.
    threshold : float
        In [0, 1].
    """

    alpha: NDArray[np.float32]
    threshold: float


@dataclass(frozen=True)
class Part:
    """One mesh of one instance.

    Parameters
    ----------
    name : str
        For messages.
    instance : int
        Instance id; 0 is the environment.
    triangles : ndarray of int32, (F, 3)
        Into the vertices; the list is the same at every time.
    vertices : ndarray of float32, (1 or T, V, 3)
        Local metres; one entry when the shape does not change.
    matrices : ndarray of float64, (1 or T, 4, 4)
        Local to world; one entry when it does not move.
    unreliable : bool
        Glass and mirrors: what is seen there is not where the surface is.
    uv : ndarray of float32, (F, 3, 2), or None
        Texture coordinates of the corners, only for parts with an alpha test.
    cutout : Cutout or None
        The alpha test.
    rest : ndarray of float32, (V, 3), or None
        The vertices in rest, in metres of the frame of the instance without its scale; only where it was asked for.
    """

    name: str
    instance: int
    triangles: NDArray[np.int32]
    vertices: NDArray[np.float32]
    matrices: NDArray[np.float64]
    unreliable: bool = False
    uv: NDArray[np.float32] | None = None
    cutout: Cutout | None = None
    rest: NDArray[np.float32] | None = None

    @property
    def static(self) -> bool:
        """Whether the part is at the same place in the same shape at every time."""
        return len(self.vertices) == 1 and len(self.matrices) == 1

    def world(self, step: int) -> NDArray[np.float64]:
        """World vertices at one time.

        Parameters
        ----------
        step : int
            Position in the geometry's times.

        Returns
        -------
        ndarray of float64, (V, 3)
            Metres.
        """
        local = self.vertices[0 if len(self.vertices) == 1 else step].astype(np.float64)
        matrix = self.matrices[0 if len(self.matrices) == 1 else step]
        return local @ matrix[:3, :3].T + matrix[:3, 3]


@dataclass(frozen=True)
class FrozenFigure:
    """Where the joints of a humanoid are.

    Parameters
    ----------
    instance : int
        Instance id.
    joints : tuple of str
        Names of the J joints, canonical.
    positions : ndarray of float64, (T, J, 3)
        World metres at each time.
    """

    instance: int
    joints: tuple[str, ...]
    positions: NDArray[np.float64]


@dataclass(frozen=True)
class SceneGeometry:
    """All parts of a scene.

    Parameters
    ----------
    times : tuple of int
        Time indices of the specification, ascending.
    parts : tuple of Part
        The meshes.
    figures : tuple of FrozenFigure
        The humanoids among them.
    """

    times: tuple[int, ...]
    parts: tuple[Part, ...] = field(default_factory=tuple)
    figures: tuple[FrozenFigure, ...] = ()

    def step(self, time: int) -> int:
        """Position of a time index.

        Parameters
        ----------
        time : int
            Time index of the specification.

        Returns
        -------
        int
            Its position in `times`.

        Raises
        ------
        ValueError
            When the geometry was not frozen at that time.
        """
        return self.times.index(time)

    def rest_boxes(self) -> dict[int, NDArray[np.float64]]:
        """The boxes that instances fill in rest.

        Returns
        -------
        dict of int to ndarray of float64, (2, 3)
            Least and largest corner by instance id, in metres of the frame of the instance without its scale; those
            of instances whose rest shape was frozen.
        """
        boxes: dict[int, NDArray[np.float64]] = {}
        for part in self.parts:
            if part.instance and part.rest is not None and len(part.triangles):
                used = part.rest[np.unique(part.triangles)].astype(np.float64)
                low, high = used.min(axis=0), used.max(axis=0)
                if part.instance in boxes:
                    low, high = np.minimum(low, boxes[part.instance][0]), np.maximum(high, boxes[part.instance][1])
                boxes[part.instance] = np.stack([low, high])
        return boxes

    def save(self, path: Path) -> None:
        """Write to a file.

        Parameters
        ----------
        path : Path
            An uncompressed .npz.
        """
        arrays: dict[str, NDArray[Any]] = {}
        rows = []
        for k, part in enumerate(self.parts):
            arrays |= {f"{k}.{name}": getattr(part, name) for name in ("triangles", "vertices", "matrices")}
            row: dict[str, object] = {"name": part.name, "instance": part.instance, "unreliable": part.unreliable}
            if part.cutout is not None and part.uv is not None:
                arrays[f"{k}.uv"] = part.uv
                arrays[f"{k}.alpha"] = part.cutout.alpha
                row["threshold"] = part.cutout.threshold
            if part.rest is not None:
                arrays[f"{k}.rest"] = part.rest
            rows.append(row)
        people = []
        for k, figure in enumerate(self.figures):
            arrays[f"figure {k}"] = figure.positions
            people.append({"instance": figure.instance, "joints": figure.joints})
        header = json.dumps({"version": GEOMETRY_VERSION, "times": self.times, "parts": rows, "figures": people})
        arrays["header"] = np.frombuffer(header.encode(), dtype=np.uint8)
        with path.open("wb") as stream:
            np.savez(stream, **cast(dict[str, Any], arrays))

    @classmethod
    def load(cls, path: Path) -> SceneGeometry:
        """Read what `save` wrote.

        Parameters
        ----------
        path : Path
            An .npz.

        Returns
        -------
        SceneGeometry
            The geometry.

        Raises
        ------
        ValueError
            For another version of the file.
        """
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes().decode())
            if header["version"] != GEOMETRY_VERSION:
                raise ValueError(f"{path}: geometry version {header['version']}, expected {GEOMETRY_VERSION}")
            parts = []
            for k, row in enumerate(header["parts"]):
                arrays = {name: data[f"{k}.{name}"] for name in ("triangles", "vertices", "matrices")}
                if "threshold" in row:
                    arrays |= {"uv": data[f"{k}.uv"], "cutout": Cutout(data[f"{k}.alpha"], row["threshold"])}
                if f"{k}.rest" in data:
                    arrays["rest"] = data[f"{k}.rest"]
                parts.append(Part(row["name"], row["instance"], unreliable=row["unreliable"], **arrays))
            figures = tuple(
                FrozenFigure(row["instance"], tuple(row["joints"]), data[f"figure {k}"])
                for k, row in enumerate(header.get("figures", []))
            )
        return cls(times=tuple(header["times"]), parts=tuple(parts), figures=figures)

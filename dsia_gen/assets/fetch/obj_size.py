"""The size of an OBJ mesh, read from its text: no importer, no Blender."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from dsia_gen.core.errors import AssetError


def obj_bounds(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least and greatest x, y, z of the vertices of an OBJ file, (3,) float64 in its own units and axes."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    with path.open("rb") as stream:
        for line in stream:
            if line.startswith(b"v "):
                try:
                    vertex = np.array(line.split()[1:4], dtype=np.float64)
                except ValueError as error:
                    raise AssetError(f"{path} is not an OBJ file: {line[:60]!r} is not a vertex") from error
                if vertex.shape != (3,) or not np.isfinite(vertex).all():
                    raise AssetError(f"{path} is not an OBJ file: {line[:60]!r} is not a vertex")
                low, high = np.minimum(low, vertex), np.maximum(high, vertex)
    if not np.isfinite(low).all():
        raise AssetError(f"{path} has no vertices")
    return low, high

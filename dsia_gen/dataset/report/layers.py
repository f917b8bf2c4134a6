"""Layers: outputs of a view or a pair as documents that a page can paint and read values from.

A file that cannot be read is noted and left out: a report must open where a data set is broken.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.core.interpolation import Lookup
from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.report.planes import (
    DEPTH_LEVELS,
    FLOW_STEPS,
    FLOW_ZERO,
    VECTOR_ZERO,
    depth_plane,
    flow_planes,
    on_grid,
    pack,
    vector_planes,
)
from dsia_gen.dataset.visual import BACKGROUND, flow_scale
from dsia_gen.spec.outputs import OUTPUTS, Kind, Occlusion, Output, Scope

Array = NDArray[Any]
Layer = dict[str, Any]
Read = Callable[[], Array]

KINDS: dict[Kind, dict[str, Any]] = {
    "flow": {"title": "Flow", "opacity": 0.9},
    "reason": {"title": "Occlusion", "opacity": 0.75},
    "mask": {"title": "Masks", "opacity": 0.6},
    "depth": {"title": "Depth", "opacity": 1},
    "label": {"title": "Instances", "opacity": 0.85},
    "vector": {"title": "Vectors", "opacity": 0.9},
}
"""Kinds of outputs that a page shows as layers, in the order of its controls."""


def layer_names(scope: Scope) -> tuple[str, ...]:
    """Outputs of views or pairs that a page shows as layers, in table order."""
    return tuple(name for name, row in OUTPUTS.items() if row.scope == scope and row.kind in KINDS)


class Notes:
    """Problems met while reading the files of a scene at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def attempt(self, read: Read, file: str, sample: str = "") -> Array | None:
        """The array of a file, or None with a note of why it cannot be read; the note names it below the root."""
        try:
            return read()
        except StorageError as error:
            message = str(error).replace(f"{self.root}{os.sep}", "")
            self.problems.append(unreadable(self.root.name, file, message, sample))
            return None


def unreadable(scene: str, file: str, message: str, sample: str = "") -> Problem:
    """The problem of a file that cannot be read."""
    return Problem(check="readable", scene=scene, sample=sample, file=file, message=message, severity="error")


def layer(name: str, array: Array) -> Layer:
    """The document of an output by the kind of its row; a kind that is not shown is a KeyError."""
    row = OUTPUTS[name]
    small = on_grid(array)
    document = {"name": name, "kind": row.kind, "about": row.about, "height": small.shape[0], "width": small.shape[1],
                "home": list(row.views)}  # fmt: skip
    if row.target is not None:
        document["direction"] = [row.views[0], row.target]
    return document | _LAYERS[row.kind](row, small)


def _flow(_row: Output, flow: Array) -> Layer:
    u, v = flow_planes(flow)
    return {
        "zero": FLOW_ZERO,
        "steps": FLOW_STEPS,
        "scale": round(flow_scale(flow), 3),
        "planes": [pack(u), pack(v)],
    }


def _reason(_row: Output, reasons: Array) -> Layer:
    shares = {str(int(reason)): round(float((reasons == reason).mean()), 5) for reason in Occlusion}
    return {"shares": shares, "planes": [pack(reasons)]}


def _mask(_row: Output, mask: Array) -> Layer:
    return {"share": round(float(mask.mean()), 5), "planes": [pack(mask)]}


def _depth(_row: Output, depth: Array) -> Layer:
    levels, near, far = depth_plane(depth)
    return {"near": near, "far": far, "levels": DEPTH_LEVELS, "planes": [pack(levels)]}


def _label(_row: Output, ids: Array) -> Layer:
    found, counts = np.unique(ids, return_counts=True)
    shares = {str(number): round(float(count) / ids.size, 5) for number, count in zip(found, counts, strict=True)}
    return {"shares": shares, "planes": [pack(ids)]}


def _vector(row: Output, vectors: Array) -> Layer:
    known = vectors[np.isfinite(vectors)]
    longest = float(np.percentile(np.abs(known), 99)) if known.size else 0.0
    scale = 1.0 if "unit_length" in row.rules else max(longest, 1e-6)
    planes = [pack(plane) for plane in vector_planes(vectors, scale)]
    unit = "" if "unit_length" in row.rules else row.unit
    return {"zero": VECTOR_ZERO, "scale": scale, "channels": list(row.channels), "unit": unit, "planes": planes}


_LAYERS: dict[Kind, Callable[[Output, Array], Layer]] = {
    "flow": _flow,
    "reason": _reason,
    "mask": _mask,
    "depth": _depth,
    "label": _label,
    "vector": _vector,
}


def warped(image: NDArray[np.uint8], flow: NDArray[np.float32], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """`image` (H, W, 3) seen through `flow` (H, W, 2): each pixel is looked up where the flow points, bilinearly.

    Pixels that are not `visible` (H, W) get the colour of no value.
    """
    out = np.full(image.shape, BACKGROUND, np.uint8)
    keep = visible & np.isfinite(flow).all(axis=-1)
    rows, columns = np.nonzero(keep)
    u, v = (flow[..., i][keep] for i in (0, 1))
    x, y = columns.astype(np.float32) + np.float32(0.5) + u, rows.astype(np.float32) + np.float32(0.5) + v
    there = Lookup.at(x, y, (image.shape[0], image.shape[1]))
    planes = [there(np.ascontiguousarray(image[..., c], dtype=np.float32)) for c in range(3)]
    out[keep] = np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)
    return out

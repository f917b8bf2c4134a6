"""Layers: outputs of a view or a pair as documents that a page can paint and read values from.

A file that cannot be read is noted and left out: a report must open where a data set is broken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.core.interpolation import follow_flow
from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.report.histogram import bars
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
from dsia_gen.spec.outputs import OUTPUTS, Kind, Occlusion, Scope

Array = NDArray[Any]
Layer = dict[str, object]
Read = Callable[[], Array]

KINDS: dict[Kind, dict[str, object]] = {
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
    """The document of an output by the kind of its row; KeyError for a kind that is not shown."""
    row, small = OUTPUTS[name], on_grid(array)
    document: Layer = {"name": name, "kind": row.kind, "about": row.about, "home": list(row.views)}
    document |= {"height": small.shape[0], "width": small.shape[1]}
    if row.target is not None:
        document["direction"] = [row.views[0], row.target]
    match row.kind:
        case "flow":
            planes: Sequence[Array] = flow_planes(small)
            document |= {"zero": FLOW_ZERO, "steps": FLOW_STEPS, "scale": round(flow_scale(small), 3)}
            lengths = bars(np.linalg.norm(array.astype(np.float64), axis=-1))
            document["lengths"] = None if lengths is None else lengths.plain()
        case "reason":
            planes = [small]
            document["shares"] = {str(int(reason)): _share(small == reason) for reason in Occlusion}
        case "mask":
            planes = [small]
            document["share"] = _share(small)
        case "depth":
            levels, near, far = depth_plane(small)
            planes = [levels]
            document |= {"near": near, "far": far, "levels": DEPTH_LEVELS, "none": _share(levels == 0)}
        case "label":
            planes = [small]
            document["shares"] = {str(number): _share(small == number) for number in np.unique(small)}
        case "vector":
            known = np.abs(small[np.isfinite(small)])
            unit = "unit_length" in row.rules
            scale = (
                1.0
                if unit or "unit_box" in row.rules
                else max(float(np.percentile(known, 99)) if known.size else 0.0, 1e-6)
            )
            planes = vector_planes(small, scale)
            document |= {"zero": VECTOR_ZERO, "scale": scale, "channels": list(row.channels)}
            document["unit"] = "" if unit else row.unit
        case _:
            raise KeyError(f"outputs of kind {row.kind!r} are not layers; known kinds: {', '.join(KINDS)}")
    return document | {"planes": [pack(plane) for plane in planes]}


def _share(mask: Array) -> float:
    """Share of the pixels that are set, to five digits."""
    return round(float(mask.mean()), 5)


def warped(image: NDArray[np.uint8], flow: NDArray[np.float32], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """`image` (H, W, 3) seen through `flow` (H, W, 2): each pixel is looked up where the flow points, bilinearly.

    Pixels that are not `visible` (H, W) get the colour of no value.
    """
    out = np.full(image.shape, BACKGROUND, np.uint8)
    keep = visible & np.isfinite(flow).all(axis=-1)
    out[keep] = np.clip(np.rint(follow_flow(image, flow, keep)), 0, 255).astype(np.uint8)
    return out

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
from dsia_gen.dataset.array_files import is_mask
from dsia_gen.dataset.report.planes import DEPTH_LEVELS, FLOW_STEPS, FLOW_ZERO, depth_plane, flow_planes, on_grid, pack
from dsia_gen.dataset.visual import BACKGROUND, flow_scale
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS, Occlusion
from dsia_gen.spec.views import Role

Array = NDArray[Any]
Layer = dict[str, Any]
Read = Callable[[], Array]

VIEW_LAYERS = ("depth", "instances", "unreliable")
PAIR_LAYERS = tuple(
    name
    for name, row in OUTPUTS.items()
    if row.scope == "pair" and (is_mask(row) or name.startswith(("flow_", "occlusion_")))
)
"""Outputs of a pair that a page shows, in table order."""

_MASK_HOMES: dict[str, tuple[Role, ...]] = {
    "dynamic_1": ("1",),
    "dynamic_gt": ("gt",),
    "dynamic_union": ("gt", "1"),
    "light_change": ("gt", "1"),
}
"""The views of a pair in whose pixels a mask lies; `dynamic_union` and `light_change` hold for both views from P1."""


class Notes:
    """Problems met while reading the files of a scene at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[dict[str, str]] = []

    def attempt(self, read: Read, file: str, sample: str = "") -> Array | None:
        """The array of a file, or None with a note of why it cannot be read; the note names it below the root."""
        try:
            return read()
        except StorageError as error:
            message = str(error).replace(f"{self.root}{os.sep}", "")
            self.problems.append({
                "check": "readable", "scene": self.root.name, "sample": sample, "file": file, "message": message,
                "severity": "error",
            })  # fmt: skip
            return None


def layer(name: str, array: Array) -> Layer:
    """The document of an output (H, W) or (H, W, 2) by the kind of its name; an unknown one is a KeyError."""
    row = OUTPUTS[name]
    kind = "mask" if is_mask(row) else name.partition("_")[0]
    small = on_grid(array)
    document = {"name": name, "kind": kind, "about": row.about, "height": small.shape[0], "width": small.shape[1]}
    return document | _KINDS[kind](name, small)


def _flow(name: str, flow: Array) -> Layer:
    u, v = flow_planes(flow)
    return {
        "home": [FLOW_ENDS[name.removeprefix("flow_")][0]],
        "direction": name.removeprefix("flow_"),
        "zero": FLOW_ZERO,
        "steps": FLOW_STEPS,
        "scale": round(flow_scale(flow), 3),
        "planes": [pack(u), pack(v)],
    }


def _occlusion(name: str, reasons: Array) -> Layer:
    shares = {str(int(reason)): round(float((reasons == reason).mean()), 5) for reason in Occlusion}
    direction = name.removeprefix("occlusion_")
    return {
        "home": [FLOW_ENDS[direction][0]],
        "direction": direction,
        "shares": shares,
        "planes": [pack(reasons)],
    }


def _mask(name: str, mask: Array) -> Layer:
    return {"home": list(_MASK_HOMES.get(name, ())), "share": round(float(mask.mean()), 5), "planes": [pack(mask)]}


def _depth(_name: str, depth: Array) -> Layer:
    levels, near, far = depth_plane(depth)
    return {"near": near, "far": far, "levels": DEPTH_LEVELS, "planes": [pack(levels)]}


def _instances(_name: str, ids: Array) -> Layer:
    found, counts = np.unique(ids, return_counts=True)
    shares = {str(number): round(float(count) / ids.size, 5) for number, count in zip(found, counts, strict=True)}
    return {"shares": shares, "planes": [pack(ids)]}


_KINDS: dict[str, Callable[[str, Array], Layer]] = {
    "flow": _flow,
    "occlusion": _occlusion,
    "mask": _mask,
    "depth": _depth,
    "instances": _instances,
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

"""What a fetched model measures, as fields of its entry."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.assets.fetch.gltf_size import gltf_bounds
from dsia_gen.assets.importing.guess import LARGEST, SMALLEST, guess_unit

USUAL_SIZE = 0.5
"""Metres of the largest side of a model that cannot be of its size in any usual unit."""


def gltf_fields(path: Path) -> dict[str, object]:
    """`scale`, `size` and `height` of a glTF object, and the tags of its role.

    A model that measures what no object does in metres is read in another unit, or made USUAL_SIZE large: collections
    of models by many makers have no unit.
    """
    low, high = gltf_bounds(path)
    size = high - low
    largest = float(size.max())
    scale = guess_unit(largest)
    if not SMALLEST <= largest * scale <= LARGEST:
        scale = USUAL_SIZE / largest if largest > 0 else 1.0
    large = largest * scale
    roles = (["foreground"] if 0.02 <= large <= 3.0 else []) + (["props"] if large >= 0.3 else [])
    return {
        "scale": float(f"{scale:.6g}"),
        "size": round(float(max(size[0], size[2])) * scale, 4) or 0.001,
        "height": round(float(size[1]) * scale, 4) or 0.001,
        "tags": [*roles, "outdoor", "indoor"],
    }

"""The checks of a data set by theme; importing this package registers them all."""

from __future__ import annotations

from dsia_gen.dataset.checks import (
    bodies,
    coordinates,
    dataset_index,
    description,
    files,
    geometry,
    labels,
    mask_rules,
    measures,
    photometric,
    pixels,
    trajectories,
    visibility,
)

__all__ = [
    "bodies",
    "coordinates",
    "dataset_index",
    "description",
    "files",
    "geometry",
    "labels",
    "mask_rules",
    "measures",
    "photometric",
    "pixels",
    "trajectories",
    "visibility",
]

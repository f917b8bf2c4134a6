"""Object coordinates: where the surface point of a pixel lies in the rest shape of its instance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.producers import produces_view
from dsia_gen.annotate.rays import FrozenScene, RayScene
from dsia_gen.annotate.view import ViewTruth, interpolate
from dsia_gen.spec.frozen_geometry import Part

Floats = NDArray[np.float64]


@produces_view("object_coordinates")
def object_coordinates(scene: RayScene, truth: ViewTruth) -> NDArray[np.float32]:
    """Points of the rest shapes that a view sees, as shares of the rest boxes of their instances.

    Parameters
    ----------
    scene : RayScene
        The scene at the view's time, frozen with the rest shapes of its instances.
    truth : ViewTruth
        What the view sees.

    Returns
    -------
    ndarray of float32, (H, W, 3)
        From 0 to 1 along the axes of the asset, 0.5 along an axis in which it has no extent; NaN on the environment
        and where no surface is hit.

    Raises
    ------
    ValueError
        When an instance that is seen was frozen without its rest shape.

    Notes
    -----
    The normalised object coordinates of Wang et al., CVPR 2019, except that each axis has its own scale.
    """
    frozen = scene.frozen
    part_of = frozen.part_of[truth.triangle]
    result = np.full((*truth.triangle.shape, 3), np.nan, dtype=np.float32)
    for k in np.unique(part_of[truth.instances > 0]):
        seen = part_of == k
        part = frozen.geometry.parts[k]
        shares = _shares(part, frozen)
        corners = shares[part.triangles[truth.triangle[seen] - frozen.first_triangle[k]]]
        # A hit may lie outside its triangle by a rounding, and the point outside the box with it.
        result[seen] = np.clip(interpolate(truth.barycentric[seen], corners), 0.0, 1.0)
    return result


def _shares(part: Part, frozen: FrozenScene) -> Floats:
    """(V, 3) vertices of a part as shares of the rest box of its instance."""
    if part.rest is None:
        raise ValueError(f"part {part.name!r} of instance {part.instance} was frozen without its rest shape")
    low, high = frozen.rest_boxes[part.instance]
    extent = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(extent > 0, (part.rest.astype(np.float64) - low) / extent, 0.5)

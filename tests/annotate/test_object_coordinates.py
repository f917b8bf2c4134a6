"""Object coordinates: a point of an asset keeps them however it is moved, posed, scaled and seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from dsia_gen.annotate.pair import view_arrays
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.core.interpolation import Lookup
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.frozen_geometry import Part, SceneGeometry
from dsia_gen.spec.views import View
from tests.annotate import make

NAME = "object_coordinates"


def seen(geometry: SceneGeometry, camera: CameraSpec, time: int = 0, pose: int = 0) -> tuple[make.Array, ViewTruth]:
    """Object coordinates (H, W, 3) of a view, and the annotated view."""
    scene = FrozenScene(geometry).at(time)
    truth = annotate_view(scene, camera, View(time, pose))
    return view_arrays(scene, truth, [NAME, "image"])[NAME], truth


def at_rest(mesh: make.Mesh, instance: int, *matrices: make.Array, **changes: object) -> Part:
    """A part whose rest shape is its mesh."""
    return dataclasses.replace(make.part(mesh, instance, matrices), rest=mesh[0], **changes)  # type: ignore[arg-type]


def test_closed_form_of_a_moved_turned_scaled_cube() -> None:
    matrix = make.rigid((0.2, 4, -0.1), make.spin((1, 2, 3), 0.8))
    matrix[:3, :3] *= 1.7
    wall = make.part(make.upright(20, 20), 0, [make.rigid((0, 9, 0))])
    found, truth = seen(
        make.scene(at_rest(make.cube(), 5, matrix), wall), make.camera(make.towards((0, 0, 0), (0, 4, 0)))
    )
    on = truth.instances == 5
    local = (truth.points[on] - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
    assert on.any() and found.dtype == np.float32
    assert np.abs(found[on] - (local + 0.5)).max() < 1e-6
    assert np.isnan(found[~on]).all()
    assert found[on].min() >= 0
    assert found[on].max() <= 1


def test_boxes_are_those_of_instances_and_not_of_their_parts() -> None:
    low, high = make.cube(), make.cube()
    body = at_rest(low, 2, make.rigid((0, 5, 0)))
    lifted = (high[0] + np.array([0, 0, 1], np.float32), high[1])
    head = at_rest(lifted, 2, make.rigid((0, 5, 0)), name="head")
    found, truth = seen(make.scene(body, head), make.camera(make.towards((0, 0, 0.5), (0, 5, 0.5))))
    on = truth.instances == 2
    assert np.allclose(found[on][:, 2], (truth.points[on][:, 2] + 0.5) / 2, atol=1e-6)


def test_axis_without_extent_is_in_the_middle() -> None:
    card = at_rest(make.upright(1, 2), 1, make.rigid((0, 3, 0)))
    found, truth = seen(make.scene(card), make.camera(make.towards((0, 0, 0), (0, 3, 0))))
    on = truth.instances == 1
    assert np.isfinite(found[on]).all()
    assert (found[on][:, 1] == 0.5).all()


def bent(points: make.Array, angle: float) -> make.Array:
    """A body that bends about X above its middle and swells a little."""
    turned = points @ make.spin((1, 0, 0), angle).T * (1 + 0.2 * angle)
    weight = np.clip(points[:, 2:] + 0.5, 0, 1)
    return (1 - weight) * points + weight * turned


@pytest.mark.parametrize("deforms", [False, True])
def test_correspondence_by_coordinates_is_that_by_flow(deforms: bool) -> None:
    mesh = make.sphere(48, 0.8)
    matrices = [
        make.rigid((0.1, 3, 0), make.spin((1, 2, 3), 0.3)),
        make.rigid((-0.1, 3.2, 0.1), make.spin((3, 1, 2), 0.5)),
    ]
    shapes = [bent(mesh[0], angle) for angle in (0.2, 0.7)] if deforms else None
    part = dataclasses.replace(make.part(mesh, 7, matrices, shapes), rest=mesh[0])
    spec = make.camera(
        make.towards((0, 0, 0), (0, 3, 0)), make.towards((0.5, -0.2, 0.2), (0, 3, 0), 0.2), width=192, height=144
    )
    geometry = make.scene(part)
    here, _ = seen(geometry, spec, 0, 0)
    there, target = seen(geometry, spec, 1, 1)
    source, flow = make.flow(geometry, spec, (0, 0), (1, 1))
    visible = (source.instances == 7) & (flow.occlusion == 0)
    at = make.pixel_centres(spec) + flow.flow
    lookup = Lookup.at(*(at[visible][:, axis].astype(np.float32) for axis in (0, 1)), visible.shape)
    inside = np.all([corner == 7 for corner in lookup.corners(target.instances)], axis=0)
    assert inside.sum() > 1000
    for axis in range(3):
        found = lookup(np.ascontiguousarray(there[..., axis]))
        assert np.percentile(np.abs(found - here[visible][:, axis])[inside], 99) < 0.01


def test_an_instance_without_rest_shape_is_named() -> None:
    geometry = make.scene(make.part(make.cube(), 3, [make.rigid((0, 4, 0))], name="crate"))
    with pytest.raises(ValueError, match="'crate' of instance 3 was frozen without its rest shape"):
        seen(geometry, make.camera(make.towards((0, 0, 0), (0, 4, 0))))


def test_rest_shape_that_does_not_fit_is_refused() -> None:
    wrong = dataclasses.replace(make.part(make.cube(), 3, [np.eye(4)]), rest=np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="rest shape is not one finite point for each vertex"):
        FrozenScene(make.scene(wrong))

"""Surface normals against closed forms: a tilted plane and a sphere."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.annotate.pair import view_arrays
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.spec.views import View
from tests.annotate import make


def seen(mesh: make.Mesh, placed: make.Array, pose: tuple[object, make.Array]) -> tuple[np.ndarray, ViewTruth]:
    """Normals (H, W, 3) of a mesh from a pose, and the annotated view."""
    camera = make.camera(pose)  # type: ignore[arg-type]
    scene = FrozenScene(make.scene(make.part(mesh, 1, [placed]))).at(0)
    truth = annotate_view(scene, camera, View(0, 0))
    return view_arrays(scene, truth, ["normals", "image"])["normals"], truth


@pytest.mark.parametrize("turned", [0.0, np.pi], ids=["front", "back"])
@pytest.mark.parametrize("roll", [0.0, 0.7])
def test_a_tilted_plane_has_one_normal_towards_the_camera(turned: float, roll: float) -> None:
    tilt = make.spin((0.3, 0.1, 1.0), 0.6)
    mesh = make.upright(2, 2, 3)
    plane = make.rigid((0, 4, 0), tilt @ make.spin((0, 0, 1), turned))
    pose = make.towards((0.2, 0, 0.1), (0, 4, 0), roll)
    normals, truth = seen(mesh, plane, pose)
    hit = truth.instances == 1
    assert hit.any() and not hit.all() and normals.dtype == np.float32
    world = tilt @ np.array([0.0, -1.0, 0.0])  # an upright plane faces -Y, the camera looks along +Y
    assert np.allclose(normals[hit], world @ truth.camera.rotation, atol=1e-6)
    assert np.isnan(normals[~hit]).all()
    assert (np.einsum("ni,ni->n", normals[hit] @ truth.camera.rotation.T, truth.points[hit] - pose[0]) < 0).all()


def test_a_sphere_has_the_normals_of_its_radii() -> None:
    n, centre = 192, np.array([0.3, 5.0, -0.2])
    normals, truth = seen(make.sphere(n), make.rigid(centre), make.towards((0, 0, 0.5), centre))  # type: ignore[arg-type]
    hit = truth.instances == 1
    radial = (truth.points[hit] - centre) / np.linalg.norm(truth.points[hit] - centre, axis=1, keepdims=True)
    assert np.abs(np.linalg.norm(normals[hit], axis=1) - 1).max() < 1e-6
    angle = np.arccos(np.clip(np.einsum("ni,ni->n", normals[hit] @ truth.camera.rotation.T, radial), -1, 1))
    assert angle.max() < 2 * np.pi / n  # a facet is as wide as its angle from the centre
    middle = normals[normals.shape[0] // 2, normals.shape[1] // 2]
    assert middle == pytest.approx([0, 0, -1], abs=0.1)  # its pixel lies beside the axis

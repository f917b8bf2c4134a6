"""Rest shapes: those of an asset do not depend on its place, pose, scale, or the times that are frozen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.annotate.pair import annotate_scene  # noqa: E402
from dsia_gen.blender import build, procedural_objects  # noqa: E402
from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.core.interpolation import Lookup  # noqa: E402
from dsia_gen.core.rotations import quaternion  # noqa: E402
from dsia_gen.motion.gaits import gait_motion  # noqa: E402
from dsia_gen.motion.humanoid import to_motion  # noqa: E402
from dsia_gen.spec.asset import BodyShape, ParametricCharacter  # noqa: E402
from dsia_gen.spec.frozen_geometry import SceneGeometry  # noqa: E402
from dsia_gen.spec.motion import Still  # noqa: E402
from dsia_gen.spec.scene import SceneSpec  # noqa: E402
from dsia_gen.spec.views import Pair  # noqa: E402
from tests.annotate.make import spin  # noqa: E402
from tests.blender import small_scenes as small  # noqa: E402
from tests.blender.characters.people import outfit  # noqa: E402

pytestmark = pytest.mark.blender


def frozen(spec: SceneSpec, times: tuple[int, ...], *, rest: bool = True) -> SceneGeometry:
    build.empty_scene()
    build.build_scene(spec, resolver(None))
    return freeze_scene(times, rest=rest)


@pytest.fixture
def zoo_builders() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedural_objects, "build_object", small.build_test_object)
        yield


def moved(spec: SceneSpec) -> SceneSpec:
    """The same assets elsewhere, turned, and of other sizes."""
    turn = tuple(quaternion(spin((1, 2, 3), 0.9)).tolist())
    still = [
        instance.model_copy(
            update={"motion": Still(position=(0.3 * k, 1.0, 0.2), rotation=turn), "scale": 0.7 + 0.2 * k}
        )
        for k, instance in enumerate(spec.instances)
    ]
    return spec.model_copy(update={"instances": tuple(still)})


@pytest.mark.usefixtures("zoo_builders")
def test_rest_shapes_are_those_of_the_asset() -> None:
    spec = small.zoo()
    here, there = frozen(spec, (0, 1, 3)), frozen(moved(spec), (2,))
    assert {part.instance for part in here.parts} == {0, 1, 2, 3, 40, 500}
    assert all((part.rest is None) == (part.instance == 0) for part in here.parts)
    for a, b in zip(here.parts, there.parts, strict=True):
        if a.rest is not None:
            assert b.rest is not None
            assert np.abs(a.rest - b.rest).max() < 2e-6, a.name
    (cube,) = [part for part in here.parts if part.instance == 3]
    scale = next(instance.scale for instance in spec.instances if instance.id == 3)
    assert cube.rest is not None
    assert np.allclose(np.ptp(cube.world(0), axis=0).max(), scale * np.ptp(cube.rest, axis=0).max(), rtol=0.3)


@pytest.mark.usefixtures("zoo_builders")
def test_freezing_the_rest_shapes_changes_nothing_else() -> None:
    spec = small.zoo()
    without, within = frozen(spec, (1, 3), rest=False), frozen(spec, (1, 3))
    assert bpy.context.scene.frame_current == 3
    assert all(armature.pose_position == "POSE" for armature in bpy.data.armatures)
    for a, b in zip(without.parts, within.parts, strict=True):
        assert a.rest is None
        assert np.array_equal(a.vertices, b.vertices) and np.array_equal(a.matrices, b.matrices)
        assert np.array_equal(a.triangles, b.triangles)


def test_two_poses_of_a_person_correspond_by_coordinates_as_by_flow() -> None:
    motion = to_motion(gait_motion("walk", BodyShape(), 24, 12), (0.0, 0.0, 0.0), 0.4)
    person = small.instance(4, ParametricCharacter(outfit=outfit()), motion, 1.1)
    pair = Pair(index=0, t1=0, p1=0, t2=6, p2=1)
    poses = tuple(small.pose((0.4 * t, -3.4, 1.2), (0.0, 0.3, 0.9)) for t in (0, 1))
    spec = small.scene(person, times=12, size=(240, 135), poses=poses, pairs=(pair,))
    geometry = frozen(spec, (0, 6))
    outputs = ["object_coordinates", "flow_1_to_2", "occlusion_1_to_2", "instances"]
    (truth,) = annotate_scene(geometry, spec.camera, [pair], outputs)
    one, two = (truth.new_views[pair.view(role)] for role in ("1", "2"))
    visible = (one["instances"] == 4) & (truth.arrays["occlusion_1_to_2"] == 0)
    flow = truth.arrays["flow_1_to_2"][visible]
    assert np.median(np.linalg.norm(flow, axis=-1)) > 2
    rows, columns = np.nonzero(visible)
    lookup = Lookup.at(columns + 0.5 + flow[:, 0], rows + 0.5 + flow[:, 1], visible.shape)
    error = np.stack([
        lookup(np.ascontiguousarray(two["object_coordinates"][..., k])) - one["object_coordinates"][visible][:, k]
        for k in range(3)
    ])  # fmt: skip
    box = geometry.rest_boxes()[4]
    metres = np.linalg.norm(error * (box[1] - box[0])[:, None], axis=0)
    known = np.isfinite(metres)
    assert known.sum() > 500
    assert np.percentile(metres[known], 95) < 0.02
    assert np.ptp(box[:, 2]) == pytest.approx(1.75, abs=0.2)

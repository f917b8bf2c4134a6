"""Specifications: frozen, strict, the same bytes everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dsia_gen.core.rotations import quaternion, rotation_matrix
from dsia_gen.spec.asset import AssetUse, ProceduralObject
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.camera import CameraSpec, Pose, look_at, pixel_directions, project
from dsia_gen.spec.light import Environment, Render
from dsia_gen.spec.material import Material
from dsia_gen.spec.motion import RigidPath, Still, Track
from dsia_gen.spec.outputs import GROUPS, OUTPUTS, resolve_outputs
from dsia_gen.spec.record import canonical_json, readable_json
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import Pair, View, unique_views
from tests.outputs_page import outputs_markdown


def make_spec(**changes: object) -> SceneSpec:
    pose = Pose(position=(0, 0, 1.5), rotation=(1, 0, 0, 0))
    hdri = AssetUse(id="hdri", kind="hdri", source="s", licence="CC0-1.0")
    crate = AssetUse(id="crate", kind="object", source="s", licence="Apache-2.0")
    fields: dict[str, object] = {
        "config": "test",
        "seed": 1,
        "setting": "outdoor",
        "times": 3,
        "assets": (hdri, crate),
        "instances": (
            Instance(
                id=1,
                name="crate.001",
                asset="crate",
                role="foreground",
                shape=ProceduralObject(family="crate", materials=(Material(),)),
                motion=Still(position=(0, 3, 0)),
            ),
        ),
        "environment": Environment(
            hdri=AssetFile(root="bpy", path="x.exr", sha256=""), asset="hdri", irradiance=Track(values=(3,))
        ),
        "camera": CameraSpec(width=96, height=54, lens_mm=30, poses=(pose, pose, pose)),
        "render": Render(),
        "pairs": (Pair(index=0, t1=0, p1=0, t2=1, p2=1), Pair(index=1, t1=1, p1=1, t2=2, p2=2)),
    }
    return SceneSpec.model_validate(fields | changes)


def test_round_trip_through_json_keeps_the_hash() -> None:
    spec = make_spec()
    assert SceneSpec.model_validate_json(canonical_json(spec)).hash() == spec.hash()
    assert SceneSpec.model_validate(json.loads(readable_json(spec))).hash() == spec.hash()


def test_a_difference_below_the_quantum_does_not_change_the_hash_and_one_above_does() -> None:
    def at(x: float) -> str:
        return canonical_json(Still(position=(x, 0, 0)))

    assert at(0.1 + 1e-12) == at(0.1)
    assert at(-0.0) == at(0.0)
    assert at(0.1 + 1e-6) != at(0.1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(bad: float) -> None:
    with pytest.raises(ValidationError):
        Still(position=(bad, 0, 0))


def test_records_are_frozen_and_refuse_unknown_fields() -> None:
    spec = make_spec()
    with pytest.raises(ValidationError):
        spec.seed = 2  # type: ignore[misc]
    with pytest.raises(ValidationError):
        make_spec(extra=1)


def test_inconsistent_scenes_are_refused_with_a_reason() -> None:
    with pytest.raises(ValidationError, match="pair 0 asks for time 7"):
        make_spec(pairs=(Pair(index=0, t1=0, p1=0, t2=7, p2=1),))
    path = RigidPath(positions=((0, 0, 0),) * 2, rotations=((1, 0, 0, 0),) * 2)
    moved = make_spec().instances[0].model_copy(update={"motion": path})
    with pytest.raises(ValidationError, match="given for 2 times, not 3"):
        make_spec(instances=(moved,))
    with pytest.raises(ValidationError, match="not in the ledger"):
        make_spec(assets=())


def test_consecutive_frames_share_views() -> None:
    pairs = [Pair(index=k, t1=k, p1=k, t2=k + 1, p2=k + 1) for k in range(9)]
    views = unique_views(pairs)
    assert len(views) == 2 * 10 - 1  # DESIGN section 2: N frames need 2N - 1 renders
    assert list(views) == sorted(views)
    assert pairs[3].view("gt") == View(4, 3)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: sum(x * x for x in q) > 0.01))
def test_quaternions_and_matrices_agree(q: list[float]) -> None:
    matrix = rotation_matrix(np.array(q))
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.allclose(rotation_matrix(quaternion(matrix)), matrix, atol=1e-9)


def test_look_at_puts_the_target_in_the_middle_and_the_sky_above() -> None:
    position, target = np.array([1.0, -2.0, 1.6]), np.array([3.0, 5.0, 0.4])
    camera = CameraSpec(width=960, height=540, lens_mm=35, poses=(Pose(position=(0, 0, 0), rotation=(1, 0, 0, 0)),))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = look_at(position, target), position
    pixel, depth = project(camera.intrinsics(), matrix, np.stack([target, target + np.array([0, 0, 0.5])]))
    assert np.allclose(pixel[0], [480, 270], atol=1e-9)
    assert depth[0] == pytest.approx(np.linalg.norm(target - position))
    assert pixel[1, 1] < 270


def test_projection_and_rays_are_inverse() -> None:
    camera = CameraSpec(
        width=96, height=54, lens_mm=28, poses=(Pose(position=(1, 2, 3), rotation=(0.9, 0.1, 0.3, -0.2)),)
    )
    matrix = camera.camera_to_world(0)
    pixels = np.array([[0.5, 0.5], [95.5, 53.5], [40.25, 20.75]])
    rays = pixel_directions(camera.intrinsics(), matrix[:3, :3], pixels)
    back, depth = project(camera.intrinsics(), matrix, matrix[:3, 3] + 2.5 * rays)
    assert np.allclose(back, pixels, atol=1e-9)
    assert np.allclose(depth, 2.5)


def test_points_behind_the_camera_have_no_pixel() -> None:
    camera = CameraSpec(width=96, height=54, lens_mm=28, poses=(Pose(position=(0, 0, 0), rotation=(1, 0, 0, 0)),))
    pixel, depth = project(camera.intrinsics(), camera.camera_to_world(0), np.array([0.0, 0.0, -1.0]))
    assert np.isnan(pixel).all()
    assert depth == -1.0


def test_sensor_spans_the_larger_side() -> None:
    pose = Pose(position=(0, 0, 0), rotation=(1, 0, 0, 0))
    wide = CameraSpec(width=960, height=540, lens_mm=36, sensor_mm=36, poses=(pose,)).intrinsics()
    tall = CameraSpec(width=540, height=960, lens_mm=36, sensor_mm=36, poses=(pose,)).intrinsics()
    assert wide[0, 0] == tall[0, 0] == 960


def test_groups_name_known_outputs_and_image_is_always_there() -> None:
    assert all(any(map(belongs, OUTPUTS.values())) for belongs in GROUPS.values())
    assert resolve_outputs(["flow"])[0] == "image"
    assert len(resolve_outputs(["all"])) == len(OUTPUTS)
    with pytest.raises(KeyError):
        resolve_outputs(["flow_1_to_3"])


def test_the_page_of_outputs_follows_the_table() -> None:
    """Run `make tables` when this fails."""
    page = Path(__file__).resolve().parents[2] / "docs" / "outputs.md"
    assert page.read_text() == outputs_markdown()


def test_what_shows_something_else_than_its_surface_is_unreliable() -> None:
    assert Material(kind="glass").unreliable
    assert Material(kind="mirror").unreliable
    assert Material(kind="metal", metallic=1.0, roughness=0.05).unreliable  # polished
    assert not Material(kind="metal", metallic=0.9, roughness=0.4).unreliable

"""The frozen geometry is what is rendered: rays against Cycles' depth, index and vector passes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.annotate.flow import annotate_flow  # noqa: E402
from dsia_gen.annotate.rays import FrozenScene  # noqa: E402
from dsia_gen.annotate.view import annotate_view  # noqa: E402
from dsia_gen.blender import build, procedural_objects  # noqa: E402
from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.cycles import prepare_render  # noqa: E402
from dsia_gen.blender.device import choose_device  # noqa: E402
from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.blender.render_camera import make_camera  # noqa: E402
from dsia_gen.spec.frozen_geometry import SceneGeometry  # noqa: E402
from dsia_gen.spec.views import View  # noqa: E402
from tests.blender import small_scenes  # noqa: E402
from tests.blender.passes import depth_error, flow_error, on_the_same, render_passes  # noqa: E402

pytestmark = pytest.mark.blender

SPEC = small_scenes.zoo()


@pytest.fixture(scope="module")
def built() -> Iterator[tuple[Any, SceneGeometry]]:
    """The camera and the frozen geometry of a scene with every kind of shape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedural_objects, "build_object", small_scenes.build_test_object)
        build.empty_scene()
        build.build_scene(SPEC, resolver(None))
        choose_device(os.environ.get("DSIA_GEN_TEST_DEVICE", "cpu"))
        prepare_render(SPEC.render, 2)
        yield make_camera(SPEC.camera), freeze_scene(SPEC.view_times())


@pytest.mark.parametrize("view", SPEC.views(), ids=lambda view: view.key)
def test_ids_and_depth_agree_with_cycles(built: tuple[Any, SceneGeometry], view: View, tmp_path: Path) -> None:
    camera, geometry = built
    theirs = render_passes(camera, SPEC.camera, view, tmp_path)
    ours = annotate_view(FrozenScene(geometry).at(view.time), SPEC.camera, view)
    assert set(np.unique(ours.instances)) == {0, 1, 2, 3, 40, 500}
    wrong = (theirs["index"] != ours.instances).mean()
    assert wrong <= 1e-4, f"{wrong:.2e} of the ids differ"
    both = on_the_same(theirs, ours)
    assert depth_error(theirs, ours, both) < 1e-4
    assert both.mean() > 0.999


def test_thumbnail_camera_agrees_too(built: tuple[Any, SceneGeometry], tmp_path: Path) -> None:
    tall = SPEC.camera.model_copy(update={"width": 120, "height": 200, "lens_mm": 50.0})
    render, size = bpy.context.scene.render, (SPEC.camera.width, SPEC.camera.height)
    try:
        camera, view = make_camera(tall), View(1, 1)
        theirs = render_passes(camera, tall, view, tmp_path)
    finally:
        render.resolution_x, render.resolution_y = size
        bpy.context.scene.camera = built[0]
    ours = annotate_view(FrozenScene(built[1]).at(1), tall, view)
    assert (theirs["index"] != ours.instances).mean() <= 1e-4
    assert (ours.instances > 0).mean() > 0.1


def test_flow_agrees_with_cycles_vector_pass(built: tuple[Any, SceneGeometry], tmp_path: Path) -> None:
    camera, geometry = built
    before, after = View(0, 0), View(1, 0)
    theirs = render_passes(camera, SPEC.camera, before, tmp_path)
    frozen = FrozenScene(geometry)
    source = annotate_view(frozen.at(0), SPEC.camera, before)
    ours = annotate_flow(source, frozen.at(1), SPEC.camera, after).flow
    assert np.abs(ours).max() > 3
    assert flow_error(theirs, ours, on_the_same(theirs, source) & (source.instances > 0)) < 1e-2


def test_what_does_not_change_is_kept_once(built: tuple[Any, SceneGeometry]) -> None:
    geometry = built[1]
    lengths = {part.instance: (len(part.vertices), len(part.matrices)) for part in geometry.parts}
    steps = len(SPEC.view_times())
    assert lengths == {0: (1, 1), 1: (steps, steps), 2: (steps, 1), 3: (1, steps), 40: (1, 1), 500: (1, 1)}


def test_geometry_survives_the_file(built: tuple[Any, SceneGeometry], tmp_path: Path) -> None:
    geometry = built[1]
    geometry.save(tmp_path / "geometry.npz")
    again = SceneGeometry.load(tmp_path / "geometry.npz")
    assert again.times == geometry.times
    for a, b in zip(geometry.parts, again.parts, strict=True):
        assert (a.name, a.instance, a.unreliable) == (b.name, b.instance, b.unreliable)
        assert np.array_equal(a.triangles, b.triangles)
        assert np.array_equal(a.world(0), b.world(0))

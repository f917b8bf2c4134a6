"""Building: dispatch, numbering, keys at integer frames, lamps, and failures that name their part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

bpy = pytest.importorskip("bpy")

from dsia_gen.blender import build, procedural_objects  # noqa: E402
from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.blender.lamps import build_lamp  # noqa: E402
from dsia_gen.blender.save import save_blend  # noqa: E402
from dsia_gen.core.errors import AssetError, WorkerError  # noqa: E402
from dsia_gen.core.rotations import rotation_matrix  # noqa: E402
from dsia_gen.spec.asset import ProceduralObject  # noqa: E402
from dsia_gen.spec.asset_file import AssetFile  # noqa: E402
from dsia_gen.spec.light import Lamp  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402
from dsia_gen.spec.motion import ColourTrack, RigidPath, Still, Track  # noqa: E402
from tests.blender import small_scenes as small  # noqa: E402

pytestmark = pytest.mark.blender

THING = ProceduralObject(family="thing", materials=(Material(),))
HERE = Still(position=(1.0, 2.0, 3.0))


@pytest.fixture(autouse=True)
def empty() -> None:
    build.empty_scene()


def shifted_cube(_: ProceduralObject, name: str, _files: Any = None) -> Any:
    """A root that already uses its own transform."""
    bpy.ops.mesh.primitive_cube_add(size=2, location=(0, 0, 1))
    bpy.context.active_object.name = name
    return bpy.context.active_object


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procedural_objects, "build_object", shifted_cube)


@pytest.mark.usefixtures("things")
def test_motion_comes_on_top_of_what_the_root_already_does() -> None:
    root = build.build_instance(small.instance(9, THING, HERE, scale=0.5), resolver(None), 1)
    (part,) = freeze_scene((0,)).parts
    low, high = part.world(0).min(axis=0), part.world(0).max(axis=0)
    assert np.allclose(low, (0.5, 1.5, 3.0))
    assert np.allclose(high, (1.5, 2.5, 4.0))
    assert part.instance == 9
    assert {item["dsia_instance"] for item in (root, *root.children_recursive)} == {9}


@pytest.mark.usefixtures("things")
def test_paths_are_met_at_every_integer_frame() -> None:
    turns = [(1.0, 0.0, 0.0, 0.0), (-0.8, 0.0, 0.0, -0.6), (0.0, 0.6, 0.8, 0.0)]
    path = RigidPath(positions=((0, 0, 0), (1, 0, 0), (1, -2, 0.5)), rotations=tuple(turns))
    build.build_instance(small.instance(1, THING, path), resolver(None), 3)
    (part,) = freeze_scene((0, 1, 2)).parts
    for time, (position, turn) in enumerate(zip(path.positions, path.rotations, strict=True)):
        assert np.allclose(part.matrices[time, :3, :3], rotation_matrix(np.array(turn)), atol=1e-6)
        assert np.allclose(part.matrices[time, :3, 3] - part.matrices[time, :3, 2], position, atol=1e-6)


def test_quaternions_take_the_short_way_between_frames() -> None:
    target = bpy.data.objects.new("target", None)
    bpy.context.scene.collection.objects.link(target)
    path = RigidPath(positions=((0, 0, 0),) * 2, rotations=((1, 0, 0, 0), (-0.98, 0, 0, -0.199)))
    build.animate(target, path, 2)
    bpy.context.scene.frame_set(0, subframe=0.5)
    halfway = np.array(target.matrix_world)[:3, :3]
    assert halfway[0, 0] == pytest.approx(np.cos(np.arctan2(0.199, 0.98)), abs=1e-2)


@pytest.mark.parametrize(("triangles", "rounded", "fixed"), [(True, 0, False), (False, 0, True), (True, 1, True)])
def test_only_faces_that_could_be_split_otherwise_are_fixed(
    triangles: bool, rounded: int, fixed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bending(_: ProceduralObject, name: str) -> Any:
        root = small.bent_arm(THING, name)
        (tube,) = root.children
        if triangles:
            bpy.context.view_layer.objects.active = tube
            tube.modifiers.new("cut", "TRIANGULATE")
            tube.modifiers.move(1, 0)
            bpy.ops.object.modifier_apply(modifier="cut")
        if rounded:
            tube.modifiers.new("round", "SUBSURF").render_levels = rounded
        return root

    monkeypatch.setattr(procedural_objects, "build_object", lambda shape, name, _files=None: bending(shape, name))
    root = build.build_instance(small.instance(9, THING, HERE), resolver(None), 4)
    (tube,) = [item for item in root.children_recursive if item.type == "MESH"]
    assert ("TRIANGULATE" in {modifier.type for modifier in tube.modifiers}) is fixed
    (part,) = freeze_scene((0, 3)).parts
    assert len(part.vertices) == 2  # it bends
    if not fixed:
        tube.modifiers.new("fixed triangles", "TRIANGULATE").quad_method = "FIXED"
        (again,) = freeze_scene((0, 3)).parts
        assert np.array_equal(part.triangles, again.triangles) and np.array_equal(part.vertices, again.vertices)


def test_unknown_types_name_the_known_ones() -> None:
    with pytest.raises(TypeError, match="MeshFile"):
        build.build_shape("sphere", "x", resolver(None))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="RigidPath"):
        build.animate(None, "walk", 1)  # type: ignore[arg-type]


def test_failure_of_a_builder_names_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(shape: ProceduralObject, name: str, _files: Any) -> Any:
        raise ZeroDivisionError("no legs")

    monkeypatch.setattr(procedural_objects, "build_object", fails)
    with pytest.raises(WorkerError, match=r"instance 4 \(thing 4\).*no legs"):
        build.build_scene(small.scene(small.instance(4, THING, HERE)), resolver(None))


def test_lamps_follow_their_tracks_and_stay_out_of_sight() -> None:
    lamp = Lamp(
        kind="area",
        motion=HERE,
        power=Track(values=(10.0, 20.0, 5.0)),
        colour=ColourTrack(values=((1, 0.5, 0.25), (1, 1, 1), (0.1, 0.2, 0.3))),
        size=0.7,
    )
    light = build_lamp(lamp, "lamp", 3)
    for time in range(3):
        bpy.context.scene.frame_set(time)
        seen = light.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        assert seen.energy == pytest.approx(lamp.power.at(time))
        assert np.allclose(seen.color, lamp.colour.at(time))
    assert light.data.size == pytest.approx(0.7)
    assert not light.visible_camera


def test_assets_stay_inside_their_root_and_are_checked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.obj").write_text("v 0 0 0")
    (tmp_path / "b.obj").write_text("v 0 0 0")
    resolve = resolver(tmp_path / "in")
    assert resolve(AssetFile(root="user", path="a.obj", sha256="")).name == "a.obj"
    (tmp_path / "in" / "b.obj").symlink_to(tmp_path / "b.obj")
    with pytest.raises(ValidationError, match="inside the folder"):
        AssetFile(root="user", path="../b.obj", sha256="")
    with pytest.raises(AssetError, match="leads out of"):
        resolve(AssetFile(root="user", path="b.obj", sha256=""))
    with pytest.raises(AssetError, match="SHA-256"):
        resolve(AssetFile(root="user", path="a.obj", sha256="0" * 64))


def test_pictures_drawn_by_code_survive_a_saved_scene(tmp_path: Path) -> None:
    picture = bpy.data.images.new("leaf", 2, 2, alpha=True)
    picture.pixels.foreach_set(np.linspace(0, 1, 16, dtype=np.float32))
    picture.use_fake_user = True
    before = np.array(picture.pixels)
    save_blend(tmp_path / "scene.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert np.allclose(bpy.data.images["leaf"].pixels, before, atol=1 / 255)

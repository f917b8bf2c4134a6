"""The worker as a process: files, messages, reproducible bytes, errors of one sentence."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import OpenEXR
import pytest

pytest.importorskip("bpy")

from dsia_gen.assets.library import load_library
from dsia_gen.blender.worker import render_scene
from dsia_gen.core.errors import WorkerError
from dsia_gen.pipeline.asset_preview import Look, chosen, tiles
from dsia_gen.pipeline.blender_process import run_blender
from dsia_gen.spec.asset import MeshFile
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.motion import Still
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.worker_messages import RenderRequest, draft_folder
from tests.blender import small_scenes as small

pytestmark = pytest.mark.blender

CUBE = """v -0.5 -0.5 0\nv 0.5 -0.5 0\nv 0.5 0.5 0\nv -0.5 0.5 0\nv -0.5 -0.5 1\nv 0.5 -0.5 1\nv 0.5 0.5 1\nv -0.5 0.5 1
f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"""


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the user's own with one cube in it."""
    folder = tmp_path_factory.mktemp("assets")
    (folder / "cube.obj").write_text(CUBE)
    return folder


def cube(path: str = "cube.obj") -> MeshFile:
    return MeshFile(file=AssetFile(root="user", path=path, sha256=""), up="Z")


def still_and_moving(moves: bool) -> SceneSpec:
    motion: Any = small.moving(0.9, 0.0, 2) if moves else Still(position=(0.9, 0.0, 0.0))
    return small.scene(
        small.instance(1, cube(), Still(position=(-0.9, 0, 0))), small.instance(7, cube(), motion), size=(64, 36)
    )


@pytest.fixture(scope="module")
def rendered(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results for a moving scene, rendered with one seed for all views."""
    return _render(
        still_and_moving(True), tmp_path_factory.mktemp("moving"), assets, outputs=("image", "linear"), seed=5
    )


def _render(spec: SceneSpec, folder: Path, assets: Path, **options: Any) -> Path:
    code, messages, log = small.run_worker(spec, folder, assets=assets, **options)
    assert code == 0, (messages, log)
    return folder


def image(folder: Path, key: str) -> Any:
    return iio.imread(folder / "image" / f"{key}.png")


def test_writes_every_file_and_no_other(rendered: Path) -> None:
    keys = ["t0000_p0000", "t0001_p0000", "t0001_p0001"]
    expected = {f"image/{key}.png" for key in keys} | {f"linear/{key}.exr" for key in keys}
    expected |= {"geometry.npz", "worker.json", "spec.json"}
    found = {str(path.relative_to(rendered)) for path in rendered.rglob("*") if path.is_file()}
    assert found == expected


@pytest.mark.parametrize("what", ["scene", "picture of an asset"])
def test_nothing_is_left_among_the_temporary_files(
    what: str, assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)  # the folder is looked up again
    if what == "scene":
        spec = tmp_path / "spec.json"
        spec.write_text(readable_json(still_and_moving(False)))
        request = RenderRequest(spec=spec, out=tmp_path / "out", assets=assets)
        list(run_blender(request))
        assert (tmp_path / "out" / "image").is_dir()
    else:
        library = load_library(["objects"])
        (tile,) = tiles(chosen(library, ids=["builtin/object/crate"]), library, None, Look(pixels=32, samples=1))
        assert tile.picture is not None
    assert list(temporary.iterdir()) == []


def test_report_says_what_rendered_and_how_long(rendered: Path) -> None:
    report = json.loads((rendered / "worker.json").read_text())
    assert report["device"]["type"] == "CPU"
    assert report["device"]["name"]
    assert set(report["seconds"]) == {"import", "build", "freeze", "render"}
    assert set(report["view_seconds"]) == {"t0000_p0000", "t0001_p0000", "t0001_p0001"}
    assert report["triangles"] == sum(len(p.triangles) for p in SceneGeometry.load(rendered / "geometry.npz").parts)
    assert report["peak_memory_mib"] > 50


def test_image_is_8_bit_rgb_without_stamps(rendered: Path) -> None:
    picture = image(rendered, "t0000_p0000")
    assert picture.shape == (36, 64, 3)
    assert picture.dtype == np.uint8
    assert 20 < picture.mean() < 235
    data = (rendered / "image" / "t0000_p0000.png").read_bytes()
    for stamp in (b"tEXt", b"iTXt", b"zTXt", b"tIME"):
        assert stamp not in data


def test_linear_is_half_float_and_bears_out_the_image(rendered: Path) -> None:
    with OpenEXR.File(str(rendered / "linear" / "t0000_p0000.exr"), separate_channels=True) as file:
        channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
        stamps = {"RenderTime", "Date", "Frame"} & set(file.header())
    assert set(channels) == {"R", "G", "B"}
    assert all(values.dtype == np.float16 for values in channels.values())
    assert not stamps
    grey = sum(channels[c].astype(float) for c in "RGB").ravel()
    bright = image(rendered, "t0000_p0000").astype(float).sum(axis=-1).ravel()
    assert np.corrcoef(np.argsort(np.argsort(grey)), np.argsort(np.argsort(bright)))[0, 1] > 0.95


def test_same_bytes_in_another_process_and_for_a_view_alone(rendered: Path, assets: Path, tmp_path: Path) -> None:
    whole = _render(still_and_moving(True), tmp_path / "a", assets, outputs=("image", "linear"), seed=5)
    alone = _render(still_and_moving(True), tmp_path / "b", assets, seed=5, views=("t0001_p0001",))
    for path in [*rendered.glob("image/*"), *rendered.glob("linear/*"), rendered / "geometry.npz"]:
        assert (whole / path.relative_to(rendered)).read_bytes() == path.read_bytes(), path.name
    name = "image/t0001_p0001.png"
    assert [p.name for p in (alone / "image").iterdir()] == ["t0001_p0001.png"]
    assert (alone / name).read_bytes() == (rendered / name).read_bytes()


def test_drafts_are_small_come_first_and_change_nothing(rendered: Path, assets: Path, tmp_path: Path) -> None:
    code, messages, _ = small.run_worker(still_and_moving(True), tmp_path, assets=assets, seed=5, drafts=True)
    names = [message.get("name", message.get("key")) for message in messages]
    assert code == 0 and names.index("build") < names.index("drafts") < names.index("freeze")
    for path in rendered.glob("image/*"):
        draft = iio.imread(draft_folder(tmp_path) / "image" / path.name)
        sharp = iio.imread(path)
        assert draft.shape == (18, 32, 3)
        means = sharp.reshape(18, 2, 32, 2, 3).astype(float).mean(axis=(1, 3))
        assert np.abs(draft - means).mean() < 12, "it shows the same"
        assert (tmp_path / "image" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "geometry.npz").read_bytes() == (rendered / "geometry.npz").read_bytes()


def test_still_scene_is_bit_identical_under_one_seed_and_only_there(assets: Path, tmp_path: Path) -> None:
    one_seed = _render(still_and_moving(False), tmp_path / "one", assets, seed=5)
    own_seeds = _render(still_and_moving(False), tmp_path / "own", assets)
    assert np.array_equal(image(one_seed, "t0000_p0000"), image(one_seed, "t0001_p0000"))
    assert not np.array_equal(image(own_seeds, "t0000_p0000"), image(own_seeds, "t0001_p0000"))


def test_moving_scene_differs_where_it_moves(rendered: Path) -> None:
    difference = np.abs(image(rendered, "t0000_p0000").astype(int) - image(rendered, "t0001_p0000")).max(axis=-1)
    assert difference[:, 34:].max() > 40
    assert np.median(difference[:, :16]) <= 2


def test_every_message_is_json_and_comes_in_order(assets: Path, tmp_path: Path) -> None:
    code, messages, log = small.run_worker(still_and_moving(True), tmp_path, assets=assets)
    assert code == 0
    names = [message.get("name", message.get("key")) for message in messages if message["event"] in ("stage", "view")]
    views = ["t0000_p0000", "t0001_p0000", "t0001_p0001"]
    assert names == ["import", "build", "freeze", *views, "render"]
    assert all(m["seconds"] >= 0 for m in messages if m["event"] == "view")
    # Blender's own words go there: 4.5 tells of the import, 5.2 begins each line with time and part
    assert re.search(r"OBJ import of|^\d\d:\d\d\.\d{3} +\w+ +\| ", log, re.MULTILINE)


def _error(spec: SceneSpec, folder: Path, **options: Any) -> dict[str, Any]:
    code, messages, _ = small.run_worker(spec, folder, **options)
    assert code != 0
    assert messages[-1]["event"] == "error"
    assert "\n" not in messages[-1]["message"].strip()
    assert not (folder / "worker.json").exists()
    return messages[-1]


def test_missing_asset_names_file_and_instance(assets: Path, tmp_path: Path) -> None:
    spec = small.scene(small.instance(3, cube("sofa.obj"), Still(position=(0, 0, 0))))
    error = _error(spec, tmp_path, assets=assets)
    assert error["kind"] == "AssetError"
    assert "sofa.obj" in error["message"]
    assert "instance 3" in error["message"]


def test_asset_folder_must_be_given(tmp_path: Path) -> None:
    error = _error(small.scene(small.instance(3, cube(), Still(position=(0, 0, 0)))), tmp_path)
    assert error["kind"] == "AssetError"
    assert "--assets" in error["message"]


@pytest.mark.parametrize(("name", "content"), [("broken.exr", b"\x76\x2f\x31\x01 no more"), ("text.hdr", b"hello")])
def test_broken_hdri_names_the_file(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    spec = small.scene(hdri=AssetFile(root="user", path=name, sha256=""))
    error = _error(spec, tmp_path, assets=tmp_path)
    assert error["kind"] == "AssetError"
    assert name in error["message"]


def test_absent_gpu_is_an_error_that_names_what_was_found(tmp_path: Path) -> None:
    error = _error(small.scene(), tmp_path, device="metal")
    assert error["kind"] == "DeviceError"
    assert "METAL" in error["message"]
    assert "CPU" in error["message"]


def test_unknown_view_names_those_that_exist(tmp_path: Path) -> None:
    error = _error(small.scene(), tmp_path, views=("t0009_p0000",))
    assert "t0009_p0000" in error["message"]
    assert "t0001_p0001" in error["message"]


def test_broken_specification_names_the_field(tmp_path: Path) -> None:
    document = json.loads(small.scene().model_dump_json())
    document["camera"]["width"] = 0
    (tmp_path / "spec.json").write_text(json.dumps(document))
    with pytest.raises(WorkerError, match=r"camera\.width"):
        render_scene(RenderRequest(spec=tmp_path / "spec.json", out=tmp_path), lambda _: None)


def test_results_that_cannot_be_written_are_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "spec.json"
    path.write_text(small.scene(size=(32, 32)).model_dump_json())
    code, messages, _ = small.run_worker_on(path, out=tmp_path / "file" / "out", device="cpu")
    assert code != 0
    assert messages[-1]["kind"] == "StorageError"


def test_blend_opens_again_with_keys_camera_and_packed_hdri(assets: Path, tmp_path: Path) -> None:
    import bpy

    (tmp_path / "spec.json").write_text(still_and_moving(True).model_dump_json())
    target = tmp_path / "sub" / "scene.blend"
    code, messages, log = small.run_worker_on(tmp_path / "spec.json", out=tmp_path, blend=target, assets=assets)
    assert code == 0, (messages, log)
    assert [path.name for path in target.parent.iterdir()] == ["scene.blend"]
    bpy.ops.wm.open_mainfile(filepath=str(target))
    spec = still_and_moving(True)
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (0, 1)
    moving = next(item for item in bpy.data.objects if item.get("dsia_instance") == 7)
    for time in range(spec.times):
        scene.frame_set(time)
        assert np.allclose(moving.matrix_world.translation, spec.instances[1].motion.positions[time], atol=1e-6)
        assert np.allclose(scene.camera.matrix_world.translation, spec.camera.poses[time].position, atol=1e-6)
    assert all(image.packed_file for image in bpy.data.images if image.source in ("FILE", "GENERATED"))
    bpy.ops.wm.read_factory_settings(use_empty=True)


def test_a_mesh_file_leaves_the_sky_alone(rendered: Path) -> None:
    """A missing image is magenta; the sky of this scene is a forest."""
    sky = image(rendered, "t0000_p0000")[:6].reshape(-1, 3).astype(float).mean(axis=0)
    assert sky[1] > 0.8 * min(sky[0], sky[2])

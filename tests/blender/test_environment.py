"""The grounded HDRI: a floor that looks like the photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.blender import build  # noqa: E402
from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_views  # noqa: E402
from dsia_gen.blender.device import choose_device  # noqa: E402
from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.blender.render_camera import make_camera  # noqa: E402
from dsia_gen.core.colour import LUMINANCE  # noqa: E402
from dsia_gen.spec.asset_file import AssetFile  # noqa: E402
from dsia_gen.spec.light import GroundedDome, Lamp  # noqa: E402
from dsia_gen.spec.material import ImageMaterial  # noqa: E402
from dsia_gen.spec.motion import ColourTrack, Still, Track  # noqa: E402
from dsia_gen.spec.scene import SceneSpec  # noqa: E402
from tests.blender import small_scenes as small  # noqa: E402

pytestmark = pytest.mark.blender

DOME = GroundedDome(detail=0)


def linear(spec: SceneSpec, folder: Path, view: int = 0) -> Any:
    """(H, W, 3) scene-linear picture of one view of `spec`, built in this process."""
    build.empty_scene()
    build.build_scene(spec, resolver(folder))
    choose_device("cpu")
    prepare_render(spec.render, 2)
    camera = make_camera(spec.camera)
    target = spec.views()[view]
    list(render_views(camera, spec.camera, [(target, ViewFiles(folder / "i.png", folder / "i.exr"))], seed=1))
    with OpenEXR.File(str(folder / "i.exr"), separate_channels=True) as file:
        return np.stack([np.array(file.channels()[c].pixels, dtype=np.float64) for c in "RGB"], axis=-1)


def sky_file(folder: Path, sky: Any) -> AssetFile:
    """An equirectangular HDRI, row 0 at the bottom, as a file of the user's."""
    OpenEXR.File({}, {"RGB": np.ascontiguousarray(sky[::-1], dtype=np.float32)}).write(str(folder / "sky.exr"))
    return AssetFile(root="user", path="sky.exr", sha256="")


def half_and_half(folder: Path) -> tuple[AssetFile, Any]:
    """A sky over a ground of another colour; the colours (sky, ground)."""
    colours = np.array([[2.0, 2.5, 3.0], [0.5, 0.4, 0.2]])
    sky = np.zeros((128, 256, 3))
    sky[64:], sky[:64] = colours
    return sky_file(folder, sky), colours


def looking_down() -> tuple[Any, ...]:
    return (small.pose((0, -3.0, 1.5), (0, 0.0, 0.0)),) * 2


def test_unshadowed_floor_looks_like_the_photograph(tmp_path: Path) -> None:
    file, colours = half_and_half(tmp_path)
    spec = small.scene(hdri=file, dome=DOME, poses=looking_down(), render=small.plain(samples=64, denoise=False))
    picture = linear(spec, tmp_path)
    gain = 3.0 / (np.pi * colours[0] @ LUMINANCE)
    floor = picture[40:, 20:-20].reshape(-1, 3).mean(axis=0)
    assert np.allclose(floor, gain * colours[1], rtol=0.02)


def test_a_photographed_ground_varies_about_the_photograph(tmp_path: Path) -> None:
    file, colours = half_and_half(tmp_path)
    texels = np.random.default_rng(3).integers(90, 200, (16, 16, 3)).astype(np.uint8)
    Image.fromarray(texels).save(tmp_path / "ground.png")
    ground = ImageMaterial(asset="own/ground", albedo=AssetFile(root="user", path="ground.png", sha256=""), repeat=0.3)
    spec = small.scene(
        hdri=file,
        dome=GroundedDome(detail=0.9, ground=ground),
        poses=looking_down(),
        render=small.plain(samples=64, denoise=False),
        ledger=(("own/ground", "texture"),),
    )
    floor = linear(spec, tmp_path)[40:, 20:-20].reshape(-1, 3)
    gain = 3.0 / (np.pi * colours[0] @ LUMINANCE)
    assert np.allclose(floor.mean(axis=0), gain * colours[1], rtol=0.05)
    assert (floor.std(axis=0) / floor.mean(axis=0)).min() > 0.08


def test_floor_and_dome_meet_without_a_seam(tmp_path: Path) -> None:
    file, colours = half_and_half(tmp_path)
    sun = Lamp(
        kind="sun",
        motion=Still(position=(0, 0, 9)),
        power=Track(values=(2.0,)),
        colour=ColourTrack(values=((1.0, 0.9, 0.7),)),
    )
    spec = small.scene(
        hdri=file,
        dome=GroundedDome(detail=0, floor_radius=4, radius=20),
        lamps=(sun,),
        render=small.plain(samples=64, denoise=False),
        poses=(small.pose((0, -2.0, 2.5), (0, 4.0, 0.0)),) * 2,
    )
    column = linear(spec, tmp_path)[22:, 20:-20].mean(axis=1)
    gain = 3.0 / (np.pi * colours[0] @ LUMINANCE)
    expected = gain * colours[1] * (1 + 2.0 * np.array([1, 0.9, 0.7]) / (gain * np.pi * colours[0]))
    assert np.abs(column / expected - 1).max() < 0.08


def test_objects_cast_shadows_on_the_floor(tmp_path: Path) -> None:
    file, _ = half_and_half(tmp_path)
    ball = small.instance(1, small.BALL, Still(position=(0, 0, 0.02)))
    common = {"hdri": file, "dome": DOME, "poses": looking_down(), "render": small.plain(samples=32, denoise=False)}
    bare, with_ball = linear(small.scene(**common), tmp_path), linear(small.scene(ball, **common), tmp_path)
    ratio = (with_ball / bare).mean(axis=-1)
    beside = ratio[44:50, 10:20].mean()
    assert ratio.min() < 0.6
    assert beside > 0.9


def test_irradiance_track_scales_the_picture(tmp_path: Path) -> None:
    file, _ = half_and_half(tmp_path)
    spec = small.scene(
        hdri=file, dome=DOME, irradiance=(2.0, 5.0), poses=looking_down(), render=small.plain(samples=16, denoise=False)
    )
    first, second = linear(spec, tmp_path, 0), linear(spec, tmp_path, 1)
    assert np.median(second / first) == pytest.approx(2.5, rel=0.01)


def test_yaw_turns_the_surroundings(tmp_path: Path) -> None:
    sky = np.full((128, 256, 3), 0.5)
    # Blender: u = 0.5 - atan2(y, x) / 2 pi, so +X lies at the middle and +Y a quarter to the left of it.
    sky[:, 60:68] = (9.0, 0.1, 0.1)
    file = sky_file(tmp_path, sky)
    poses = (small.pose((0, 0, 1.6), (0, 5, 1.6)),) * 2
    red_ahead = linear(small.scene(hdri=file, dome=DOME, poses=poses), tmp_path)
    turned = small.scene(hdri=file, dome=DOME, poses=(small.pose((0, 0, 1.6), (-5, 0, 1.6)),) * 2)
    environment = turned.environment.model_copy(update={"yaw": np.pi / 2})
    red_left = linear(turned.model_copy(update={"environment": environment}), tmp_path)
    for picture in (red_ahead, red_left):
        assert picture[10, 48, 0] > 10 * picture[10, 48, 1]
        assert picture[10, 5, 0] < 2 * picture[10, 5, 1]


def test_ground_and_dome_have_depth_only_when_grounded(tmp_path: Path) -> None:
    for dome, parts in ((DOME, {"floor", "dome"}), (None, set())):
        build.empty_scene()
        build.build_scene(small.scene(dome=dome), resolver(tmp_path))
        geometry = freeze_scene((0,))
        assert {part.name for part in geometry.parts} == parts
        assert all(part.instance == 0 for part in geometry.parts)

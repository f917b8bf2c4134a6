"""Pictures with an open shutter: the sharp ones stay as they are, and the blur has the length of the motion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest

pytest.importorskip("bpy")

from dsia_gen.dataset.photography import decode_srgb
from dsia_gen.spec.asset import MeshFile
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.motion import RigidPath, Still
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair
from tests.blender import small_scenes as small

pytestmark = pytest.mark.blender

STEP = 0.3
"""Metres that the slab moves from one time to the next."""
SLAB = "v -0.2 0 0\nv 0.2 0 0\nv 0.2 0 1.5\nv -0.2 0 1.5\nf 1 2 3 4\n"


def film(step: float, pan: float = 0.0, shutter: float = 1.0) -> SceneSpec:
    """An upright slab that goes along X at y = 0 through x = 0 at time 1; the camera, 5 m away, goes along too."""
    still = Still(position=(0.0, 0.0, 0.0))
    path = RigidPath(positions=tuple((step * (t - 1), 0.0, 0.0) for t in range(3)), rotations=((1.0, 0, 0, 0),) * 3)
    slab = MeshFile(file=AssetFile(root="user", path="slab.obj", sha256=""), up="Z")
    poses = tuple(small.pose((pan * (t - 1), -5.0, 0.75), (pan * (t - 1), 0.0, 0.75)) for t in range(3))
    return small.scene(
        small.instance(1, slab, path if step else still),
        times=3,
        size=(160, 90),
        poses=poses,
        dome=None,
        pairs=(Pair(index=0, t1=1, p1=1, t2=2, p2=2),),
        render=small.plain(
            samples=64, max_bounces=1, denoise=False, adaptive_threshold=0, shutter=shutter, transform="Standard"
        ),
    )


def rendered(folder: Path, spec: SceneSpec, **options: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "slab.obj").write_text(SLAB)
    code, messages, log = small.run_worker(spec, folder, assets=folder, **options)
    assert code == 0, (messages, log)
    return folder


def light(path: Path) -> Any:
    """(H, W, 3) linear light of a picture: half a cover is then half of the light."""
    return decode_srgb(iio.imread(path).astype(np.float32) / 255).astype(float)


def cover(folder: Path, kind: str, empty: Any) -> Any:
    """(W,) how much of each column of the middle rows shows the slab, from 0 to 1."""
    picture = light(folder / kind / "t0001_p0001.png")
    difference = np.abs(picture - empty)[35:55].sum(axis=(0, 2))
    return difference / difference.max()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The picture without the slab: it stands behind the camera."""
    spec = film(0.0)
    away = spec.instances[0].model_copy(update={"motion": Still(position=(0.0, -50.0, 0.0))})
    folder = rendered(tmp_path_factory.mktemp("empty") / "a", spec.model_copy(update={"instances": (away,)}))
    return light(folder / "image" / "t0001_p0001.png")


@pytest.mark.parametrize(("step", "pan"), [(STEP, 0.0), (0.0, STEP), (STEP, STEP)], ids=["body", "camera", "both"])
def test_blur_is_as_long_as_the_motion(step: float, pan: float, empty: Any, tmp_path: Path) -> None:
    """With the shutter open for a frame an edge becomes a ramp as wide as the way in the picture.

    A camera that goes along with the body leaves the body sharp.
    """
    folder = rendered(tmp_path / "a", film(step, pan), outputs=("image", "image_blurred"))
    sharp, blurred = cover(folder, "image", empty), cover(folder, "image_blurred", empty)
    pixel = 5.0 / (35.0 / 36.0 * 160)  # metres a pixel at the slab
    way = abs(step - pan) / pixel
    x = np.arange(160) + 0.5
    centres = [(profile * x).sum() / profile.sum() for profile in (sharp, blurred)]
    spreads = [(profile * (x - 80) ** 2).sum() / profile.sum() for profile in (sharp, blurred)]
    assert abs(centres[0] - centres[1]) < 0.7, "half before, half after the moment"
    assert spreads[1] - spreads[0] == pytest.approx(way**2 / 12, abs=1.5), "the variance of a uniform stretch"


def test_half_the_shutter_is_half_the_blur_and_the_sharp_picture_does_not_care(empty: Any, tmp_path: Path) -> None:
    whole = rendered(tmp_path / "a", film(STEP), outputs=("image", "image_blurred"))
    half = rendered(tmp_path / "b", film(STEP, shutter=0.5), outputs=("image", "image_blurred"))
    alone = rendered(tmp_path / "c", film(STEP))
    for key in ("t0001_p0001", "t0002_p0001"):
        pictures = [(folder / "image" / f"{key}.png").read_bytes() for folder in (whole, half, alone)]
        assert pictures[0] == pictures[1] == pictures[2]
    assert not (alone / "image_blurred").exists()
    ramps = [
        np.mean((cover(f, "image_blurred", empty) > 0.1) & (cover(f, "image_blurred", empty) < 0.9))
        for f in (whole, half)
    ]
    assert ramps[1] < 0.75 * ramps[0]

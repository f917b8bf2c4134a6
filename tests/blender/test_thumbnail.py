"""Thumbnails: framing in closed form, and pictures in which the asset is where it should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.build import empty_scene  # noqa: E402
from dsia_gen.blender.thumbnail import MARGIN, framing, render_objects, render_thumbnail  # noqa: E402
from dsia_gen.core.errors import WorkerError  # noqa: E402
from dsia_gen.spec.asset import ParametricCharacter, ProceduralObject  # noqa: E402
from dsia_gen.spec.camera import project  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402
from dsia_gen.spec.thumbnail_request import ShapeThumbnail  # noqa: E402
from tests.blender.characters.people import outfit  # noqa: E402

pytestmark = pytest.mark.blender
RED = Material(colours=((0.8, 0.02, 0.02),), bump=0.0)


@pytest.mark.parametrize("size", [(160, 160), (200, 100), (64, 128)])
def test_framing_fills_the_picture_but_for_the_margin(size: tuple[int, int]) -> None:
    points = np.random.default_rng(3).uniform(-1, 1, (500, 3)) * [0.3, 0.8, 2.0] + [5.0, -3.0, 1.0]
    camera = framing(points, size)
    pixels, depth = project(camera.intrinsics(), camera.camera_to_world(0), points)
    share = np.abs(pixels / np.array(size) * 2 - 1).max(axis=0)
    assert share.max() == pytest.approx(1 / MARGIN, abs=1e-6) and depth.min() > camera.clip_start


def red(path: Path) -> np.ndarray:
    pixels = np.asarray(Image.open(path).convert("RGB"), dtype=int)
    return (pixels[..., 0] > 60) & (pixels[..., 0] > 2 * pixels[..., 1])


def test_an_object_is_in_the_middle_of_its_thumbnail(tmp_path: Path) -> None:
    shape = ProceduralObject(family="ball", params={"diameter": 0.8, "style": "beach"}, materials=(RED,) * 4)
    render_thumbnail(ShapeThumbnail(shape=shape), lambda f: Path(), tmp_path / "a.png", (48, 48), 4)
    assert Image.open(tmp_path / "a.png").mode == "RGB"
    rows, columns = np.nonzero(red(tmp_path / "a.png"))
    assert abs(columns.mean() - 23.5) < 1.5 and abs(rows.mean() - 23.5) < 3
    assert 36 <= np.ptp(columns) + 1 <= 46


def test_a_character_stands_there_in_rest_and_in_motion(tmp_path: Path) -> None:
    from dsia_gen.motion.gaits import gait_motion
    from dsia_gen.motion.humanoid import to_motion

    shape = ParametricCharacter(outfit=outfit(top=RED, bottom=RED, shoes=RED))
    motion = to_motion(gait_motion("walk", shape.body, 24, 4), (0, 0, 0))
    thumbnail = ShapeThumbnail(shape=shape, motion=motion, moments=(3,))
    render_thumbnail(thumbnail, lambda f: Path(), tmp_path / "a.png", (64, 64), 4)
    columns = red(tmp_path / "a.png").any(axis=0)
    starts = np.flatnonzero(np.diff(columns.astype(int)) == 1)
    assert len(starts) == 2, "two figures with room between them"


def test_nothing_makes_no_thumbnail(tmp_path: Path) -> None:
    empty_scene()
    with pytest.raises(WorkerError, match="there is nothing to show"):
        render_objects([bpy.data.objects.new("void", None)], tmp_path / "a.png")


def test_moments_need_a_motion() -> None:
    with pytest.raises(ValueError, match="moments need a motion"):
        ShapeThumbnail(shape=ParametricCharacter(outfit=outfit()), moments=(1,))

"""Sheets of many scenes: one picture of each, in order, with its seed above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from PIL import Image

from dsia_gen.cli.scene import parse_seeds
from dsia_gen.core.errors import WorkerError
from dsia_gen.pipeline.preview import GUTTER, LABEL, Frames, preview, preview_many, save
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.worker_messages import RenderEvent, RenderRequest, StageEnded, ViewRendered, draft_folder
from tests.pipeline import fake_worker
from tests.sampling.scenes import scene

WIDTH, HEIGHT = 64, 36


def small(seed: int) -> SceneSpec:
    spec = scene("tiny", 0)
    camera = spec.camera.model_copy(update={"width": WIDTH, "height": HEIGHT})
    return spec.model_copy(update={"seed": seed, "camera": camera})


def painter(request: RenderRequest, minutes: float) -> Iterator[RenderEvent]:
    """A worker that paints each view in a shade of the seed, and counts on there being one view only."""
    spec = SceneSpec.model_validate_json(request.spec.read_text())
    (view,) = spec.views()
    folder = request.out / "image"
    folder.mkdir(parents=True)
    Image.new("RGB", (WIDTH, HEIGHT), (40 * spec.seed, 0, 0)).save(folder / f"{view.key}.png")
    yield from ()


def test_one_picture_of_each_scene_in_rows() -> None:
    seen: list[int] = []
    specs = (small(seed) for seed in (1, 2, 3))
    sheet = preview_many(specs, columns=2, on_scene=lambda spec: seen.append(spec.seed), renderer=painter)
    assert seen == [1, 2, 3]
    assert sheet.size == (2 * (WIDTH + GUTTER) + GUTTER, 2 * (HEIGHT + LABEL + GUTTER) + LABEL + 2 * GUTTER)
    top = GUTTER + LABEL + LABEL + HEIGHT // 2
    places = [(GUTTER + 9, top), (2 * GUTTER + WIDTH + 9, top), (GUTTER + 9, top + HEIGHT + LABEL + GUTTER)]
    assert [sheet.getpixel(place)[0] for place in places] == [40, 80, 120]


def worker(request: RenderRequest, minutes: float) -> Iterator[RenderEvent]:
    """The stand-in of the worker in this process: drafts of half the size first where they are asked for."""
    spec = SceneSpec.model_validate_json(request.spec.read_text())
    request.out.mkdir(parents=True)
    if request.drafts:
        half = spec.camera.model_copy(update={"width": spec.camera.width // 2, "height": spec.camera.height // 2})
        draft_folder(request.out).mkdir()
        for view in spec.views():
            fake_worker.picture(draft_folder(request.out), spec.model_copy(update={"camera": half}), view)
        yield StageEnded(name="drafts", seconds=0.0)
        assert not (request.out / "image").exists(), "the first look comes before anything sharp"
    fake_worker.geometry(spec).save(request.out / "geometry.npz")
    for view in spec.views():
        fake_worker.picture(request.out, spec, view)
        yield ViewRendered(key=view.key, seconds=0.0)


def test_a_first_look_comes_before_the_sheet() -> None:
    spec, drafts = small(3), []
    (whole,) = preview(spec, pairs=2, on_draft=drafts.append, renderer=worker)
    ((look,),) = drafts
    pair_height = HEIGHT + LABEL + GUTTER
    assert look.height == 2 * pair_height + LABEL + 2 * GUTTER, "a row of three images for each pair"
    assert whole.height == 2 * 4 * pair_height + LABEL + 2 * GUTTER and whole.width == look.width
    (alone,) = preview(spec, pairs=2, renderer=worker)
    assert alone.tobytes() == whole.tobytes(), "without a first look the sheet is the same"


def test_a_moving_preview_has_three_frames_a_pair_with_flow_once_it_is_sharp() -> None:
    drafts: list[Frames] = []
    frames = preview(small(3), pairs=2, moving=True, on_draft=drafts.append, renderer=worker)
    assert [len(shown) for shown in (*drafts, frames)] == [6, 6]
    assert {frame.width for frame in drafts[0]} == {WIDTH} and {frame.width for frame in frames} == {2 * WIDTH + GUTTER}


def test_a_scene_that_cannot_be_rendered_is_an_error() -> None:
    def broken(request: RenderRequest, minutes: float) -> Iterator[RenderEvent]:
        raise WorkerError("Blender is not well")

    with pytest.raises(WorkerError, match="not well"):
        preview_many([small(1)], renderer=broken)


def test_a_sheet_may_be_a_jpeg(tmp_path: Path) -> None:
    save(Image.new("RGB", (32, 32)), tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.format == "JPEG"


@pytest.mark.parametrize(("text", "seeds"), [("0-3", [0, 1, 2, 3]), ("7", [7]), ("12-12", [12])])
def test_seeds(text: str, seeds: list[int]) -> None:
    assert list(parse_seeds(text)) == seeds


@pytest.mark.parametrize("text", ["", "a", "3-", "-3", "5-2", "1,2"])
def test_what_is_no_range_of_seeds_is_said(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="0-39"):
        parse_seeds(text)

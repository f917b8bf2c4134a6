"""Contact sheets of assets: which, where, how many; a process that dies costs one tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.assets.library import load_library
from dsia_gen.core.errors import AssetError, WorkerError
from dsia_gen.pipeline.asset_preview import (
    AssetTile,
    Look,
    chosen,
    grid,
    label_lines,
    page_paths,
    shared_folder,
    sheets,
    square,
    tiles,
)
from dsia_gen.pipeline.preview import GUTTER
from dsia_gen.spec.worker_messages import ItemBegun, ItemRefused, ThumbnailDone, ThumbnailEvent, ThumbnailRequest

pytestmark = pytest.mark.slow

LOOK = Look(pixels=48, samples=1)
IDS = [f"builtin/object/{name}" for name in ("crate", "ball", "bench", "vase")]


def painter(deaths: dict[str, int] | None = None, refuse: str = "") -> Callable:
    """A worker that paints each thumbnail in the colour of its index, and dies at families for so many times."""
    left = dict(deaths or {})

    def work(request: ThumbnailRequest) -> Iterator[ThumbnailEvent]:
        for index, thumbnail in enumerate(request.sheet.thumbnails):
            yield ItemBegun(index=index)
            family = thumbnail.shape.family
            if left.get(family, 0) > 0:
                left[family] -= 1
                raise WorkerError("Blender was ended by SIGSEGV; log tail:\n...")
            if family == refuse:
                yield ItemRefused(index=index, reason=f"no {family} today")
                continue
            Image.new("RGB", (48, 48), (10 * len(family), 0, 0)).save(request.out / f"{index}.png")
            yield ThumbnailDone(index=index)

    return work


@pytest.fixture
def library():
    return load_library(["objects", "trajectories"])


def names(shown: list[AssetTile]) -> list[str]:
    return [tile.entry.id for tile in shown]


def test_tiles_come_in_order_with_their_pictures(library) -> None:
    seen: list[tuple[int, int]] = []
    shown = tiles(chosen(library, ids=IDS), library, None, LOOK, lambda d, t: seen.append((d, t)), painter())
    assert names(shown) == IDS and seen[-1] == (4, 4)
    assert [tile.picture.getpixel((0, 0))[0] for tile in shown] == [50, 40, 50, 40]


def test_one_that_kills_the_process_costs_one_tile(library) -> None:
    shown = tiles(chosen(library, ids=IDS), library, None, LOOK, renderer=painter({"ball": 1}))
    assert names(shown) == IDS
    assert [tile.picture is None for tile in shown] == [False, True, False, False]
    assert "SIGSEGV" in shown[1].reason


def test_one_that_is_refused_says_why(library) -> None:
    shown = tiles(chosen(library, ids=IDS), library, None, LOOK, renderer=painter(refuse="bench"))
    assert shown[2].reason == "no bench today" and all(t.picture for t in shown if t is not shown[2])


def test_a_blender_that_does_not_start_is_an_error(library) -> None:
    def broken(request: ThumbnailRequest) -> Iterator[ThumbnailEvent]:
        raise WorkerError("Blender cannot be loaded")

    with pytest.raises(WorkerError, match="cannot be loaded"):
        tiles(chosen(library, ids=IDS), library, None, LOOK, renderer=broken)


def test_a_camera_path_is_drawn_without_blender(library) -> None:
    def never(request: ThumbnailRequest) -> Iterator[ThumbnailEvent]:
        raise AssertionError("no Blender for a line")

    (tile,) = tiles(chosen(library, "trajectory"), library, None, LOOK, renderer=never)
    assert tile.picture is not None and len(np.unique(np.asarray(tile.picture))) > 10


def test_what_is_not_here_is_not_shown(library) -> None:
    assert not any(entry.remote for entry in chosen(library))
    with pytest.raises(AssetError, match="no asset to show"):
        chosen(library, "hdri")
    with pytest.raises(AssetError, match="'nobody' is in none of the manifests"):
        chosen(library, ids=["nobody"])


def test_one_of_the_tags_is_enough() -> None:
    library = load_library(["objects"])
    alone = [{entry.id for entry in chosen(library, "object", tag=tag)} for tag in ("props", "lamp")]
    both = {entry.id for entry in chosen(library, "object", tag="props,lamp")}
    assert both == alone[0] | alone[1] and not alone[0] & alone[1] and all(alone)


def test_files_of_a_folder_are_shown_when_there_is_a_folder(tmp_path: Path) -> None:
    mine = "blender/sintel"
    without, within = load_library(["real_tiny"]), load_library(["real_tiny"], tmp_path)
    assert mine not in [entry.id for entry in chosen(load_library(["characters", "real_tiny"]), "character")]
    assert [entry.id for entry in chosen(within, "character")] == [mine]
    assert [entry.id for entry in chosen(without, ids=[mine])] == [mine], "who names it is told what is missing"


def test_many_tiles_fill_several_sheets(library) -> None:
    entries = chosen(library, "object")[:11]
    shown = [AssetTile(e, Image.new("RGB", (32, 32), (200, 0, 0)), "") for e in entries]
    pages = sheets(shown, 32, columns=3, rows=2)
    assert len(pages) == 2 and pages[0].size[0] == 3 * (32 + GUTTER) + GUTTER
    assert pages[1].getpixel((GUTTER + 1, GUTTER + 1)) == (200, 0, 0)
    assert [p.name for p in page_paths(Path("a.png"), 2)] == ["a_1.png", "a_2.png"]
    assert page_paths(Path("a.png"), 1) == [Path("a.png")]


def test_a_label_is_broken_after_a_slash_and_cut_in_the_middle() -> None:
    assert label_lines("crate", 160) == ["crate"]
    assert label_lines("builtin/object/a_rather_long_name", 160)[0] == "builtin/object/"
    (line,) = label_lines("x" * 100, 160)
    assert ".." in line and len(line) < 100


def test_a_tile_without_an_image_shows_why(library) -> None:
    entry = chosen(library, ids=IDS[:1])[0]
    empty, reason = (np.asarray(square(AssetTile(entry, None, text), 160)) for text in ("", "the file is broken"))
    assert empty.shape == (160, 160, 3) and (empty != reason).any()


def test_only_those_with_a_tag_are_shown(library) -> None:
    foreground = chosen(library, "object", tag="foreground")
    assert 100 <= len(foreground) < len(chosen(library, "object"))
    assert all("foreground" in entry.tags for entry in foreground)


def test_what_all_names_begin_with_stands_once() -> None:
    assert shared_folder(["builtin/object/cake", "builtin/object/car"]) == "builtin/object/"
    assert shared_folder(["builtin/object/cake", "gso/cake"]) == ""
    assert shared_folder(["builtin/object/cake"]) == ""


@pytest.mark.blender
def test_the_real_worker_renders_and_refuses(library, tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(
        "assets:\n- {id: broken/thing, kind: object, file: a.obj, source: a test, licence: CC0-1.0}\n"
    )
    (tmp_path / "a.obj").write_text("v 0 0 0\n")
    own = load_library(["objects"], tmp_path)
    shown = tiles(chosen(own, ids=["broken/thing", IDS[0]]), own, tmp_path, Look(48, 2, threads=1))
    assert shown[0].picture is None and "no mesh with faces" in shown[0].reason
    assert shown[1].picture is not None and np.asarray(shown[1].picture).std() > 10


def test_each_character_is_shown_in_each_motion_in_a_grid() -> None:
    people = load_library(["characters", "motions"])
    cast = list(chosen(people, "character"))[:2]
    clips = list(chosen(people, "motion"))[:3]

    def work(request: ThumbnailRequest) -> Iterator[ThumbnailEvent]:
        for index, thumbnail in enumerate(request.sheet.thumbnails):
            yield ItemBegun(index=index)
            assert thumbnail.motion is not None and len(thumbnail.moments) == 2 and not thumbnail.rest
            Image.new("RGB", (48, 48), (40 * index, 0, 0)).save(request.out / f"{index}.png")
            yield ThumbnailDone(index=index)

    shown = tiles(cast, people, None, LOOK, renderer=work, motions=clips)
    assert [tile.name for tile in shown] == [f"{a.id} x {b.id}" for a in cast for b in clips]
    sheet = np.asarray(grid(shown, 48))
    height, width = sheet.shape[:2]
    corners = [sheet[height - GUTTER - 24 - row * (48 + GUTTER), width - GUTTER - 24 - column * (48 + GUTTER), 0]
               for row in (1, 0) for column in (2, 1, 0)]  # fmt: skip
    assert corners == [40 * k for k in range(6)]


def test_progress_is_told_after_each_asset_also_when_processes_die(library) -> None:
    told: list[tuple[int, int]] = []
    entries = chosen(library, ids=IDS)
    tiles(entries, library, None, LOOK, lambda done, whole: told.append((done, whole)), painter({"ball": 1}, "vase"))
    assert [done for k, (done, _) in enumerate(told) if not k or done != told[k - 1][0]] == [0, 1, 2, 3, 4]
    assert {whole for _, whole in told} == {4}

"""Bars count views rightly whatever happens, and estimates follow from the configuration."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from dsia_gen.config.scene_config import SceneConfig, SequenceConfig
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.progress import Bar
from dsia_gen.pipeline.estimate import Extent, check_space, extent, extents, scene_bytes, scene_hours
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.outcome import Event, SceneResult
from tests.farm.fakes import task


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def bars():
    with Bar([("00000", Extent(2, 5)), ("00001", Extent(2, 5))], stream=io.StringIO()) as made:
        yield made


def test_one_bar_tells_scenes_views_an_hour_and_the_time_left() -> None:
    stream = Terminal()
    with Bar([("00000", Extent(2, 5)), ("00001", Extent(2, 5)), ("00002", Extent(1, 3))], stream=stream) as bar:
        bar._views._time = lambda: bar._views.start_t + 60.0  # a minute later, however long this takes
        bar.on_event(view("00000"))
        bar.on_event(Event("00000", "stage", "render", seconds=3.25))
        bar.on_result(SceneResult(index=0, name="00000"))
        bar.on_result(SceneResult(index=1, name="00001", error="AssetError", message="missing"))
        bar._views.refresh()
        last = stream.getvalue().rpartition("\r")[2]
    assert "scenes 2/3, 1 failed" in last and "5/8 views" in last
    # One view in a minute when the note was made; then 5 of 8 views in 60 s leave 3 of them, 36 s.
    assert "60 views/h, 00000 render 3.2s" in last and "01:00<00:36" in last
    assert "\n" not in stream.getvalue().rstrip("\n"), "one line"


def counts(bars: Bar) -> tuple[float, float | None]:
    return bars._views.n, bars._views.total


def view(scene: str) -> Event:
    return Event(scene, "view", "t0000_p0000", seconds=1.0)


def test_expected_views_give_way_to_counted_ones(bars: Bar) -> None:
    assert counts(bars) == (0, 10)
    bars.on_event(Event("00000", "views", count=7))
    bars.on_event(view("00000"))
    assert counts(bars) == (1, 12)


def test_a_second_try_counts_anew(bars: Bar) -> None:
    for event in (Event("00000", "views", count=5), view("00000"), view("00000"), Event("00000", "views", count=5)):
        bars.on_event(event)
    assert counts(bars) == (0, 10)


def test_a_failed_scene_is_taken_out_and_a_finished_one_filled_up(bars: Bar) -> None:
    bars.on_event(view("00000"))
    bars.on_result(SceneResult(index=0, name="00000", error="AssetError", message="missing"))
    assert counts(bars) == (0, 5)
    bars.on_result(SceneResult(index=1, name="00001"))
    assert counts(bars) == (5, 5) and bars._ended == 2


def test_neighbours_share_views_and_passes_do_not() -> None:
    def of(pairs: int, passes: int) -> Extent:
        return extent(SceneConfig(name="x", sequence=SequenceConfig(pairs=pairs, passes=passes)))

    assert of(4, 1) == Extent(4, 9) and of(1, 1) == Extent(1, 3) and of(4, 3) == Extent(12, 27)


def test_the_extent_of_a_sampled_scene_is_what_was_foretold() -> None:
    spec, _ = sample_task(task(0, "tiny"))
    size = extents(configurations([task(0, "tiny")]))["00000"]
    assert (size.pairs, size.views) == (len(spec.pairs), len(spec.views()))


def test_extents_are_those_of_each_configuration() -> None:
    small = task(0, "tiny").model_copy(update={"overrides": {"sequence.pairs": 7}})
    found = extents(configurations([small, task(1, "outdoor"), task(2, "mixed")]))
    assert found == {"00000": Extent(7, 15), "00001": Extent(4, 9), "00002": Extent(4, 9, indoor=0.5)}


def test_hours_grow_with_pixels_and_samples_and_shrink_with_cores() -> None:
    base, size = task(0), Extent(100, 201)
    large = base.model_copy(update={"resolution": (960, 540)})
    fixed = scene_hours(large, size, 1e9)  # what no device makes quicker
    one, two = scene_hours(large, size, 1) - fixed, scene_hours(large, size, 2) - fixed
    assert one == pytest.approx(2 * two, rel=1e-6)
    assert scene_hours(large, Extent(100, 201, indoor=1.0), 1) > 1.5 * scene_hours(large, size, 1)


def test_bytes_grow_with_pixels_outputs_and_pairs() -> None:
    base = task(0)
    one = scene_bytes(base, Extent(2, 5))
    assert scene_bytes(base.model_copy(update={"resolution": (128, 72)}), Extent(2, 5)) == pytest.approx(4 * one, abs=4)
    assert scene_bytes(base.model_copy(update={"outputs": ("image", "flow_1_to_2")}), Extent(2, 5)) > one
    assert scene_bytes(base, Extent(4, 10)) == pytest.approx(2 * one, abs=4)


def test_space_is_checked_against_what_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks, sizes = [task(0)], {"00000": Extent(2, 5)}
    needed = scene_bytes(tasks[0], sizes["00000"])
    for free, fits in ((needed, True), (needed - 1, False)):
        usage = shutil._ntuple_diskusage(10**12, 10**12 - free, free)  # type: ignore[attr-defined]
        monkeypatch.setattr("dsia_gen.pipeline.estimate.shutil.disk_usage", lambda _, usage=usage: usage)
        if fits:
            check_space(DatasetLayout(tmp_path), tasks, sizes)
        else:
            with pytest.raises(StorageError, match="free some space, choose another disk, or ask for fewer outputs"):
                check_space(DatasetLayout(tmp_path), tasks, sizes)

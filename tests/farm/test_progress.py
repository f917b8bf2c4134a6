"""Bars count views rightly whatever happens, and estimates follow from the configuration."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from dsia_gen.config.job import Resources
from dsia_gen.config.scene_config import SceneConfig, SequenceConfig
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import StorageError
from dsia_gen.core.progress import LARGE_DOWNLOAD, ProgressState
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.progress import Bar
from dsia_gen.pipeline.estimate import (
    Extent,
    SceneEstimate,
    check_space,
    extent,
    extents,
    scene_bytes,
    scene_hours,
    worth_in_cores,
)  # fmt: skip
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.outcome import RENDERING, WAITING, Event, SceneResult
from tests.farm.fakes import task


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Shown:
    """A bar of scenes that are expected to take 10 s and 2 s a view, on a clock that a test moves."""

    def __init__(self, *views: int, workers: int = 1) -> None:
        self.clock = Clock()
        scenes = [(f"{i:05d}", SceneEstimate(count, 10.0, 2.0)) for i, count in enumerate(views)]
        self.bar = Bar(scenes, workers=workers, stream=io.StringIO(), clock=self.clock)

    def at(self, seconds: float, *events: Event) -> ProgressState:
        self.clock.now = seconds
        for event in events:
            self.bar.on_event(event)
        return self.bar.state()


def begun(scene: int, doing: str) -> Event:
    return Event(f"{scene:05d}", "begun", doing)


def view(scene: int) -> Event:
    return Event(f"{scene:05d}", "view", "t0000_p0000", seconds=1.0)


def views(scene: int, count: int) -> Event:
    return Event(f"{scene:05d}", "views", count=count)


def done(scene: int, **error: str) -> SceneResult:
    return SceneResult(index=scene, name=f"{scene:05d}", **error)


def test_a_scene_that_waits_for_the_gpu_says_so_and_is_not_held_for_a_slow_start() -> None:
    shown = Shown(5, 5)
    shown.at(0, begun(0, "sampling"))
    shown.at(10, begun(0, RENDERING), begun(1, "sampling"))
    waits = shown.at(20, begun(1, RENDERING), begun(1, WAITING))
    assert "00001  waiting for the GPU" in waits.rows
    shown.at(20, *[view(0)] * 5)
    assert "about" not in shown.at(30, begun(1, RENDERING)).text
    # Both starts took the ten seconds that were expected, and the wait of ten more is not the fault of a start.
    assert shown.bar._starts.factor == 1


def test_before_the_first_view_rate_and_time_left_are_those_of_the_estimate() -> None:
    shown = Shown(5, 5)
    state = shown.at(0)
    assert state.title == "scenes 0/2" and state.share == 0
    assert state.text == "0 of 10 views, about 900 views/h, about 40 s left"
    # What a worker has begun counts: after half of the start 35 s are left, as the estimate says.
    shown.at(0, begun(0, "sampling"))
    assert shown.at(5).text == "0 of 10 views, about 900 views/h, about 35 s left"


def test_two_workers_are_expected_to_take_half_the_time() -> None:
    assert Shown(5, 5, workers=2).at(0).text.endswith("about 20 s left")
    # A cluster does not say how many scenes it runs at once: what has begun does.
    assert Shown(5, 5).at(0, begun(0, "building"), begun(1, "building")).text.endswith("about 20 s left")


def test_what_was_measured_takes_the_place_of_the_estimate() -> None:
    """Everything takes three times as long as was expected: 60 s a scene."""
    shown, left = Shown(5, 5, 5, 5), []
    for scene in range(3):
        start = 60.0 * scene
        shown.at(start, begun(scene, "sampling"), views(scene, 5))
        shown.at(start + 30, begun(scene, RENDERING))
        for number in range(5):
            text = shown.at(start + 30 + 6 * (number + 1), view(scene)).text
        assert "about" not in text
        shown.bar.on_result(done(scene))
        left.append(shown.bar._seconds_left(shown.clock.now))
    wrong = [abs(seconds - 60.0 * (3 - scene)) for scene, seconds in enumerate(left)]
    assert wrong == sorted(wrong, reverse=True) and wrong[0] < 100 and wrong[-1] < 25
    assert shown.at(180).text.startswith("15 of 20 views, 3")


def test_at_the_end_the_rate_is_that_of_the_whole_job() -> None:
    shown = Shown(5)
    shown.at(50, begun(0, RENDERING), *[view(0)] * 5)
    shown.bar.on_result(done(0))
    state = shown.at(60)
    assert (state.title, state.text, state.share) == ("scenes 1/1", "5 of 5 views, 300 views/h, 1 min 00 s", 1.0)
    assert not state.rows and not state.doing


def test_the_stage_of_each_worker_is_shown() -> None:
    shown = Shown(9, 9, 9, 9)
    state = shown.at(1, begun(0, "sampling"), begun(1, "building"), views(2, 9), begun(2, RENDERING), view(2), view(2))
    assert state.rows == ("00000  sampling", "00001  building", "00002  rendering view 3 of 9")
    assert state.line.endswith("[00000 sampling; 00001 building; 00002 rendering view 3 of 9]")
    shown.at(2, begun(2, "annotating pair 1 of 4"), begun(3, "building"))
    assert shown.bar.state().rows[2] == "00002  annotating pair 1 of 4"
    assert shown.bar.state().line.endswith("[1 sampling, 2 building, 1 annotating]")
    shown.bar.on_result(done(1))
    assert "00001" not in shown.bar.state().line and len(shown.bar.state().rows) == 3


def test_a_large_download_of_a_worker_has_a_line_of_its_own() -> None:
    stream = io.StringIO()
    shown = Shown(3)
    shown.bar._display.stream = stream
    for size in (LARGE_DOWNLOAD - 1, LARGE_DOWNLOAD):
        shown.at(1, Event("00000", "begun", f"downloading sky.hdr: {size}", count=size))
    assert stream.getvalue() == f"scene 00000: downloading sky.hdr: {LARGE_DOWNLOAD}\n"
    assert shown.bar.state().rows == (f"00000  downloading sky.hdr: {LARGE_DOWNLOAD}",)


def test_many_workers_fit_on_a_terminal() -> None:
    shown = Shown(*[3] * 40)
    state = shown.at(1, *(begun(scene, "building") for scene in range(40)))
    assert len(state.rows) == 13 and state.rows[-1] == "and 28 more"


def counts(shown: Shown) -> str:
    return shown.bar.state().text.partition(",")[0]


def test_expected_views_give_way_to_counted_ones() -> None:
    shown = Shown(5, 5)
    shown.at(1, views(0, 7), view(0))
    assert counts(shown) == "1 of 12 views"


def test_a_second_try_counts_from_the_start() -> None:
    shown = Shown(5, 5)
    shown.at(1, views(0, 5), view(0), view(0), begun(0, "sampling"), views(0, 5))
    assert counts(shown) == "0 of 10 views" and shown.bar.state().rows == ("00000  sampling",)


def test_a_try_that_is_made_again_is_told_and_counts_for_nothing() -> None:
    stream = io.StringIO()
    shown = Shown(5, 5)
    shown.bar._display.stream = stream
    shown.at(1, begun(0, RENDERING), view(0), Event("00000", "retry", "Blender was ended by SIGSEGV", 1))
    assert counts(shown) == "0 of 10 views" and not shown.bar.state().rows and not shown.bar._failed
    assert "scene 00000 is tried again; try 1: Blender was ended by SIGSEGV\n" in stream.getvalue()


def test_a_failed_scene_is_taken_out_told_and_a_finished_one_filled_up() -> None:
    stream = io.StringIO()
    shown = Shown(5, 5)
    shown.bar._display.stream = stream
    shown.at(1, view(0))
    shown.bar.on_result(done(0, error="AssetError", message="missing\nmore"))
    assert counts(shown) == "0 of 5 views" and shown.bar.state().title == "scenes 1/2, 1 failed"
    assert stream.getvalue() == "scene 00000 failed: missing\n"
    shown.bar.on_result(done(1))
    assert counts(shown) == "5 of 5 views" and shown.bar.state().title == "scenes 2/2, 1 failed"


def test_all_scenes_that_fail_leave_a_bar_without_views() -> None:
    shown = Shown(5)
    shown.bar.on_result(done(0, error="AssetError", message="missing"))
    assert shown.at(3).text == "0 of 0 views, 3 s"


def test_a_device_is_worth_its_cores_or_what_a_gpu_is() -> None:
    assert worth_in_cores(Resources(device="cpu", threads=6)) == 6.0
    assert worth_in_cores(Resources(device="cpu")) == cores()
    assert worth_in_cores(Resources(device="optix", threads=6)) > 50


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

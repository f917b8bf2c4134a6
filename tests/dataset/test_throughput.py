"""How fast a data set is made: intervals, stages, devices, time left; the same figures in status and dataset.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsia_gen.dataset.documents import RunDocument, Throughput
from dsia_gen.dataset.index import update_index
from dsia_gen.dataset.layout import LOCK, DatasetLayout
from dsia_gen.dataset.status import dataset_status, duration
from dsia_gen.dataset.throughput import busy_seconds, throughput_of
from tests.dataset.synthetic import make_spec, write_scene

START = datetime(2026, 1, 1, tzinfo=UTC)


def run(begun: float, ended: float, views: int = 2, **changes: Any) -> RunDocument:
    """run.json of a scene made between two minutes of an hour."""
    moments = {key: (START + timedelta(minutes=m)).isoformat() for key, m in (("begun", begun), ("ended", ended))}
    seconds = {"render": 60.0, "build": 3.0, "upload": 1.0, "sample": 2.0}
    worker = {"device": {"type": "OPTIX", "name": "RTX"}}
    return RunDocument.model_validate({
        **moments, "view_seconds": dict.fromkeys(map(str, range(views)), 30.0), "seconds": seconds, "host": "a",
        "peak_bytes": 7, "worker": worker, **changes,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "length"),
    [([], 0), ([(0, 2), (1, 3)], 3), ([(5, 6), (0, 2)], 3), ([(0, 10), (2, 3)], 10), ([(0, 1), (1, 2)], 2)],
)
def test_busy_is_the_length_of_the_union(spans: list[tuple[float, float]], length: float) -> None:
    assert busy_seconds(spans) == length


def test_two_workers_are_twice_as_fast_and_breaks_do_not_count() -> None:
    one = throughput_of([run(0, 10), run(10, 20)])
    two = throughput_of([run(0, 10), run(0, 10)])
    with_a_break = throughput_of([run(0, 10), run(500, 510)])
    assert one.views_an_hour == pytest.approx(4 * 60 / 20)
    assert two.views_an_hour == pytest.approx(2 * 12) and with_a_break.views_an_hour == pytest.approx(12)
    assert one.seconds_left(3) == pytest.approx(3 * 10 * 60) and one.seconds_left(0) == 0


def test_stages_are_in_the_order_of_a_scene_and_devices_are_counted() -> None:
    found = throughput_of([run(0, 1), run(0, 1, peak_bytes=9, host="b"), run(0, 1, worker={}, host="b")])
    assert list(found.seconds.items()) == [("sample", 6.0), ("build", 9.0), ("render", 180.0), ("upload", 3.0)]
    assert found.devices == {"OPTIX RTX": 2, "unknown": 1} and found.hosts == {"a": 1, "b": 2}
    assert (found.scenes, found.views, found.peak_bytes) == (3, 6, 9)


def test_runs_that_say_little_give_few_figures() -> None:
    assert RunDocument().span is RunDocument(begun="yesterday", ended="").span is None
    assert run(5, 1).span is None and RunDocument().device == "unknown"
    found = throughput_of([RunDocument()])
    assert found.views_an_hour is None and found.seconds_left(2) is None
    assert (
        throughput_of([]).plain()
        == Throughput(
            scenes=0, views=0, busy_seconds=0, seconds={}, peak_bytes=0, devices={}, hosts={}, views_an_hour=None
        ).plain()
    )


@pytest.fixture
def layout(tmp_path) -> DatasetLayout:
    layout = DatasetLayout(tmp_path / "set")
    write_scene(layout, "00000", make_spec(pairs=1), ("image",), run(0, 10))
    write_scene(layout, "00001", make_spec(seed=1, pairs=1), ("image",), run(5, 15, worker={"device": "CPU"}))
    return layout


def test_status_and_index_have_the_same_figures(layout: DatasetLayout) -> None:
    document, status = update_index(layout), dataset_status(layout)
    assert document.timings == status.throughput
    assert document.timings.plain() == status.plain()["pace"] == json.loads(layout.index.read_text())["timings"]
    assert document.timings.views_an_hour == 16.0
    assert [scene.device for scene in document.scenes] == ["OPTIX RTX", "CPU"] == list(status.devices.values())
    assert "16 views an hour" in status.lines()
    assert "seconds a view: sample 1.00, build 1.50, render 30.00, upload 0.50" in status.lines()
    assert status.lines()[-1].endswith("rendered on CPU (1 scene), OPTIX RTX (1 scene)")


def test_status_names_the_driver_and_what_it_has_in_work(layout: DatasetLayout) -> None:
    holder = {"pid": 12, "host": "head", "token": "x", "beat": 3, "running": ["00002", "00001"]}
    (layout.root / LOCK).write_text(json.dumps(holder))
    status = dataset_status(layout)
    assert status.driver == "process 12 on head" and status.running == ("00002",), "00001 is done"
    assert "rendered by process 12 on head" in status.lines()[1]
    (layout.root / LOCK).write_text("not json")
    assert dataset_status(layout).driver is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.4, "3 s"), (75, "1 min 15 s"), (3700, "1 h 01 min"), (200_000, "2 d 7 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

"""Work in spans: every number of threads gives the same bits, and the first error."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from dsia_gen.annotate import spans
from dsia_gen.annotate.pair import annotate_scene
from dsia_gen.annotate.spans import over_spans
from dsia_gen.core.cpus import cores, share
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import Pair
from tests.annotate.test_rest_is_shared import SPEC, crowd

GEOMETRIC = tuple(
    name for name, row in OUTPUTS.items() if row.producer == "annotate" and not row.needs and not row.rest
)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 35])
def test_spans_cover_a_range_once_and_in_order(monkeypatch: pytest.MonkeyPatch, threads: int, length: int) -> None:
    monkeypatch.setattr(spans, "SPAN", 10)
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
    found = over_spans(lambda span: list(range(length))[span], length)
    assert [value for part in found for value in part] == list(range(length))
    assert all(0 < len(part) <= 10 for part in found)


def test_spans_are_worked_on_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "SPAN", 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    both = threading.Barrier(2, timeout=30)
    over_spans(lambda _: both.wait(), 2)  # one after the other, they would wait for ever


def test_the_first_error_of_a_span_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "SPAN", 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    def fail(span: slice) -> None:
        if span.start in (1, 3):
            raise ValueError(f"span {span.start}")

    with pytest.raises(ValueError, match="span 1"):
        over_spans(fail, 5)


@pytest.mark.parametrize("cut_out", [False, True])
def test_every_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch, cut_out: bool) -> None:
    geometry = crowd(3, cut_out).geometry
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    alone = arrays(geometry, SPEC)
    monkeypatch.setattr(spans, "SPAN", 111)
    for threads in (1, 2, 5):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        for ours, theirs in zip(arrays(geometry, SPEC), alone, strict=True):
            assert ours.keys() == theirs.keys()
            assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


def arrays(geometry: SceneGeometry, camera: CameraSpec) -> list[dict[str, np.ndarray]]:
    pairs = [Pair(index=0, t1=0, p1=0, t2=1, p2=1), Pair(index=1, t1=1, p1=1, t2=0, p2=0)]
    found = []
    for truth in annotate_scene(geometry, camera, pairs, GEOMETRIC):
        views = {f"{view.key} {name}": a for view, made in truth.new_views.items() for name, a in made.items()}
        found.append({**truth.arrays, **views})
    return found


@pytest.mark.parametrize(
    ("text", "threads"), [("3", 3), (" 2 ", 2), ("4,2", 4), ("", None), ("0", None), ("many", None)]
)
def test_the_share_is_what_the_libraries_are_told(
    monkeypatch: pytest.MonkeyPatch, text: str, threads: int | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert share() == (threads or cores())


def test_an_environment_that_says_nothing_leaves_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert share() == cores()


def test_hits_of_groups_of_rays_are_those_of_all() -> None:
    frozen = crowd(1)
    scene, count = frozen.at(0), 500
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(count, 3)) * (0.4, 0.1, 0.4) + (0, 1, 0)
    whole = scene.cast(np.zeros((count, 3)), directions)
    parts = [scene.cast(np.zeros((len(some), 3)), some) for some in np.array_split(directions, 7)]
    for ours, theirs in zip(vars(type(whole).joined(parts)).values(), vars(whole).values(), strict=True):
        assert ours.tobytes() == theirs.tobytes()

"""A scene is annotated while it is rendered; whichever of both fails ends the other."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import pytest

from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import DsiaError, WorkerError
from dsia_gen.core.io import json_bytes
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import finished, read_receipt
from dsia_gen.pipeline.outcome import Event
from dsia_gen.pipeline.run_scene import run_scene
from dsia_gen.pipeline.scene_annotation import AnnotationStoppedError, RenderedViews
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.outputs import resolve_outputs
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View
from dsia_gen.spec.worker_messages import (
    RENDERED_LAST,
    RenderEvent,
    RenderRequest,
    StageEnded,
    ViewRendered,
    rendered_file,
)
from tests.farm.fakes import task
from tests.farm.small import small_scene
from tests.farm.waiting import wait_for
from tests.pipeline.fake_worker import geometry, picture

TASK = task(0, "tiny").model_copy(update={"outputs": resolve_outputs(["default"])})
BeforeView = Callable[[int, Path], None]
"""Called with the number of a view, and the folder of the unfinished scene, before the view is rendered."""


class RenderedHere:
    """A stand-in in this process, with floor, box and pictures of the fake worker."""

    def __init__(self, log: Path, before: BeforeView, frozen: bool = True, closed: list[bool] | None = None) -> None:
        self.log, self._before, self._frozen, self._closed = log, before, frozen, closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        if self._closed is not None:
            self._closed.append(True)

    def ask(self, request: RenderRequest, minutes: float) -> Iterator[RenderEvent]:
        request.out.mkdir(exist_ok=True)
        self.log.write_text("what Blender says last\n")
        spec = SceneSpec.model_validate_json(request.spec.read_text())
        if self._frozen:
            geometry(spec).save(request.out / "geometry.npz")
        yield StageEnded(name="freeze", seconds=0.0)
        for number, view in enumerate(spec.views()):
            self._before(number, request.spec.parent)
            picture(request.out, spec, view)
            yield ViewRendered(key=view.key, seconds=0.01)
        for output in set(request.outputs) & set(RENDERED_LAST):
            for view in spec.views():
                file = rendered_file(request.out, output, view)
                file.parent.mkdir(exist_ok=True)
                shutil.copyfile(rendered_file(request.out, "image", view), file)
        report = {"blender": blender_version(), "device": request.device, "threads": request.threads}
        (request.out / "worker.json").write_bytes(json_bytes(report))


def make(root: Path, before: BeforeView, wanted: SceneTask = TASK, **how: Any) -> list[Event]:
    events: list[Event] = []
    with TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        run_scene(wanted, root, events.append, lambda _threads, _cache: RenderedHere(log, before, **how))
    return events


def flows(scene: Path) -> list[Path]:
    return [path for path in scene.rglob("*") if path.is_file() and "flow_1_to_2" in str(path.relative_to(scene))]


def no_thread_is_left() -> bool:
    return not any(thread.name == "annotate" for thread in threading.enumerate())


def test_a_pair_is_on_disk_before_the_views_of_the_next_are_rendered(tmp_path: Path) -> None:
    seen: list[int] = []

    def before(number: int, scene: Path) -> None:
        if number == 3:  # three views make the first pair
            wait_for(lambda: len(flows(scene)) == 1)
        seen.append(number)

    make(tmp_path, before)
    assert seen == [0, 1, 2, 3, 4] and no_thread_is_left()


def test_what_is_rendered_after_all_views_is_waited_for(tmp_path: Path) -> None:
    outputs = (*resolve_outputs(["default"]), *RENDERED_LAST)
    make(tmp_path, lambda _number, _scene: None, TASK.model_copy(update={"outputs": outputs}))
    assert finished(DatasetLayout(tmp_path), "00000", None, outputs, hashes=True)


def test_files_are_those_of_a_scene_whose_process_renders_it(tmp_path: Path) -> None:
    make(tmp_path / "here", lambda _number, _scene: None)
    small_scene(TASK, tmp_path / "there", lambda _: None)
    here, there = (read_receipt(DatasetLayout(tmp_path / name).scene("00000")) for name in ("here", "there"))
    assert here.files == there.files


def test_what_is_left_to_annotate_is_told_after_the_last_view(tmp_path: Path) -> None:
    events = make(tmp_path, lambda _number, _scene: None)
    doing = [event.name for event in events if event.kind == "begun"]
    assert doing[-4:] == ["annotating pair 1 of 2", "annotating pair 2 of 2", "writing", "publishing"]
    last = max(number for number, event in enumerate(events) if event.kind == "view")
    assert all(n > last for n, event in enumerate(events) if event.name.startswith("annotating"))


def test_a_failure_of_the_annotation_ends_the_rendering(tmp_path: Path) -> None:
    closed: list[bool] = []

    def before(number: int, _scene: Path) -> None:
        assert number == 0, "no further view is rendered"
        wait_for(no_thread_is_left)

    with pytest.raises(DsiaError, match=r"geometry\.npz"):
        make(tmp_path, before, frozen=False, closed=closed)
    assert closed, "the process is ended"
    assert DatasetLayout(tmp_path).partial_names() == ()


@pytest.mark.parametrize("error", [WorkerError("Blender died"), KeyboardInterrupt()])
def test_a_failure_of_the_rendering_ends_the_annotation(tmp_path: Path, error: BaseException) -> None:
    def before(number: int, _scene: Path) -> None:
        if number == 2:
            raise error

    with pytest.raises(type(error)):
        make(tmp_path, before)
    assert no_thread_is_left() and DatasetLayout(tmp_path).partial_names() == ()


def test_a_view_that_nobody_told_of_is_not_waited_for() -> None:
    views = RenderedViews()
    threading.Timer(0.05, views.complete).start()
    views.wait_for(View(0, 0))


def test_a_wait_ends_with_the_scene() -> None:
    views = RenderedViews()
    views.add(View(0, 0).key)
    views.wait_for(View(0, 0))
    threading.Timer(0.05, views.stop).start()
    with pytest.raises(AnnotationStoppedError):
        views.wait_for(View(1, 0))
    with pytest.raises(AnnotationStoppedError):
        views.wait_for(View(0, 0))

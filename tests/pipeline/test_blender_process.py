"""The Blender process as seen from outside: messages, failures by name, log, time limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core import errors
from dsia_gen.core.errors import TimeLimitError, WorkerError
from dsia_gen.pipeline.blender_process import BlenderProcess, run_blender
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.worker_messages import RenderEvent, RenderRequest, StageEnded, ViewRendered
from tests.farm.fakes import task
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow

WORKER = "tests.pipeline.fake_worker"


@pytest.fixture
def request_(tmp_path: Path) -> RenderRequest:
    spec, _ = sample_task(task(0, "tiny"))
    path = tmp_path / "spec.json"
    path.write_text(readable_json(spec))
    return RenderRequest(spec=path, out=tmp_path / "out")


def run(request: RenderRequest, minutes: float = 10.0) -> list[RenderEvent]:
    return list(run_blender(request, minutes, WORKER))


def test_events_in_order_and_chatter_in_the_log(request_: RenderRequest) -> None:
    with BlenderProcess(module=WORKER) as blender:
        events = list(blender.ask(request_))
        text = blender.log.read_text()
    assert [event.name for event in events if isinstance(event, StageEnded)] == ["build", "freeze", "render"]
    assert len([event for event in events if isinstance(event, ViewRendered)]) == 5
    assert "Blender chatters" in text and "before the stream is claimed" in text and "what Blender says last" in text
    assert (request_.out / "worker.json").exists()
    assert not blender.alive and not blender.log.exists()


def test_it_loads_before_it_is_asked(request_: RenderRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tmp_path / "loaded"
    monkeypatch.setenv("FAKE_LOADED", str(loaded))
    with BlenderProcess(module=WORKER) as blender:
        wait_for(loaded.exists)
        assert blender.alive and not request_.out.exists()
        list(blender.ask(request_))


def test_a_process_that_is_not_asked_is_ended_without_an_error() -> None:
    with BlenderProcess(module=WORKER) as blender:
        assert blender.alive
    assert not blender.alive


def test_a_folder_that_was_removed_before_does_not_come_back(request_: RenderRequest, tmp_path: Path) -> None:
    gone = tmp_path / "scene" / ".worker"
    with pytest.raises(errors.StorageError, match="cannot create"):
        run(request_.model_copy(update={"out": gone}))
    assert not gone.parent.exists()


@pytest.mark.parametrize("name", ["AssetError", "DeviceError", "StorageError"])
def test_failures_come_back_by_name(request_: RenderRequest, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("FAKE_WORKER", name)
    with pytest.raises(getattr(errors, name), match=r"^hat.glb is missing \(entry 'hat'\)"):
        run(request_)


@pytest.mark.parametrize(("how", "words"), [("dies", "SIGSEGV"), ("exits", "exit code 3")])
def test_other_deaths_carry_the_tail_of_the_log(
    request_: RenderRequest, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    monkeypatch.setenv("FAKE_WORKER", how)
    with pytest.raises(WorkerError, match=words) as caught:
        run(request_)
    assert "what Blender says last" in str(caught.value)
    assert any("what Blender says last" in note for note in caught.value.__notes__)


def test_the_time_limit(request_: RenderRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_WORKER", "hangs")
    with pytest.raises(TimeLimitError):
        run(request_, 0.03)

"""The Blender process as seen from outside: messages, failures by name, log, time limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core import errors
from dsia_gen.core.errors import TimeLimitError, WorkerError
from dsia_gen.pipeline.blender_process import run_blender
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.worker_messages import RenderEvent, RenderRequest, StageEnded, ViewRendered
from tests.farm.fakes import task

pytestmark = pytest.mark.slow


@pytest.fixture
def request_(tmp_path: Path) -> RenderRequest:
    spec, _ = sample_task(task(0, "tiny"))
    path = tmp_path / "spec.json"
    path.write_text(readable_json(spec))
    return RenderRequest(spec=path, out=tmp_path / "out")


def run(request: RenderRequest, minutes: float = 10.0) -> list[RenderEvent]:
    return run_blender_of(request, log(request), minutes)


def run_blender_of(request: RenderRequest, said: Path, minutes: float = 10.0) -> list[RenderEvent]:
    return list(run_blender(request, said, minutes, "tests.pipeline.fake_worker"))


def log(request: RenderRequest) -> Path:
    return request.out.with_name("worker.log")


def test_events_in_order_and_chatter_in_the_log(request_: RenderRequest) -> None:
    events = run(request_)
    assert [event.name for event in events if isinstance(event, StageEnded)] == ["build", "freeze", "render"]
    assert len([event for event in events if isinstance(event, ViewRendered)]) == 5
    text = log(request_).read_text()
    assert "Blender chatters" in text and "before the stream is claimed" in text and "what Blender says last" in text
    assert (request_.out / "worker.json").exists()


def test_a_folder_that_was_removed_before_does_not_come_back(request_: RenderRequest, tmp_path: Path) -> None:
    gone = tmp_path / "scene" / ".worker"
    with pytest.raises(errors.StorageError, match="cannot create"):
        run_blender_of(request_.model_copy(update={"out": gone}), tmp_path / "worker.log")
    assert not gone.parent.exists()


@pytest.mark.parametrize("name", ["AssetError", "DeviceError", "StorageError"])
def test_failures_come_back_by_name(request_: RenderRequest, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("FAKE_WORKER", name)
    with pytest.raises(getattr(errors, name), match=r"^hat.glb is missing \(entry 'hat'\)$"):
        run(request_)


@pytest.mark.parametrize(("how", "words"), [("dies", "SIGSEGV"), ("exits", "exit code 3")])
def test_other_deaths_carry_the_tail_of_the_log(
    request_: RenderRequest, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    monkeypatch.setenv("FAKE_WORKER", how)
    with pytest.raises(WorkerError, match=words) as caught:
        run(request_)
    assert "what Blender says last" in str(caught.value)


def test_the_time_limit(request_: RenderRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_WORKER", "hangs")
    with pytest.raises(TimeLimitError):
        run(request_, 0.03)

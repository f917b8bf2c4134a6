"""The Blender process as seen from outside: messages, failures by name, log, time limit."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dsia_gen.core import errors
from dsia_gen.core.child_process import parse
from dsia_gen.core.errors import TimeLimitError, WorkerError, error_named
from dsia_gen.dataset.writer import alive
from dsia_gen.pipeline.blender_process import Message, WorkerRequest, run_worker
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.record import readable_json
from tests.farm.fakes import task
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def request_(tmp_path: Path) -> WorkerRequest:
    spec, _ = sample_task(task(0, "tiny"))
    path = tmp_path / "spec.json"
    path.write_text(readable_json(spec))
    return WorkerRequest(path, tmp_path / "out", tmp_path / "worker.log", module="tests.pipeline.fake_worker")


def run(request: WorkerRequest) -> list[Message]:
    messages: list[Message] = []
    request.out.mkdir(exist_ok=True)
    run_worker(request, messages.append)
    return messages


def test_messages_in_order_and_chatter_in_the_log(request_: WorkerRequest) -> None:
    messages = run(request_)
    kinds = [m["event"] + ":" + str(m.get("name", "")) for m in messages if m["event"] == "stage"]
    assert kinds == ["stage:build", "stage:freeze", "stage:render"]
    assert len([m for m in messages if m["event"] == "view"]) == 5
    log = request_.log.read_text()
    assert "Blender chatters" in log and "what Blender says last" in log
    assert (request_.out / "worker.json").exists()


def test_the_command_line() -> None:
    request = WorkerRequest(Path("s"), Path("o"), Path("l"), "cuda", 3, "/my assets", True)
    words = request.command()[1:]
    assert words == [
        *("-m", "dsia_gen.blender.worker", "--spec", "s", "--out", "o", "--device", "cuda"),
        *("--threads", "3", "--assets", "/my assets", "--linear"),
    ]


@pytest.mark.parametrize("name", ["AssetError", "DeviceError", "StorageError"])
def test_failures_come_back_by_name(request_: WorkerRequest, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("FAKE_WORKER", name)
    with pytest.raises(getattr(errors, name), match=r"^hat.glb is missing \(entry 'hat'\)$"):
        run(request_)


@pytest.mark.parametrize(("how", "words"), [("dies", "SIGSEGV"), ("exits", "exit code 3")])
def test_other_deaths_carry_the_tail_of_the_log(
    request_: WorkerRequest, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    monkeypatch.setenv("FAKE_WORKER", how)
    with pytest.raises(WorkerError, match=words) as caught:
        run(request_)
    assert "what Blender says last" in str(caught.value)


def test_the_time_limit(request_: WorkerRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_WORKER", "hangs")
    with pytest.raises(TimeLimitError):
        run(replace(request_, timeout_minutes=0.03))


def test_unknown_names_become_worker_errors() -> None:
    assert isinstance(error_named("ValueError", "x"), WorkerError)
    assert isinstance(error_named("annotations", "x"), WorkerError), "a name of the module that is no error"
    assert isinstance(error_named("ConfigError", "x"), errors.ConfigError)


@pytest.mark.parametrize("line", ["Fra:1 Mem:30M\n", "{broken\n", '{"no": "event"}\n', '["event"]\n', ""])
def test_other_lines_are_no_messages(line: str) -> None:
    assert parse(line) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells children of their parent's death")
def test_children_die_with_their_parent(tmp_path: Path, checkout: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from dsia_gen.core import child_process as child
process = child.start([sys.executable, "-c", "import time; time.sleep(600)"])
Path({str(tmp_path / "pid")!r}).write_text(str(process.pid))
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=checkout)
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: b"time.sleep" in Path(f"/proc/{pid}/cmdline").read_bytes())
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(pid))

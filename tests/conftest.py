"""Shared by all suites: the checkout is importable, also by the child processes of a test."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

from tests.s3 import SECRET, CuttingProxy, Server  # noqa: E402  (the checkout is on the path only now)

# The same verdict on every machine: the same examples each time, however long one takes.
settings.register_profile(
    "anywhere", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("anywhere")
# Every server of a test is on this machine, whatever proxy it has.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
# Ray would end scenes where other programs fill the memory.
os.environ.setdefault("RAY_memory_monitor_refresh_ms", "0")
# Hundreds of processes are started: each would compile the package anew where the environment forbids to keep that.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# No test outlives a loss of power, and on a disk this waits longer than all else that a test does.
os.fsync = lambda _handle: None  # type: ignore[assignment]
# Whichever module imports ray first, what is started here listens on loopback only.
os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real assets beside the checkout; the test is skipped where it is absent."""
    folder = CHECKOUT.parent / "shared"
    if not (folder / "assets").is_dir():
        pytest.skip(f"no folder of real assets at {folder}")
    return folder


@pytest.fixture(scope="session")
def s3_proxy() -> Iterator[CuttingProxy]:
    """An S3 server on loopback behind a proxy; one for all tests, because making a client takes half a second."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    proxy = CuttingProxy(Server().start()).start()
    yield proxy
    proxy.stop()
    proxy.server.stop()


@pytest.fixture
def s3(s3_proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CuttingProxy:
    """A proxy before an S3 server that cuts connections when told to; the environment points to it, as a user's would.

    The bucket is the test's own, and `s3.address` an address in it.
    """
    s3_proxy.bucket = f"tests-{next(_numbers)}"
    s3_proxy.cut(times=0, after=0)
    s3_proxy.server.make_bucket(s3_proxy.bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_proxy.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # the client's own tries, with seconds between them; ours are tested
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("dsia_gen.core.remote.BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr("dsia_gen.farm.heartbeat_lock.SETTLE_SECONDS", 0.05)
    return s3_proxy


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of a file stay together: fixtures of it are made once, and what it alone imports is loaded once."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded while tests are collected lives to the end: the garbage collector need not look at it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class LeftOut(pytest.Module):
    """A module of which -m leaves out every test: it is not imported."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        return []


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Modules that need Blender, Ray or a server take half of the time of collecting, in each worker."""
    asked, chosen = parent.config.option.markexpr, any("::" in word for word in parent.config.args)
    if chosen or not re.fullmatch(r"not \w+( and not \w+)*", asked):
        return None
    marks = re.findall(r"^pytestmark = (.*)$", module_path.read_text(encoding="utf-8"), re.MULTILINE)
    named = set(re.findall(r"pytest\.mark\.(\w+)", " ".join(marks)))
    return LeftOut.from_parent(parent, path=module_path) if named & set(re.findall(r"not (\w+)", asked)) else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Workers that share the cores take one thread each for torch: more would wait for each other, busily."""
    if "PYTEST_XDIST_WORKER" in os.environ and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


_numbers = count()
_status = {"code": 0}


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember the verdict for `pytest_unconfigure`."""
    _status["code"] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without Blender's own clean-up, which hangs when torch is in the same process."""
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status["code"])

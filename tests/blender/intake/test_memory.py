"""Tests of how the intake worker tells that a file met the bound on memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dsia_gen.blender.intake import worker
from dsia_gen.spec.intake import IntakeRequest

ROOM = """
from dsia_gen.blender.intake.worker import limit_memory, memory_is_full
assert not memory_is_full()
limit_memory(0.5)
assert not memory_is_full()
taken = bytearray(int(0.47 * 2**30))
assert memory_is_full()
"""


@pytest.mark.parametrize(
    "words",
    [
        "Error: OpenImageDenoise error: Resource temporarily unavailable",
        "Out of memory in OpenEXR",
        "std::bad_alloc",
        "[Errno 12] Cannot allocate memory",
    ],
)
def test_the_words_of_libraries_at_the_bound_are_known(words: str) -> None:
    assert "needs more than 2 GiB of memory" in worker._reason(RuntimeError(words), request())


def test_unknown_words_count_as_the_bound_only_where_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    error = RuntimeError("something odd")
    assert worker._reason(error, request()) == "it cannot be measured (RuntimeError: something odd)"
    monkeypatch.setattr(worker, "memory_is_full", lambda: True)
    assert "needs more than 2 GiB of memory" in worker._reason(error, request())


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_full_memory_is_seen_by_the_process_itself() -> None:
    subprocess.run([sys.executable, "-c", ROOM], check=True, timeout=60)


def request() -> IntakeRequest:
    return IntakeRequest(files=(), folder="/in", out="/out", memory_gib=2.0)

"""Tests of how the import worker tells that a file met the bound on memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dsia_gen.blender.importing import import_process as worker
from dsia_gen.core.errors import AssetError

ROOM = """
from dsia_gen.blender.importing.import_process import memory_is_full
from dsia_gen.core.system import limit_memory
before = bytearray(int(0.3 * 2**30))  # what libraries set aside, more on a machine with more cores
assert not memory_is_full(0.2)
limit_memory(0.2)
assert not memory_is_full(0.2)
taken = bytearray(int(0.19 * 2**30))
assert memory_is_full(0.2)
try:
    bytearray(int(0.05 * 2**30))
except MemoryError:
    print("full")
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
    assert "needs more than 2 GiB of memory" in worker.reason_of(RuntimeError(words), 2.0)


def test_unknown_words_count_as_the_bound_only_where_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    error = RuntimeError("something odd")
    assert worker.reason_of(error, 2.0) == "it cannot be measured (RuntimeError: something odd)"
    monkeypatch.setattr(worker, "memory_is_full", lambda gib: True)
    assert "needs more than 2 GiB of memory" in worker.reason_of(error, 2.0)


def test_a_known_error_keeps_its_sentence_unless_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    error = AssetError("a.obj has no faces")
    assert worker.reason_of(error, 2.0) == "a.obj has no faces"
    monkeypatch.setattr(worker, "memory_is_full", lambda gib: True)
    assert "needs more than 2 GiB of memory" in worker.reason_of(error, 2.0)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_full_memory_is_seen_by_the_process_itself() -> None:
    done = subprocess.run([sys.executable, "-c", ROOM], check=True, timeout=300, capture_output=True, text=True)
    assert done.stdout == "full\n"

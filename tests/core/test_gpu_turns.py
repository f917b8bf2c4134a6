"""Turns on a GPU: which processes share one, and where its lock lies."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import pytest

from dsia_gen.core import gpu_turns
from dsia_gen.core.assigned_gpus import VARIABLE
from dsia_gen.core.errors import StorageError
from dsia_gen.core.gpu_turns import gpu_turn, slot_name, turns_folder

A100 = "CUDA_NVIDIA A100-SXM4-40GB_0000:1b:00"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def test_a_gpu_has_one_slot_by_whichever_interface_it_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    assert slot_name(A100) == slot_name(f"{A100}_OptiX") != slot_name(A100.replace("1b", "1c"))
    monkeypatch.setenv(VARIABLE, "0")
    assert slot_name(A100) == slot_name(f"{A100}_OptiX"), "a scheduler numbers GPUs for each process"
    assert slot_name("METAL_Apple M2/Max") == "METAL_Apple_M2_Max"


def test_instances_of_one_gpu_have_slots_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    for instance in ("MIG-aaaa", "MIG-bbbb"):
        monkeypatch.setenv(VARIABLE, instance)
        names.add(slot_name(A100))
    assert len(names) == 2


def test_whoever_comes_second_is_told_and_waits() -> None:
    told, entered = threading.Event(), threading.Event()

    def enter() -> None:
        with gpu_turn(A100 + "_OptiX", told.set):
            entered.set()

    with gpu_turn(A100, pytest.fail), gpu_turn("another", pytest.fail):
        thread = threading.Thread(target=enter)
        thread.start()
        assert told.wait(60) and not entered.is_set()
    assert entered.wait(60)
    thread.join()


def test_a_folder_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    folder = turns_folder()
    assert folder.parent == temporary and folder.stat().st_mode & 0o077 == 0
    other = folder.stat().st_uid + 1
    monkeypatch.setattr(gpu_turns, "user_number", lambda: other)
    folder.rename(temporary / f"dsia-gen-gpus-{other}")
    with pytest.raises(StorageError, match=r"belongs to another user; remove it, or set TMPDIR"):
        turns_folder()

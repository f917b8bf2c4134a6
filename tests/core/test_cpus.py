"""Threads of the libraries of a process: its share of the cores, unless the environment says otherwise."""

from __future__ import annotations

import os

import pytest

from dsia_gen.core import cpus
from dsia_gen.core.cpus import SHARED_POOLS, SINGLE_POOLS, shared_cores, thread_variables

POOLS = (*SHARED_POOLS, *SINGLE_POOLS)


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "cores", lambda: 8)
    for name in POOLS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("threads", "share"), [(0, 8), (1, 1), (3, 3), (100, 100)])
def test_pools_take_the_share_and_linear_algebra_one_thread(threads: int, share: int) -> None:
    found = thread_variables(threads)
    assert found == dict.fromkeys(SHARED_POOLS, str(share)) | dict.fromkeys(SINGLE_POOLS, "1")


@pytest.mark.parametrize("name", POOLS)
def test_what_the_environment_says_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "5")
    assert thread_variables(2).keys() == {*POOLS} - {name}
    with shared_cores(4):
        assert os.environ[name] == "5"
    assert os.environ[name] == "5"


@pytest.mark.parametrize(("processes", "threads"), [(1, 8), (2, 4), (3, 2), (8, 1), (100, 1)])
def test_processes_share_the_cores_and_the_environment_is_as_it_was(processes: int, threads: int) -> None:
    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError), shared_cores(processes) as each:
        assert each == threads and os.environ["OMP_NUM_THREADS"] == str(threads)
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
        raise ZeroDivisionError
    assert dict(os.environ) == before

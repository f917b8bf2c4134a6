"""Parts of a data set in processes of their own."""

from __future__ import annotations

import os

import pytest

from dsia_gen.core import cpus
from dsia_gen.core.cpus import SHARED_POOLS, SINGLE_POOLS
from dsia_gen.dataset.processes import each_done


def pools(_item: int) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in (*SHARED_POOLS, *SINGLE_POOLS)}


@pytest.mark.slow
def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "cores", lambda: 6)
    for name in (*SHARED_POOLS, *SINGLE_POOLS):
        monkeypatch.delenv(name, raising=False)
    shared = dict.fromkeys(SHARED_POOLS, "3") | dict.fromkeys(SINGLE_POOLS, "1")
    assert dict(each_done(pools, [1, 2, 3], 2)) == dict.fromkeys([1, 2, 3], shared)
    assert pools(0) == dict.fromkeys(shared, None)

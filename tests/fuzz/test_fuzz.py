"""Readers of files that others make: what once fell stays mended, and a short run on every target."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dsia_gen.core.errors import DsiaError
from tests.conftest import CHECKOUT

pytest.importorskip("torch", reason="needs the [align] extra")

from tests.fuzz.campaign import judge, limits
from tests.fuzz.targets import TARGETS

KEPT = sorted(path for path in (Path(__file__).parent / "inputs").glob("*/*") if path.is_file())
CASES = 30
"""Files of each target in the short run."""
GROUPS = 6
"""Processes of the short run: each holds some targets, and the tests run beside each other."""


def test_what_once_fell_is_read_or_refused(tmp_path: Path) -> None:
    fallen = {}
    for number, kept in enumerate(KEPT):
        target = TARGETS[kept.parent.name]
        path = target.place(tmp_path / str(number))
        path.write_bytes(kept.read_bytes())
        with limits():
            try:
                fell = judge(target, path)
            except DsiaError:
                continue
        if fell is not None:
            fallen[str(kept)] = fell
    assert fallen == {}


@pytest.mark.slow
@pytest.mark.parametrize("group", range(GROUPS))
def test_damaged_files_end_in_our_own_errors_in_bounded_time_and_memory(group: int, tmp_path: Path) -> None:
    names = list(TARGETS)[group::GROUPS]
    command = [sys.executable, "-m", "tests.fuzz.campaign", ",".join(names), str(CASES), "0", str(tmp_path), "60"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, timeout=580)
    tallies = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"target"')]
    assert {t["target"]: t["fallen"] for t in tallies if t["fallen"]} == {}
    assert done.returncode == 0, done.stderr[-2000:]
    assert [t["target"] for t in tallies] == names
    assert sum(t["refused"] for t in tallies) > CASES


def test_a_reader_that_falls_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    sound = TARGETS["lock"]
    path = tmp_path / "lock"
    path.write_bytes(b"{}")

    def falls(_: Path) -> None:
        raise KeyError("x")

    def hangs(_: Path) -> None:
        while True:
            pass

    def swells(_: Path) -> bytearray:
        return bytearray(2**34)

    made = {"falls": falls, "hangs": hangs, "swells": swells}
    targets = {name: type(sound)(name, "lock", "json", sound.seeds, read) for name, read in made.items()}
    with limits(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.fuzz.campaign.CPU_SECONDS", 0.2)
        assert judge(sound, path) is None
        assert judge(targets["falls"], path) == "KeyError in no module of the package"
        assert judge(targets["hangs"], path) == "took more than 0.2 s in no module of the package"
        assert judge(targets["swells"], path) == "MemoryError in no module of the package"

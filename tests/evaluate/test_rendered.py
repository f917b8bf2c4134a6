"""On what Blender renders: the exact flow rebuilds Igt where I2 sees it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsia_gen.evaluate.run_evaluation import Request, evaluate
from tests.evaluate.conftest import no_bar

pytestmark = [
    pytest.mark.blender,
    pytest.mark.torch,
    pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy, in a process of its own"),
]


def test_the_oracle_reaches_30_db_on_visible_reliable_pixels(checkout: Path, tmp_path: Path) -> None:
    words = (
        "render",
        "tiny",
        "-o",
        tmp_path / "set",
        "-q",
        "--set",
        "resolution=[160,90]",
        "--set",
        "quality.samples=16",
    )
    done = subprocess.run(
        [sys.executable, "-m", "dsia_gen", *map(str, words)], cwd=checkout, capture_output=True, text=True, timeout=999,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = evaluate(Request(("identity", "oracle_flow"), tmp_path / "set"), tmp_path / "report", no_bar)
    for sample, record in found.records["oracle_flow"].items():
        assert record.values["psnr/reliable"] >= 30, sample
        assert record.values["psnr/reliable"] > found.records["identity"][sample].values["psnr/reliable"] + 3

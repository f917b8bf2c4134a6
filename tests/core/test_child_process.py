"""Child processes: what they inherit."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import dsia_gen
from dsia_gen.core.child_process import environment

pytestmark = pytest.mark.slow


def test_a_child_finds_this_package_but_not_folders_that_others_put_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`import bpy` puts a folder on the path that holds another module called bpy."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", "given")
    paths = environment()["PYTHONPATH"].split(os.pathsep)
    assert paths == [str(Path(dsia_gen.__file__).resolve().parents[1]), "given"]

"""Child processes: what they inherit, and that they die with their parent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dsia_gen
from dsia_gen.core.child_process import environment
from dsia_gen.core.system import alive
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow


def test_a_child_finds_this_package_but_not_folders_that_others_put_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`import bpy` puts a folder on the path that holds another module called bpy."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", "given")
    paths = environment()["PYTHONPATH"].split(os.pathsep)
    assert paths == [str(Path(dsia_gen.__file__).resolve().parents[1]), "given"]


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

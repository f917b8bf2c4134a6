"""Every module can be imported on a system that is not POSIX: its modules and functions are not there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package_source import source_files

POSIX = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix_spawn", "syslog", "crypt")
ALLOWED = {"core/system.py": {"resource"}}
"""Modules of POSIX that a module may import inside a function."""

PROBE = """
import importlib, os, pkgutil, signal, sys
import dsia_gen

def modules():
    yield "dsia_gen"
    for found in pkgutil.walk_packages(dsia_gen.__path__, "dsia_gen."):
        if not found.name.startswith({left_out!r}) and not found.name.endswith("__main__"):
            yield found.name

names = list(modules())
failed = {{}}
for name in names:  # libraries are loaded as they are here: they have versions of their own for other systems
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = str(error)
names = [name for name in names if name not in failed]
for name in [name for name in sys.modules if name.partition(".")[0] == "dsia_gen"]:
    del sys.modules[name]

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {posix!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
for name in {posix!r}:
    sys.modules.pop(name, None)
for name in ("killpg", "getpgid", "setsid", "fork", "getuid", "geteuid", "sysconf", "statvfs", "sched_getaffinity",
             "waitid", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "mkfifo"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGSTOP", "SIGCONT", "SIGUSR1", "setitimer", "alarm", "pause"):
    if hasattr(signal, name):
        delattr(signal, name)
for name in names:
    importlib.import_module(name)
print(len(names), sorted(failed))
"""


@pytest.mark.slow
def test_every_module_imports_without_posix(checkout: Path) -> None:
    """The Blender package needs bpy, and what needs torch or ray is imported where they are."""
    probe = PROBE.format(left_out=("dsia_gen.blender", "dsia_gen.align", "dsia_gen.evaluate"), posix=POSIX)
    done = subprocess.run([sys.executable, "-c", probe], cwd=checkout, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    count, _, failed = done.stdout.strip().rpartition("\n")[2].partition(" ")
    assert int(count) > 200
    assert set(ast.literal_eval(failed)) <= {
        "dsia_gen.farm.ray_cluster", "dsia_gen.farm.ray_executor", "dsia_gen.farm.slurm_executor",
    }  # fmt: skip


def test_modules_of_posix_are_imported_in_one_place(checkout: Path) -> None:
    """The whole package is read, also what the test above does not import."""
    found = {}
    for file in source_files(checkout / "dsia_gen"):
        wrong = file.imports & set(POSIX) - ALLOWED.get(file.name, set())
        if wrong:
            found[file.name] = wrong
    assert found == {}


def test_functions_of_posix_are_called_in_one_place(checkout: Path) -> None:
    """Those that another system lacks, by their names: in system.py, or behind a look whether they are there."""
    posix = {
        "os.killpg", "os.getpgid", "os.setsid", "os.fork", "os.getuid", "os.geteuid", "os.sysconf", "os.statvfs",
        "os.waitid", "os.mkfifo", "signal.SIGKILL", "signal.SIGHUP", "signal.SIGALRM", "signal.SIGSTOP",
        "signal.setitimer", "signal.pause",
    }  # fmt: skip
    found = [
        f"{file.name}:{line} {name}"
        for file in source_files(checkout / "dsia_gen")
        for line, name in file.attributes
        if name in posix and file.name != "core/system.py"
    ]
    assert found == []

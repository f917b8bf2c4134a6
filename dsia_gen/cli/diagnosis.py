"""What this machine has for rendering, what it lacks, and what to do about it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from dsia_gen.core.child_process import environment
from dsia_gen.core.cpus import cores
from dsia_gen.core.registry import Registry
from dsia_gen.core.system import memory_size

State = Literal["ok", "missing", "broken"]
"""`missing` is something that rendering can do without, `broken` something that it cannot."""

DEBIAN_PACKAGES = {
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXext.so.6": "libxext6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libGL.so.1": "libgl1",
    "libXt.so.6": "libxt6",
}
"""System libraries that the bpy wheel links to, and the Debian and Ubuntu packages that have them."""

EXTRAS = {
    "ray": ("ray",),
    "slurm": ("submitit",),
    "s3": ("s3fs",),
    "align": ("torch", "diffusers", "accelerate", "torchmetrics", "safetensors"),
}
REGISTRIES = (
    "dsia_gen.assets.generators:GENERATORS",
    "dsia_gen.assets.fetch.asset_source:FETCH_SOURCES",
    "dsia_gen.dataset.export.formats:FORMATS",
    "dsia_gen.align.methods:METHODS",
    "dsia_gen.align.training.trainable:TRAINABLES",
    "dsia_gen.farm.executor:EXECUTORS",
    "dsia_gen.motion.readers:MOTION_READERS",
    "dsia_gen.dataset.checks.findings:CHECKS",
)
"""Everything that other packages can add to."""
BLENDER_SECONDS = 180
# Both leave without Blender's own clean-up, which has been seen to crash after the answer was given.
TRY_BLENDER = "import os, bpy; print(bpy.app.version_string, flush=True); os._exit(0)"
LIST_DEVICES = """
import json, os
from dsia_gen.blender.device import found_devices
print(json.dumps([[device.type, device.name] for device in found_devices()]), flush=True)
os._exit(0)
"""
LITTLE_DISK = 5 * 2**30


@dataclass(frozen=True)
class Diagnosis:
    """One line of the report, with what to do about it."""

    name: str
    state: State
    value: str
    advice: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def examine(*, blender: bool = True, folder: Path | None = None) -> list[Diagnosis]:
    """Look at this machine. `blender` starts Blender, which takes seconds; `folder` is where the disk is looked at."""
    found = [python_version(), Diagnosis("platform", "ok", platform.platform())]
    found += list(blender_findings()) if blender else []
    found += [module("embreex", "rays"), module("OpenEXR", "EXR files")]
    found += [disk_space(folder or Path.cwd()), Diagnosis("cores", "ok", str(cores())), memory()]
    found += packages()
    return found + [extra(name, modules) for name, modules in EXTRAS.items()]


def python_version() -> Diagnosis:
    """bpy's wheels are for one version of Python only."""
    version = platform.python_version()
    if sys.version_info[:2] == (3, 11):
        return Diagnosis("Python", "ok", version)
    return Diagnosis("Python", "broken", version, ("the bpy 4.5 package needs Python 3.11: python3.11 -m venv .venv",))


def blender_findings() -> Iterator[Diagnosis]:
    """Whether bpy can be imported, how long that takes, and which devices Cycles finds; in processes of their own."""
    spec = importlib.util.find_spec("bpy")
    if spec is None:
        yield Diagnosis("Blender (bpy)", "broken", "not installed", ("pip install 'bpy~=4.5'  (Python 3.11)",))
        return
    begun = time.monotonic()
    done = _python("-c", TRY_BLENDER)
    if done.returncode:
        folder = Path(next(iter(spec.submodule_search_locations or [""])))
        yield Diagnosis("Blender (bpy)", "broken", _last_line(done.stderr), library_advice(missing_libraries(folder)))
        return
    yield Diagnosis("Blender (bpy)", "ok", f"{_last_line(done.stdout)}, starts in {time.monotonic() - begun:.1f} s")
    done = _python("-c", LIST_DEVICES)
    try:
        names = [f"{kind} ({name})" for kind, name in json.loads(_last_line(done.stdout))]
    except ValueError:
        yield Diagnosis("render devices", "missing", "cannot be listed", (_last_line(done.stderr),))
    else:
        yield Diagnosis("render devices", "ok", ", ".join(names))


def missing_libraries(folder: Path) -> list[str]:
    """Shared libraries that bpy's extension modules need and the system lacks, by the dynamic linker's own account."""
    if shutil.which("ldd") is None:
        return []
    modules = [str(path) for path in folder.glob("__init__*.so")]
    done = subprocess.run(["ldd", *modules], capture_output=True, text=True, check=False)
    return sorted(set(re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE)))


def library_advice(libraries: list[str]) -> tuple[str, ...]:
    """What to do about missing libraries; for none known, the packages that are usually missing."""
    known = [DEBIAN_PACKAGES[name] for name in libraries if name in DEBIAN_PACKAGES]
    packages = known if libraries else list(DEBIAN_PACKAGES.values())
    missing = (f"missing system libraries: {' '.join(libraries)}",) if libraries else ()
    install = (f"on Debian or Ubuntu: sudo apt-get install -y {' '.join(packages)}",) if packages else ()
    return missing + install


def packages() -> list[Diagnosis]:
    """What is wrong with installed packages that extend this one; nothing where all can be loaded."""
    found = []
    for address in REGISTRIES:
        where, _, name = address.partition(":")
        registry: Registry[Any] = getattr(importlib.import_module(where), name)
        for problem in registry.problems().values():
            found.append(Diagnosis("package", "missing", problem, ("see docs/extending.md",)))
    return found


def module(name: str, what_for: str) -> Diagnosis:
    """A required module that is quick to import."""
    try:
        found = importlib.import_module(name)
    except ImportError as error:
        return Diagnosis(name, "broken", str(error), (f"needed for {what_for}: pip install {name}",))
    return Diagnosis(name, "ok", str(getattr(found, "__version__", "installed")))


def extra(name: str, modules: tuple[str, ...]) -> Diagnosis:
    """An extra of the package: installed, or the command that installs it."""
    absent = [m for m in modules if importlib.util.find_spec(m) is None]
    if absent:
        return Diagnosis(
            f"[{name}]", "missing", f"not installed: {', '.join(absent)}", (f"pip install 'dsia-gen[{name}]'",)
        )
    return Diagnosis(f"[{name}]", "ok", "installed")


def disk_space(folder: Path) -> Diagnosis:
    """Free space where the command was started."""
    free = shutil.disk_usage(folder).free
    advice = ("a data set of 960x540 takes about 20 MB a pair",) if free < LITTLE_DISK else ()
    return Diagnosis("disk", "missing" if advice else "ok", f"{free / 2**30:.1f} GiB free in {folder}", advice)


def memory() -> Diagnosis:
    """Memory of the machine; a worker takes up to 3 GiB."""
    total = memory_size()
    advice = ("a worker may take 3 GiB at 960x540",) if total < 4 * 2**30 else ()
    return Diagnosis("memory", "missing" if advice else "ok", f"{total / 2**30:.1f} GiB", advice)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=BLENDER_SECONDS, env=environment(), check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"took longer than {BLENDER_SECONDS} s")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "(no output)"

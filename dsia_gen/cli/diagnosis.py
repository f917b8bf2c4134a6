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
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from dsia_gen.cli.extras import NAME, known_extras, missing_of
from dsia_gen.core.blender_environments import BlenderPython, chosen_blender, environment_problem, installed_blender
from dsia_gen.core.blender_installation import blender_start_problem, sizes_of
from dsia_gen.core.blender_lines import BlenderLine
from dsia_gen.core.child_process import environment
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.progress import byte_size
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

WORKER_MODULES = {"ray": "ray", "slurm": "submitit"}
"""Executors whose workers start elsewhere, and what each needs to be imported."""
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
DEVICES = "dsia_gen.blender.device"
"""Prints the devices that Cycles finds."""
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
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
    extras = known_extras()
    return found + [extra(name, missing_of(name, extras)) for name in sorted(extras)]


def python_version() -> Diagnosis:
    """Whether this Python is one that dsia-gen is tried with. Blender may have another."""
    version = platform.python_version()
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return Diagnosis("Python", "ok", version)
    if sys.version_info[:2] > NEWEST_PYTHON:
        return Diagnosis("Python", "missing", version, ("newer than what dsia-gen is tried with; use 3.11 to 3.14",))
    return Diagnosis("Python", "broken", version, ("dsia-gen needs Python 3.11 to 3.14",))


def blender_findings() -> Iterator[Diagnosis]:
    """Which Blender is used here, whether it starts, how long that takes, which devices Cycles finds, and what workers
    use; Blender runs in processes of its own.
    """
    try:
        chosen = chosen_blender()
        problem = "" if isinstance(chosen, BlenderPython) else environment_problem(chosen, thorough=True)
    except DsiaError as error:
        yield Diagnosis("Blender", "broken", " ".join(str(error).split()))
        return
    if isinstance(chosen, BlenderLine):
        install = f"dsia-gen blender install --version {chosen.name}"
        if problem:
            state: State = "missing" if chosen.download is not None else "broken"
            advice = f"the first render installs it ({sizes_of(chosen)}), or: {install}"
            yield Diagnosis("Blender", state, f"{chosen.version} {problem}", (advice,))
            yield from worker_findings(chosen.name)
            return
        chosen = installed_blender(chosen)
    begun = time.monotonic()
    wrong = blender_start_problem(chosen)
    if wrong:
        yield Diagnosis("Blender", "broken", wrong, library_advice(missing_libraries(chosen.package)))
        return
    seconds = time.monotonic() - begun
    where = "this Python" if chosen.own else str(chosen.home)
    yield Diagnosis("Blender", "ok", f"{chosen.version} of {where}, starts in {seconds:.1f} s")
    done = _run(chosen.command(DEVICES))
    try:
        names = [f"{kind} ({name})" for kind, name in json.loads(_last_line(done.stdout))]
    except ValueError:
        yield Diagnosis("render devices", "missing", "cannot be listed", (_last_line(done.stderr),))
    else:
        yield Diagnosis("render devices", "ok", ", ".join(names))
    yield from worker_findings(chosen.line)


def worker_findings(line: str) -> Iterator[Diagnosis]:
    """Which Blender the workers of each executor use that can be used here."""
    yield Diagnosis("local workers", "ok", f"Blender {line}, the one above")
    node = f"Blender {line} of the node's own Python, or of its cache, where its first scene installs it"
    for name, module_name in WORKER_MODULES.items():
        if importlib.util.find_spec(module_name):
            yield Diagnosis(f"{name} workers", "ok", node)


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


def extra(name: str, missing: Sequence[str]) -> Diagnosis:
    """An extra of the package: installed, or what is missing and the command that installs it."""
    if missing:
        advice = (f"pip install '{NAME}[{name}]'; from a clone: pip install -e '.[{name}]'",)
        return Diagnosis(f"[{name}]", "missing", f"not installed: {', '.join(missing)}", advice)
    return Diagnosis(f"[{name}]", "ok", "installed")


def disk_space(folder: Path) -> Diagnosis:
    """Free space where the command was started."""
    free = shutil.disk_usage(folder).free
    advice = ("a data set of 960x540 takes about 20 MB a pair",) if free < LITTLE_DISK else ()
    return Diagnosis("disk", "missing" if advice else "ok", f"{byte_size(free)} free in {folder}", advice)


def memory() -> Diagnosis:
    """Memory of the machine; a worker takes up to 3 GiB."""
    total = memory_size()
    advice = ("a worker may take 3 GiB at 960x540",) if total < 4 * 2**30 else ()
    return Diagnosis("memory", "missing" if advice else "ok", byte_size(total), advice)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=BLENDER_SECONDS, env=environment(), check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"took longer than {BLENDER_SECONDS} s")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "(no output)"

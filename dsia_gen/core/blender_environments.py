"""Which Python has Blender: the one that runs dsia-gen, or one of the environments in the user's cache."""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from pydantic import ValidationError

import dsia_gen
from dsia_gen.core import worker_start
from dsia_gen.core.blender_lines import LINES, BlenderLine, default_line, line_named
from dsia_gen.core.child_process import python_command
from dsia_gen.core.document import Document
from dsia_gen.core.errors import BlenderError, ConfigError
from dsia_gen.core.locations import cache_folder

VARIABLE = "DSIA_GEN_BLENDER"
"""Names the line of Blender that this process and its children use, such as 5.2."""
RECEIPT = "environment.json"
_NEEDS_BLENDER = "dsia_gen.blender."


class EnvironmentReceipt(Document):
    """Written last into an environment: what it holds. Without it an environment is not finished."""

    line: str
    blender: str
    python: str
    dsia_gen: str


@dataclass(frozen=True)
class BlenderPython:
    """A Python that can import bpy: of which line and version, its program and bpy's folder.

    `own` is the Python that runs this process.
    """

    line: str
    version: str
    executable: Path
    package: Path
    own: bool

    def command(self, module: str) -> list[str]:
        """The command that runs a module of dsia-gen there."""
        if self.own:
            return python_command(module)
        return [str(self.executable), "-I", worker_start.__file__, driver_packages(), module]

    def program(self, text: str) -> list[str]:
        """The command that runs a few lines of Python there, which import nothing of dsia-gen."""
        return [str(self.executable), *([] if self.own else ["-I"]), "-c", text]

    @property
    def home(self) -> Path:
        """The folder of the environment."""
        return Path(sys.prefix) if self.own else self.executable.parent.parent


def blender_command(module: str) -> list[str]:
    """The command of a worker: what needs Blender runs where that is, anything else here. BlenderError without one."""
    return current_blender().command(module) if module.startswith(_NEEDS_BLENDER) else python_command(module)


@contextmanager
def blender_choice(name: str | None) -> Iterator[None]:
    """Use a line of Blender inside the block, in this process and its children. None leaves the choice as it is."""
    if name is None:
        yield
        return
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        os.environ.update({} if before is None else {VARIABLE: before})


def chosen_blender(name: str | None = None) -> BlenderPython | BlenderLine:
    """What to render with: the Blender of this Python, or the line whose environment is to be used.

    The `name` of a line comes first, then DSIA_GEN_BLENDER; then the Blender of this Python, the newest environment
    that is there, and the newest line that this machine can have. ConfigError for an unknown name, BlenderError where
    there is none.
    """
    own = own_blender()
    source = "blender" if name else VARIABLE
    name = name or os.environ.get(VARIABLE, "").strip()
    if own is not None and name in ("", own.line):
        return own
    if name:
        return line_named(name, source)
    there = (line for line in LINES if environment_folder(line).is_dir())
    return next(there, None) or default_line()


def current_blender() -> BlenderPython:
    """The Python that has the chosen Blender. BlenderError, with the next step, where it is missing or broken."""
    chosen = chosen_blender()
    if isinstance(chosen, BlenderPython):
        return chosen
    problem = environment_problem(chosen)
    if problem:
        raise BlenderError(f"Blender {chosen.name} {problem}; run: dsia-gen blender install --version {chosen.name}")
    return installed_blender(chosen)


def chosen_line(name: str | None = None) -> str | None:
    """The name of the chosen line; None where no Blender can be had."""
    try:
        chosen = chosen_blender(name)
    except BlenderError:
        return None
    return (chosen.line or None) if isinstance(chosen, BlenderPython) else chosen.name


def blender_version(name: str | None = None) -> str:
    """Version of the chosen Blender, which is neither loaded nor need be installed yet; empty where there is none."""
    try:
        chosen = chosen_blender(name)
    except BlenderError:
        return ""
    return chosen.version


@cache
def own_blender() -> BlenderPython | None:
    """The Blender of the Python that runs this process, which is not loaded."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        version = importlib.metadata.version("bpy")
    except PackageNotFoundError:
        version = ""
    line = ".".join(version.split(".")[:2])
    return BlenderPython(line, version, Path(sys.executable), Path(next(iter(spec.submodule_search_locations))), True)


def blender_home() -> Path:
    """The folder of all environments."""
    return cache_folder() / "blender"


def environment_folder(line: BlenderLine) -> Path:
    """Where the environment of a line is, or would be."""
    return blender_home() / line.key


def installed_blender(line: BlenderLine) -> BlenderPython:
    """The environment of a line, which is there."""
    folder = environment_folder(line)
    return BlenderPython(line.name, line.version, python_of(folder), packages_of(folder) / "bpy", False)


@dataclass(frozen=True)
class BlenderRow:
    """A Blender in a list: `used` where commands without a choice of their own take it."""

    line: str
    version: str
    python: str
    state: str
    place: str
    used: bool

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def blender_rows() -> list[BlenderRow]:
    """Each Blender that there is or can be: this Python's, those of the known lines, those of other versions of
    dsia-gen.
    """
    try:
        used = chosen_blender()
    except (BlenderError, ConfigError):
        used = None
    rows = []
    own = own_blender()
    if own is not None:
        python = ".".join(map(str, sys.version_info[:3]))
        rows.append(BlenderRow(own.line, own.version, python, "in this Python", str(own.home), used is own))
    for line in LINES:
        folder, problem = environment_folder(line), environment_problem(line, thorough=True)
        if line.download is None and not folder.exists():
            problem = "is not published for this machine"
        state = problem.removeprefix("is ") if problem else "installed"
        rows.append(BlenderRow(line.name, line.version, line.python, state, str(folder), used is line))
    known = {environment_folder(line) for line in LINES}
    for folder in sorted(blender_home().glob("[0-9]*")):
        if folder not in known:
            name = folder.name.partition("-")[0]
            rows.append(BlenderRow(name, "", "", "of another dsia-gen", str(folder), False))
    return rows


def python_of(folder: Path) -> Path:
    """The program of a virtual environment."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def environment_problem(line: BlenderLine, *, thorough: bool = False) -> str:
    """What is wrong with the environment of a line, in words that follow its name; empty when nothing is.

    `thorough` compares the sizes of all files with the lists that their packages came with.
    """
    folder = environment_folder(line)
    if not folder.exists():
        return "is not installed"
    return folder_problem(folder, line, thorough=thorough)


def folder_problem(folder: Path, line: BlenderLine, *, thorough: bool = False) -> str:
    """As `environment_problem`, for a folder."""
    try:
        receipt = EnvironmentReceipt.model_validate_json((folder / RECEIPT).read_bytes())
    except (OSError, ValidationError):
        return f"is damaged ({folder / RECEIPT} cannot be read)"
    if (receipt.line, receipt.blender) != (line.name, line.version):
        return f"is damaged ({folder / RECEIPT} is of Blender {receipt.blender})"
    if not python_of(folder).exists():
        return f"is damaged (its Python, {os.path.realpath(python_of(folder))}, is gone)"
    if not any((packages_of(folder) / "bpy").glob("__init__.*")):
        return f"is damaged ({packages_of(folder) / 'bpy'} is not there)"
    wrong = damaged_file(packages_of(folder)) if thorough else None
    return f"is damaged ({wrong} is missing or not as it was installed)" if wrong else ""


def damaged_file(packages: Path) -> Path | None:
    """The first file that has not the size which the list of its package gives.

    Only sizes are compared: reading a gigabyte before each run would take longer than to install it again.
    """
    lists = sorted(packages.glob("*.dist-info/RECORD"))
    if not lists:
        return packages
    for record in lists:
        try:
            with record.open(encoding="utf-8", newline="") as stream:
                sizes = {row[0]: int(row[2]) for row in csv.reader(stream) if len(row) > 2 and row[2]}
        except (OSError, ValueError, csv.Error):
            return record
        for name, size in sizes.items():
            if "__pycache__/" in name:  # pip lists what it compiled, and Python compiles it again
                continue
            try:
                found = os.stat(packages / name).st_size  # noqa: PTH116  thousands of files: twice as fast
            except OSError:
                return packages / name
            if found != size:
                return packages / name
    return None


def packages_of(folder: Path) -> Path:
    """The folder of the packages of a virtual environment."""
    if sys.platform == "win32":
        return folder / "Lib" / "site-packages"
    return next(iter(sorted(folder.glob("lib/python*/site-packages"))), folder / "lib")


@cache
def driver_packages() -> str:
    """What a worker of another Python is told about this one, for `worker_start`: where dsia_gen and the packages that
    extend it lie.
    """
    folders = {"dsia_gen": str(Path(dsia_gen.__file__).resolve().parent.parent)}
    found: dict[str, dict[str, str]] = {}
    for package in importlib.metadata.distributions():
        points = [point for point in package.entry_points if point.group.startswith("dsia_gen.")]
        for point in points:
            top = point.value.partition(":")[0].partition(".")[0].strip()
            spec = importlib.util.find_spec(top)
            if spec is not None and spec.origin is not None:  # else the registry of this process says what is wrong
                place = Path(spec.origin).resolve().parent
                folders[top] = str(place.parent if spec.submodule_search_locations else place)
        if points:
            metadata = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n"
            lists = {"METADATA": metadata, "entry_points.txt": package.read_text("entry_points.txt") or ""}
            found.setdefault(package.name, lists)
    return json.dumps({"folders": folders, "distributions": list(found.values())})

"""Installs the environments that Blender runs in: a Python and the locked packages, whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import dsia_gen
from dsia_gen.core import child_process as child
from dsia_gen.core.blender_environments import (
    RECEIPT,
    BlenderPython,
    EnvironmentReceipt,
    blender_home,
    chosen_blender,
    damaged_file,
    environment_folder,
    environment_problem,
    folder_problem,
    installed_blender,
    packages_of,
    python_of,
)
from dsia_gen.core.blender_lines import BlenderLine, unavailable
from dsia_gen.core.errors import BlenderError
from dsia_gen.core.io import disk, make_folder, move, remove_tree, replace_bytes
from dsia_gen.core.locks import alone
from dsia_gen.core.package_sources import BLENDER_INDEX, uv_sources

Tell = Callable[[str], None]
"""Takes one line for the user."""
TRY = "import os, bpy; print(bpy.app.version_string, flush=True); os._exit(0)"
"""Leaves without Blender's own clean-up, which has been seen to crash after the answer was given."""
TRY_SECONDS = 300.0
_LOOK = "import sys, venv; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"
_NO_SPACE = re.compile(r"no space left|disk quota|not enough space|errno 28", re.IGNORECASE)
_MARK = re.compile(r"^(error|cause): *", re.IGNORECASE)


@dataclass(frozen=True)
class Tools:
    """What an environment is made with: uv, if there is one, and where to look for Pythons."""

    uv: str | None
    path: str

    @classmethod
    def here(cls) -> Tools:
        """Those of this process: the uv that was installed with dsia-gen, else the one on the PATH."""
        own = Path(sys.executable).with_name("uv.exe" if sys.platform == "win32" else "uv")
        uv = str(own) if own.is_file() else shutil.which("uv")
        if uv is None:
            with suppress(ImportError, FileNotFoundError):
                from uv import find_uv_bin

                uv = find_uv_bin()
        return cls(uv, os.environ.get("PATH", os.defpath))


def ensure_blender(tell: Tell, *, thorough: bool = False) -> BlenderPython:
    """The chosen Blender, installed first where it is missing and repaired where it is damaged.

    `tell` is given one line before a download. BlenderError when it cannot be had.
    """
    chosen = chosen_blender()
    return chosen if isinstance(chosen, BlenderPython) else install_blender(chosen, tell, thorough=thorough)


def install_blender(
    line: BlenderLine, tell: Tell, *, wheels: Path | None = None, thorough: bool = True, again: bool = False,
    tools: Tools | None = None,
) -> BlenderPython:  # fmt: skip
    """The environment of a line, made where it is missing or damaged; one process of a machine does that at a time.

    `wheels` is a folder that holds all packages, for machines without a network; `again` installs one that is whole.
    """
    if not again and not environment_problem(line, thorough=thorough):
        return installed_blender(line)
    if line.download is None:
        raise BlenderError(unavailable(line))
    folder = environment_folder(line)
    make_folder(folder.parent)
    with disk("write", folder.parent), alone(folder, lambda: tell(f"another process installs Blender {line.name}")):
        problem = environment_problem(line, thorough=thorough) or ("is installed again" if again else "")
        if problem:
            _make(line, folder, problem, tell, wheels, tools or Tools.here())
    return installed_blender(line)


def remove_blender(line: BlenderLine) -> list[Path]:
    """Remove the environments of a line, those of other versions of dsia-gen too; what was removed."""
    removed = []
    for folder in sorted(blender_home().glob(f"{line.name}-*")):
        with disk("remove", folder), alone(folder):
            remove_tree(folder)
        removed.append(folder)
    return removed


def blender_start_problem(blender: BlenderPython) -> str:
    """Why Blender does not start, by the last line that it says; empty when it does."""
    try:
        done = subprocess.run(blender.program(TRY), capture_output=True, text=True, timeout=TRY_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it took longer than {TRY_SECONDS:g} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.strip().rpartition("\n")[2] or f"it ended with code {done.returncode}"


def sizes_of(line: BlenderLine) -> str:
    """How much is downloaded for a line, and how much it takes on disk."""
    return f"about {(line.download or 0) / 1e6:,.0f} MB to download, {line.disk / 1e9:.1f} GB on disk"


def _make(line: BlenderLine, folder: Path, problem: str, tell: Tell, wheels: Path | None, tools: Tools) -> None:
    """Make an environment beside its place, look at it, and put it there."""
    half = folder.with_name(f".{folder.name}.half")
    remove_tree(half)  # of a process that was killed
    _check_space(line, folder.parent)
    source = f"from {wheels}" if wheels else sizes_of(line)
    tell(f"Blender {line.name} ({line.version}) {problem}: installing it into {folder.parent} ({source})")
    done = False
    try:
        with _explained(line, folder.parent, wheels):
            _make_python(line, half, tools)
            _install(line, half, wheels, tools)
            wrong = damaged_file(packages_of(half))
            if wrong:
                raise BlenderError(f"Blender {line.name} was not installed whole: {wrong} differs from its list")
        python = _ask([str(python_of(half)), "-I", "-c", "import sys; print(sys.version.split()[0])"])
        receipt = EnvironmentReceipt(
            line=line.name, blender=line.version, python=python or line.python, dsia_gen=dsia_gen.__version__
        )
        replace_bytes(half / RECEIPT, receipt.to_json())
        wrong_folder = folder_problem(half, line)
        if wrong_folder:
            raise BlenderError(f"Blender {line.name} {wrong_folder}; run the same command again")
        remove_tree(folder)
        move(half, folder)
        done = True
    finally:
        if not done:
            with suppress(Exception):
                remove_tree(half)
    with suppress(Exception):
        remove_tree(_downloads(folder.parent))
    tell(f"Blender {line.name} is installed")


def _make_python(line: BlenderLine, folder: Path, tools: Tools) -> None:
    """A virtual environment with the Python of a line: of this machine, else one that uv downloads."""
    python = find_python(line, tools)
    if tools.uv is not None:
        given = python or f"cpython@{line.python}"
        try:
            _run([tools.uv, "venv", "--no-project", "--no-config", "--python", given, str(folder)])
        except BlenderError as error:
            if python is not None or _NO_SPACE.search(str(error)):
                raise
            where = "which is not on this machine, and uv cannot download it"
            step = f"check the network, or install Python {line.python}"
            sentence = f"Blender {line.name} runs on Python {line.python}, {where} ({error}); {step}"
            raise BlenderError(sentence) from error
    elif python is not None:
        _run([python, "-I", "-m", "venv", str(folder)])
    else:
        step = f"install uv (pip install uv), which brings it, or Python {line.python} with its venv module"
        raise BlenderError(f"Blender {line.name} runs on Python {line.python}, which is not on this machine; {step}")


def find_python(line: BlenderLine, tools: Tools) -> str | None:
    """A Python of this machine that a line runs on: this one, or one on the PATH or of pyenv. Those that cannot be
    started, as pyenv leaves them on the PATH, are passed over.
    """
    suffix = ".exe" if sys.platform == "win32" else ""
    folders = [Path(entry) for entry in tools.path.split(os.pathsep) if entry]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    folders += sorted(pyenv.glob(f"{line.python}.*/bin"), reverse=True)
    wanted = f"{line.python} cpython"
    names = (f"python{line.python}{suffix}", f"python3{suffix}", f"python{suffix}")
    programs = [Path(getattr(sys, "_base_executable", sys.executable) or sys.executable)]
    programs += [folder / name for name in names for folder in folders]
    for program in dict.fromkeys(programs):
        # a venv without pip is of no use where there is no uv: Debian has ensurepip in a package of its own
        look = _LOOK if tools.uv else f"import ensurepip; {_LOOK}"
        if program.is_file() and _ask([str(program), "-I", "-c", look]) == wanted:
            return str(program)
    return None


def _install(line: BlenderLine, folder: Path, wheels: Path | None, tools: Tools) -> None:
    """Install the locked packages: from where the user's pip or uv looks, then from Blender's own page too."""
    python, downloads = str(python_of(folder)), str(_downloads(folder.parent))
    variables: dict[str, str] = {}
    if tools.uv is not None:
        command = [tools.uv, "pip", "install", "--python", python, "--no-config"]
        options, variables = uv_sources(os.environ)
        if "UV_CACHE_DIR" not in os.environ:
            variables["UV_CACHE_DIR"] = downloads  # removed afterwards, so that nothing lies there twice
        # all hashes are known: whichever index has a file that fits them is as good as another
        options += ["--index-strategy", "unsafe-best-match"]
        second = ["--index", BLENDER_INDEX]
    else:
        command = [python, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--cache-dir", downloads]
        options, second = [], ["--extra-index-url", BLENDER_INDEX]
    if wheels is not None:
        options, second = ["--no-index", "--find-links", str(wheels.resolve())], []
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(line.lock)]
    try:
        _run([*command, *options, *locked], variables)
    except BlenderError as error:
        if not second or "--no-index" in options or _NO_SPACE.search(str(error)):
            raise
        with suppress(BlenderError):
            _run([*command, *options, *second, *locked], variables)
            return
        raise


@contextmanager
def _explained(line: BlenderLine, home: Path, wheels: Path | None) -> Iterator[None]:
    """Turn what a tool says of a failure into one sentence with the next step."""
    try:
        yield
    except BlenderError as error:
        text = str(error)
        if text.startswith("Blender "):
            raise
        if _NO_SPACE.search(text):
            raise BlenderError(_too_small(line, home)) from error
        step = (
            f"put the files of {line.lock} for Python {line.python} into it"
            if wheels
            else "check the network, or give a folder of packages: dsia-gen blender install --wheels FOLDER"
        )
        raise BlenderError(f"Blender {line.name} cannot be installed ({text}); {step}") from error


def _check_space(line: BlenderLine, home: Path) -> None:
    """BlenderError where the disk is too small for an environment and its downloads."""
    if shutil.disk_usage(home).free < line.disk + (line.download or 0):
        raise BlenderError(_too_small(line, home))


def _too_small(line: BlenderLine, home: Path) -> str:
    free, wanted = shutil.disk_usage(home).free, line.disk + (line.download or 0)
    return (
        f"Blender {line.name} needs {wanted / 1e9:.1f} GB while it is installed, and {home} has {free / 1e9:.1f} GB; "
        "free some space, or set DSIA_GEN_CACHE to a folder on a larger disk"
    )


def _downloads(home: Path) -> Path:
    """Where tools keep what they download; left after a failure, so that the next try need not load it again."""
    return home / ".downloads"


def _run(command: Sequence[str], variables: dict[str, str] | None = None) -> None:
    """Run a tool; on a terminal its progress shows. BlenderError with its last lines when it fails."""
    shown = sys.stderr.isatty()
    with tempfile.TemporaryFile() as kept:
        try:
            process = child.start(
                command, variables, stdin=subprocess.DEVNULL, stdout=kept, stderr=None if shown else kept
            )
        except OSError as error:
            raise BlenderError(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            code = process.wait()
        finally:
            child.stop(process)
        kept.seek(0)
        said = failure_of(kept.read().decode("utf-8", "replace"))
    if code:
        raise BlenderError(said or f"{Path(command[0]).name} ended with code {code}; see above")


def _ask(command: Sequence[str]) -> str:
    """What a program prints; empty when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TRY_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def failure_of(text: str) -> str:
    """What a tool said of its failure, in one line: the error that it names, and the last cause of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if line.lower().startswith("error")][:1]
    return ": ".join(dict.fromkeys(_MARK.sub("", line) for line in (*named, *lines[-1:])))

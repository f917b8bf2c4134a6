"""The scripts of install/ with stand-ins for the programs of a machine, and the lock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dsia_gen.cli.diagnosis import DEBIAN_PACKAGES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shell scripts")

FITS, NO_VENV, OLD, OTHER = 0, 3, 4, 5
TOOLS = ("sh", "dirname", "uname", "mktemp", "tail", "rm", "cat", "mkdir", "grep", "sed", "touch")
LIBRARIES = (
    "libX11.so.6 libXrender.so.1 libXfixes.so.3 libXi.so.6 libXext.so.6 libxkbcommon.so.0 libSM.so.6 libICE.so.6"
)


class BareMachine:
    """A folder as the whole PATH: Pythons that answer by their exit code, a package manager that notes what it does."""

    def __init__(self, root: Path, scripts: Path) -> None:
        self.root, self.scripts = root, scripts
        root.mkdir()
        for tool in TOOLS:
            (root / tool).symlink_to(str(shutil.which(tool)))
        self.program("uname", "echo Linux")
        self.program("ldconfig", "cat " + str(root / "libraries"))
        self.libraries(f"{LIBRARIES} libGL.so.1 libXt.so.6")
        self.person(0)

    def program(self, name: str, text: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        (self.root / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.root / name).chmod(0o755)

    def python(self, name: str, code: int, minor: int = 13) -> None:
        self.program(name, f'case "$2" in *print*) echo {minor} ;; *) exit {code} ;; esac')

    def libraries(self, names: str) -> None:
        (self.root / "libraries").write_text(names)

    def person(self, number: int) -> None:
        self.program("id", f"echo {number}")

    def apt(self, *, packages: str = "", fails: bool = False) -> None:
        done = 'echo "E: no network"; exit 100' if fails else f'echo "$*" >> {self.root}/apt; echo noise; echo noise'
        self.program("apt-get", done)
        self.program("apt-cache", f'case " {packages} " in *" $2 "*) ;; *) exit 100 ;; esac')

    @property
    def installed(self) -> set[str]:
        """What the package manager was asked to install."""
        noted = self.root / "apt"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return {word for line in lines if " install " in line for word in line.split(" install ")[1].split()[1:]}

    def run(self, script: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.scripts / script, *words], env={"PATH": str(self.root), **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path, checkout: Path) -> BareMachine:
    return BareMachine(tmp_path / "bin", checkout / "install")


@pytest.mark.parametrize(
    ("pythons", "uv", "wanted"),
    [
        ({"python3.11": FITS}, False, "python3.11"),
        ({"python3.11": FITS, "python3.13": FITS, "python3": FITS}, True, "python3.13"),
        ({"python3.13": NO_VENV, "python3.12": FITS}, False, "python3.12"),
        ({"python3": FITS}, False, "python3"),
        ({"python": FITS, "python3": OLD}, False, "python"),
        ({"python3": OLD}, True, "uv"),
        ({"python3.13": NO_VENV}, True, "uv"),
        ({"python3": OLD}, False, "with python3"),
        ({"python3.13": 127, "python3.14": FITS}, False, "python3.14"),  # a shim of a version manager that runs nothing
        ({"python3": OTHER}, False, None),
        ({}, False, None),
    ],
)
def test_whichever_python_there_is(machine: BareMachine, pythons: dict[str, int], uv: bool, wanted: str | None) -> None:
    for name, code in pythons.items():
        machine.python(name, code)
    if uv:
        machine.program("uv", "exit 0")
    done = machine.run("python.sh")
    assert (done.stdout.strip() or None) == wanted and done.returncode == (wanted is None)


@pytest.mark.parametrize(("code", "reason"), [(OLD, "3.11 to 3.14"), (NO_VENV, "lacks venv"), (127, "3.11 to 3.14")])
def test_a_python_that_was_asked_for_is_taken_or_refused(machine: BareMachine, code: int, reason: str) -> None:
    machine.python("python3.13", FITS)
    machine.python("mine", FITS)
    assert machine.run("python.sh", PYTHON="mine").stdout == "mine\n"
    machine.python("mine", code)
    for script in ("python.sh", "system.sh"):
        done = machine.run(script, PYTHON="mine")
        assert done.returncode == 1 and reason in done.stderr and done.stderr.count("\n") == 1 and not done.stdout


def test_nothing_is_asked_for_where_all_is_there(machine: BareMachine) -> None:
    machine.python("python3.13", FITS)
    machine.apt(fails=True)
    for person in (0, 1000):
        machine.person(person)
        done = machine.run("system.sh")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("there", ["", "libX11.so.6", f"{LIBRARIES} libGL.so.1"])
@pytest.mark.parametrize(("minor", "line"), [(13, "5.2"), (11, "4.5"), (12, "5.2"), (14, "5.2")])
def test_root_gets_what_is_missing_and_no_more(machine: BareMachine, there: str, minor: int, line: str) -> None:
    machine.python("python3", FITS, minor)
    machine.libraries(there)
    machine.apt()
    done = machine.run("system.sh")
    wanted = missing(there, line)
    assert done.returncode == 0 and machine.installed == wanted
    assert done.stdout.count("\n") == bool(wanted) and "noise" not in done.stdout + done.stderr


def missing(there: str, line: str) -> set[str]:
    """The packages of the libraries that a line of Blender needs and that are not there."""
    lacking = {library: package for library, package in DEBIAN_PACKAGES.items() if library not in there.split()}
    return {package for library, package in lacking.items() if line != "4.5" or library != "libXt.so.6"}


@pytest.mark.parametrize("line", ["4.5", "5.2"])
def test_the_chosen_blender_says_what_is_needed(machine: BareMachine, line: str) -> None:
    for minor in (11, 13):
        machine.python("python3", FITS, minor)
        machine.libraries("")
        machine.person(1000)
        done = machine.run("system.sh", DSIA_GEN_BLENDER=line)
        named = done.stderr.split("apt-get install -y ")[1].split()
        assert done.returncode == 1 and set(named) == missing("", line) and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        ("python3.13 python3.13-venv", {"python3.13", "python3.13-venv"}),
        ("python3.11 python3.11-venv python3.14 python3.14-venv", {"python3.11", "python3.11-venv"}),
        ("python3.12-venv", {"python3.12", "python3.12-venv"}),
    ],
)
@pytest.mark.parametrize("old", [None, OLD, OTHER])
def test_root_gets_a_python_that_the_system_has(
    machine: BareMachine, offered: str, wanted: set[str], old: int | None
) -> None:
    if old is not None:
        machine.python("python3", old)
    machine.apt(packages=offered)
    assert machine.run("system.sh").returncode == 0 and machine.installed == wanted
    (machine.root / "apt").unlink()
    machine.libraries("")
    line = "4.5" if "python3.11" in wanted else "5.2"
    assert machine.run("system.sh").returncode == 0 and machine.installed == wanted | missing("", line)


def test_without_a_python_that_fits_the_next_step_is_named(machine: BareMachine) -> None:
    def asked() -> subprocess.CompletedProcess[str]:
        return machine.run("system.sh")

    for ready in (
        lambda: None,  # root without apt
        lambda: machine.apt(packages="python3.10-venv"),  # only older ones
        lambda: machine.apt(fails=True),  # no network
        lambda: machine.person(1000),
    ):
        ready()
        done = asked()
        assert done.returncode == 1 and not machine.installed
        assert "No Python 3.11 to 3.14" in done.stderr and "uv" in done.stderr and "apt-get install" in done.stderr


def test_a_package_manager_that_fails_is_said_in_a_sentence(machine: BareMachine) -> None:
    machine.python("python3.13", FITS)
    machine.libraries("")
    machine.apt(fails=True)
    done = machine.run("system.sh")
    assert done.returncode == 1 and "E: no network" in done.stderr and "run the same command again" in done.stderr


def test_a_check_installs_nothing(machine: BareMachine) -> None:
    machine.python("python3.13", FITS)
    machine.libraries("")
    machine.apt(packages="python3.13-venv")
    done = machine.run("system.sh", "--check")
    assert done.returncode == 1 and not machine.installed and "sudo apt-get install -y libx11-6" in done.stderr


def test_packages_that_cannot_be_installed_are_said_in_a_sentence(machine: BareMachine, tmp_path: Path) -> None:
    machine.program("python3.13", """case "$*" in
*" -m venv "* | "-m venv "*) mkdir -p "$4/bin"; cat "$0" > "$4/bin/python"; chmod +x "$4/bin/python" ;;
*"-m pip"*) echo "ERROR: Could not find a version that satisfies the requirement numpy"; exit 1 ;;
esac""")  # fmt: skip
    (machine.root / "chmod").symlink_to(str(shutil.which("chmod")))
    folder = tmp_path / "environment"
    done = machine.run("environment.sh", str(folder))
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and "ERROR: Could not find" in done.stderr
    assert str(folder / "install.log") in last and "folder of wheels" in last


def test_the_lock_is_that_of_the_project(checkout: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv is not installed")
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE", "dsia_gen/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(checkout / name, tmp_path / name)
    asked = re.search(
        r"^\tuv (export .*?)-o pylock.toml", (checkout / "Makefile").read_text(), re.MULTILINE | re.DOTALL
    )
    assert asked is not None
    export = asked[1].replace("\\\n", " ").split()
    for words in (["lock", "--check", "--offline"], [*export, "--offline", "-o", "pylock.toml"]):
        done = subprocess.run(
            [uv, *words, "--python", sys.executable, "--cache-dir", tmp_path / "cache"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"make lock brings uv.lock up to date: {done.stderr}"

    def content(path: Path) -> str:
        return "".join(line for line in path.open() if not line.startswith("#"))

    assert content(tmp_path / "pylock.toml") == content(checkout / "pylock.toml"), "make lock"


def test_the_lock_holds_files_of_the_public_index_alone(checkout: Path) -> None:
    for name in ("uv.lock", "pylock.toml"):
        hosts = set(re.findall(r"https?://([^/\"]+)", (checkout / name).read_text()))
        assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_the_build_of_torch_is_not_the_lock_s(checkout: Path) -> None:
    packages = {row["name"]: row.get("version") for row in tomllib.loads((checkout / "uv.lock").read_text())["package"]}
    assert f"torch=={packages['torch']}" in (checkout / "constraints.txt").read_text().split()
    development = {row["name"] for row in tomllib.loads((checkout / "pylock.toml").read_text())["packages"]}
    assert "torchmetrics" in development and "torch" not in development

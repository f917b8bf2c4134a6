"""Which Blender is used, and what is wrong with an environment; none of them is started."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsia_gen.core import blender_environments
from dsia_gen.core.blender_environments import (
    RECEIPT,
    VARIABLE,
    BlenderPython,
    blender_choice,
    blender_command,
    blender_rows,
    blender_version,
    chosen_blender,
    chosen_line,
    current_blender,
    driver_packages,
    environment_folder,
    environment_problem,
    own_blender,
)
from dsia_gen.core.blender_lines import LINES, LOCKS, line_named
from dsia_gen.core.errors import BlenderError, ConfigError
from tests.core.blender_stand_ins import fake_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="environments as POSIX has them")
NEW, OLD = LINES


@pytest.fixture(autouse=True)
def without_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python without bpy, an empty cache, and no choice."""
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(blender_environments, "own_blender", lambda: None)
    monkeypatch.setattr("dsia_gen.core.blender_lines.this_platform", lambda: ("linux", "x86_64"))
    yield


def own(line: str, monkeypatch: pytest.MonkeyPatch) -> BlenderPython:
    found = BlenderPython(line, f"{line}.1", Path(sys.executable), Path("bpy"), True)
    monkeypatch.setattr(blender_environments, "own_blender", lambda: found)
    return found


def test_the_newest_line_is_the_default_and_one_that_is_there_comes_before_it() -> None:
    assert chosen_blender() is NEW and blender_version() == NEW.version
    fake_environment(OLD)
    assert chosen_blender() is OLD and chosen_line() == OLD.name
    fake_environment(NEW)
    assert chosen_blender() is NEW


def test_a_name_is_stronger_than_the_variable_and_the_variable_than_what_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_environment(NEW)
    mine = own("4.5", monkeypatch)
    assert chosen_blender() is mine
    monkeypatch.setenv(VARIABLE, NEW.name)
    assert chosen_blender() is NEW and chosen_blender(OLD.name) is mine
    with blender_choice(OLD.name):
        assert chosen_blender() is mine
    assert chosen_blender() is NEW


def test_a_line_of_this_python_that_is_not_known_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = own("5.1", monkeypatch)
    assert chosen_blender("5.1") is mine
    with pytest.raises(ConfigError):
        chosen_blender("5.0")


@pytest.mark.parametrize("name", ["9.9", "latest", "../..", "5", "5.2 --index http://x", "x" * 500])
def test_an_unknown_line_names_the_known_ones_and_who_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, name)
    with pytest.raises(ConfigError, match=VARIABLE) as error:
        chosen_blender()
    assert "choose 5.2 or 4.5" in str(error.value) and len(str(error.value)) < 300


def test_a_machine_for_which_there_is_no_blender_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsia_gen.core.blender_lines.this_platform", lambda: ("linux", "aarch64"))
    with pytest.raises(BlenderError, match="not published as a Python package for linux aarch64"):
        chosen_blender()
    assert chosen_line() is None and blender_version() == ""


def test_an_intel_mac_has_the_older_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsia_gen.core.blender_lines.this_platform", lambda: ("darwin", "x86_64"))
    assert chosen_blender() is OLD


def test_what_is_missing_comes_with_its_command() -> None:
    with pytest.raises(BlenderError, match=r"5.2 is not installed; run: dsia-gen blender install --version 5.2"):
        current_blender()


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: next(folder.glob(name)).unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no receipt": without(RECEIPT),
    "a cut receipt": lambda folder: (folder / RECEIPT).write_text('{"line": "5.'),
    "a receipt of another": lambda folder: (folder / RECEIPT).write_text(
        '{"line": "4.5", "blender": "4.5.1", "python": "", "dsia_gen": ""}'
    ),
    "no Python": without("bin/python"),
    "no Blender": without("lib/*/site-packages/bpy/__init__.so"),
    "a cut Blender": lambda folder: next(folder.glob("lib/*/site-packages/bpy/__init__.so")).write_bytes(b"x"),
    "no data": without("lib/*/site-packages/bpy/5.2/datafiles/a.exr"),
    "no lists": without("lib/*/site-packages/*/RECORD"),
    "a list of bytes": lambda folder: next(folder.glob("lib/*/site-packages/*/RECORD")).write_bytes(b"\xff\xfe,,\n"),
    "a list without numbers": lambda folder: next(folder.glob("lib/*/site-packages/*/RECORD")).write_text("a,b,c\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_found_and_named(damage: str) -> None:
    folder = fake_environment(NEW)
    assert environment_problem(NEW, thorough=True) == "" and current_blender().version == NEW.version
    DAMAGES[damage](folder)
    problem = environment_problem(NEW, thorough=True)
    assert problem.startswith("is damaged (") and str(folder) in problem


def test_compiled_files_may_come_and_go() -> None:
    record = next(fake_environment(NEW).glob("lib/*/site-packages/*/RECORD"))
    record.write_text(record.read_text() + "bpy/__pycache__/a.cpython-313.pyc,sha256=x,12\n")
    assert environment_problem(NEW, thorough=True) == ""


def test_the_command_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert blender_command("tests.fake") == [sys.executable, "-m", "tests.fake"], "needs no Blender"
    folder = fake_environment(NEW)
    program, isolated, start, _, module = blender_command("dsia_gen.blender.worker")
    assert program == str(folder / "bin" / "python") and isolated == "-I"
    assert start.endswith("worker_start.py") and module == "dsia_gen.blender.worker"
    own("5.2", monkeypatch)
    assert blender_command("dsia_gen.blender.worker") == [sys.executable, "-m", "dsia_gen.blender.worker"]


def test_a_worker_finds_the_drivers_package_and_nothing_beside_it(checkout: Path, tmp_path: Path) -> None:
    """Also a package that extends dsia-gen, with its entry points; its neighbours stay out of sight."""
    (tmp_path / "extends.py").write_text("VALUE = 5")
    (tmp_path / "neighbour.py").write_text("")
    (tmp_path / "numpy.py").write_text("raise SystemExit('the numpy of another Python')")
    wanted = json.loads(driver_packages())
    wanted["folders"] |= {"extends": str(tmp_path)}
    points = "[dsia_gen.asset_generators]\nmine = extends:VALUE\n"
    metadata = "Metadata-Version: 2.1\nName: extends\nVersion: 1.0\n"
    wanted["distributions"] = [{"METADATA": metadata, "entry_points.txt": points}]
    (tmp_path / "probe.py").write_text(
        "import importlib.util, json, sys\n"
        "from importlib.metadata import entry_points, version\n"
        "import dsia_gen, extends\n"
        "found = [p.load() for p in entry_points(group='dsia_gen.asset_generators') if p.name == 'mine']\n"
        "hidden = importlib.util.find_spec('neighbour') is None\n"
        "argv = sys.argv[0].endswith('probe.py')\n"
        "print(json.dumps([dsia_gen.__file__, found, version('extends'), hidden, argv, __name__]))\n"
    )
    wanted["folders"]["probe"] = str(tmp_path)
    start = checkout / "dsia_gen" / "core" / "worker_start.py"
    command = [sys.executable, "-I", str(start), json.dumps(wanted), "probe"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    place, found, version, hidden, argv, name = json.loads(done.stdout)
    assert Path(place) == checkout / "dsia_gen" / "__init__.py"
    assert (found, version, hidden, argv, name) == ([5], "1.0", True, True, "__main__")


def test_the_list_shows_all(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake_environment(NEW)
    (folder.parent / "4.5-000000000000").mkdir()
    (folder.parent / f".{folder.name}.half").mkdir()
    own("4.5", monkeypatch)
    rows = [(row.line, row.state, row.used) for row in blender_rows()]
    assert rows == [
        ("4.5", "in this Python", True),
        ("5.2", "installed", False),
        ("4.5", "not installed", False),
        ("4.5", "of another dsia-gen", False),
    ]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_requirement_is_locked_by_hashes(line: blender_environments.BlenderLine) -> None:
    text = line.lock.read_text(encoding="utf-8")
    packages = [part for part in text.replace("\\\n", " ").splitlines() if part.strip() and not part.startswith("#")]
    assert all("==" in part and "--hash=sha256:" in part for part in packages)
    names = {part.split("==")[0].lower() for part in packages}
    wanted = {row.lower() for row in (LOCKS / "requirements.in").read_text().split("\n") if row[:1].isalpha()}
    assert wanted | {"bpy"} <= names and "://" not in text
    assert line_named(line.version) is line is line_named(line.name) and line.version.startswith(f"{line.name}.")
    assert environment_folder(line).name == line.key


def test_the_blender_of_this_python_has_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    found = own_blender()
    assert found is None or (found.own and found.package.is_dir() and found.version.startswith(f"{found.line}."))

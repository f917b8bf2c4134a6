"""The rules of the house that a linter does not know: one way through the rooms, and nothing left to chance."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest

from tests.package_source import SourceFile, source_files

PACKAGE = "dsia_gen"
DETERMINED = ("core", "spec", "config", "motion", "procedural", "assets", "sampling", "annotate", "blender")
"""Rooms whose output must be a function of their input."""

CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today", "uuid.uuid1", "uuid.uuid4",
          "os.urandom", "secrets.token_hex", "secrets.token_bytes"}  # fmt: skip
TIMERS = {"time.monotonic", "time.perf_counter"}
"""They measure, and may be used where seconds are reported."""
MAY_MEASURE = frozenset({"core/conversation.py", "core/progress.py", "core/stopwatch.py", "core/supervise.py"})
MAY_PRINT = ("cli/", "blender/device.py", "core/serve.py", "__main__.py")


def package(checkout: Path, room: str = "") -> Iterator[SourceFile]:
    return source_files(checkout / PACKAGE, room)


def offences(files: Iterable[SourceFile], wrong: set[str], allowed: Collection[str] = ()) -> list[str]:
    """Calls whose last two names, or the only one, are wrong."""
    return [
        f"{file.name}:{line} calls {call}"
        for file in files
        if file.name not in allowed
        for line, call in file.calls
        if ".".join(call.split(".")[-2:]) in wrong
    ]


@pytest.mark.slow
def test_the_import_contracts_hold(checkout: Path) -> None:
    """In a process of its own: the linter keeps the stream that it was first given, which a test's end closes."""
    call = "from importlinter.cli import lint_imports as lint; raise SystemExit(lint(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", call], cwd=checkout, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", DETERMINED)
def test_no_clock_decides_anything(checkout: Path, room: str) -> None:
    assert offences(package(checkout, room), CLOCKS) == []
    assert offences(package(checkout, room), TIMERS, MAY_MEASURE) == []


@pytest.mark.parametrize("room", DETERMINED)
def test_no_uuid_and_no_standard_random(checkout: Path, room: str) -> None:
    wrong = {"random", "uuid", "secrets"}
    assert {file.name: file.libraries & wrong for file in package(checkout, room) if file.libraries & wrong} == {}


def test_no_global_random_state(checkout: Path) -> None:
    """Generators are made from seeds and handed on; np.random.<function> draws from a state that everyone shares."""
    shared = re.compile(r"(?:np|numpy)\.random\.(?!Generator|PCG64|SeedSequence|default_rng\([\w[])\w+.{0,8}")
    paths = (checkout / PACKAGE).rglob("*.py")
    found = [f"{path.name}: {match}" for path in paths for match in shared.findall(path.read_text("utf-8"))]
    assert found == []


def test_hash_of_text_is_not_used(checkout: Path) -> None:
    """hash() of a str differs from process to process."""
    assert [o for room in DETERMINED for o in offences(package(checkout, room), {"hash"})] == []


def test_library_code_neither_prints_nor_exits_nor_evaluates(checkout: Path) -> None:
    files = [file for file in package(checkout) if not file.name.startswith(MAY_PRINT)]
    wrong = {"print", "sys.exit", "exit", "quit", "os._exit", "eval", "exec", "pickle.load", "pickle.loads"}
    assert offences(files, wrong) == []


def test_no_path_leads_out_of_the_checkout(checkout: Path) -> None:
    """The project installs and runs without any folder beside it."""
    outside = re.compile(r"""["'](?:\.\./shared|/home/|/work/|/tmp/|/root/|/Users/|[A-Z]:\\\\)""")
    found = [
        f"{path.relative_to(checkout)}: {line.strip()}"
        for room in (PACKAGE, "bench")
        for path in (checkout / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if outside.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("owner", "module"), [("blender/", "bpy"), (("align/", "evaluate/"), "torch"), ("farm/ray_", "ray")]
)
def test_each_engine_has_one_room(checkout: Path, owner: str | tuple[str, ...], module: str) -> None:
    users = [file.name for file in package(checkout) if module in file.libraries]
    assert users and [name for name in users if not name.startswith(owner)] == []


def test_every_file_says_what_lives_in_it(checkout: Path) -> None:
    silent = [file.name for file in package(checkout) if not file.docstring and not file.empty]
    assert silent == []

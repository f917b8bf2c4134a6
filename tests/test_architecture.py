"""The rules of the house that a linter does not know: one way through the rooms, and nothing left to chance."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

PACKAGE = "dsia_gen"
DETERMINED = ("core", "spec", "config", "motion", "procedural", "assets", "sampling", "annotate", "blender")
"""Rooms whose output must be a function of their input."""

CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today", "uuid.uuid1", "uuid.uuid4",
          "os.urandom", "secrets.token_hex", "secrets.token_bytes"}  # fmt: skip
TIMERS = {"time.monotonic", "time.perf_counter"}
"""They measure, and may be used where seconds are reported."""
MAY_MEASURE = frozenset({"core/progress.py", "core/stopwatch.py", "core/supervise.py"})
MAY_PRINT = ("cli/", "blender/device.py", "core/serve.py", "__main__.py")


def sources(checkout: Path, room: str = "") -> Iterator[Path]:
    return (checkout / PACKAGE / room).rglob("*.py") if room else (checkout / PACKAGE).rglob("*.py")


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every call in a file; only the last two parts of the name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if re.fullmatch(r"[\w.]+", name):
                yield node.lineno, ".".join(name.split(".")[-2:])


def imports(path: Path) -> set[str]:
    """Top-level modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def offences(checkout: Path, paths: Iterator[Path], wrong: set[str], allowed: Collection[str] = ()) -> list[str]:
    found = []
    for path in paths:
        name = path.relative_to(checkout / PACKAGE).as_posix()
        if name not in allowed:
            found += [f"{name}:{line} calls {call}" for line, call in calls(path) if call in wrong]
    return found


def test_the_import_contracts_hold(checkout: Path) -> None:
    """In a process of its own: the linter keeps the stream that it was first given, which a test's end closes."""
    call = "from importlinter.cli import lint_imports as lint; raise SystemExit(lint(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", call], cwd=checkout, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", DETERMINED)
def test_no_clock_decides_anything(checkout: Path, room: str) -> None:
    assert offences(checkout, sources(checkout, room), CLOCKS) == []
    assert offences(checkout, sources(checkout, room), TIMERS, MAY_MEASURE) == []


@pytest.mark.parametrize("room", DETERMINED)
def test_no_uuid_and_no_standard_random(checkout: Path, room: str) -> None:
    wrong = {"random", "uuid", "secrets"}
    found = {path.name: imports(path) & wrong for path in sources(checkout, room)}
    assert {name: modules for name, modules in found.items() if modules} == {}


def test_no_global_random_state(checkout: Path) -> None:
    """Generators are made from seeds and handed on; np.random.<function> draws from a state that everyone shares."""
    shared = re.compile(r"(?:np|numpy)\.random\.(?!Generator|PCG64|SeedSequence|default_rng\([\w[])\w+.{0,8}")
    found = [f"{path.name}: {match}" for path in sources(checkout) for match in shared.findall(path.read_text("utf-8"))]
    assert found == []


def test_hash_of_text_is_not_used(checkout: Path) -> None:
    """hash() of a str differs from process to process."""
    assert [o for room in DETERMINED for o in offences(checkout, sources(checkout, room), {"hash"})] == []


def test_library_code_neither_prints_nor_exits_nor_evaluates(checkout: Path) -> None:
    paths = [p for p in sources(checkout) if not p.relative_to(checkout / PACKAGE).as_posix().startswith(MAY_PRINT)]
    wrong = {"print", "sys.exit", "exit", "quit", "os._exit", "eval", "exec", "pickle.load", "pickle.loads"}
    assert offences(checkout, iter(paths), wrong) == []


def test_no_path_leads_out_of_the_checkout(checkout: Path) -> None:
    """The project installs and runs without any folder beside it."""
    outside = re.compile(r"""["'](?:\.\./shared|/home/|/work/|/tmp/|/root/|/Users/|[A-Z]:\\\\)""")
    found = [
        f"{path.relative_to(checkout)}: {line.strip()}"
        for path in [*sources(checkout), *(checkout / "bench").rglob("*.py")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if outside.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("owner", "module"), [("blender/", "bpy"), (("align/", "evaluate/"), "torch"), ("farm/ray_", "ray")]
)
def test_each_engine_has_one_room(checkout: Path, owner: str | tuple[str, ...], module: str) -> None:
    strangers = [
        path.relative_to(checkout / PACKAGE).as_posix()
        for path in sources(checkout)
        if module in imports(path) and not path.relative_to(checkout / PACKAGE).as_posix().startswith(owner)
    ]
    assert strangers == []


def test_every_file_says_what_lives_in_it(checkout: Path) -> None:
    silent = [
        path.relative_to(checkout).as_posix()
        for path in sources(checkout)
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []

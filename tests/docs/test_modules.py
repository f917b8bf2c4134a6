"""Modules that are run by `python -m`: they take the words that pages print, and answer none with how they are used."""

from __future__ import annotations

import argparse
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import begins_command, of_pages
from tests.docs.shell import commands

MADE = {"bench": "bench", "fuzz": "tests.fuzz", "chaos": "tests.chaos"}
"""Modules that targets of the Makefile run with ARGS."""
WORKERS = (
    "dsia_gen.blender.worker", "dsia_gen.blender.thumbnail_worker", "dsia_gen.blender.importing.import_process",
    "dsia_gen.pipeline.scene_process",
)  # fmt: skip
"""Processes that dsia-gen starts itself, with a request on stdin."""


class ParsedError(BaseException):
    """The words were taken."""


def printed(checkout: Path, folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Place, module and words of each command of a page that runs a module of the checkout."""
    for snippet in of_pages(checkout):
        if not (begins_command(snippet.text) if snippet.inline else snippet.is_shell):
            continue
        for words in commands(snippet.text, folder, checkout)[0]:
            if words[0].startswith("python") and words[1:2] == ["-m"] and (checkout / words[2].split(".")[0]).is_dir():
                yield snippet.place, words[2], words[3:]
            elif words[0] == "make" and words[1] in MADE and words[2:]:
                yield snippet.place, MADE[words[1]], shlex.split(words[2].removeprefix("ARGS="))


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch):
    """Run a module until it has parsed its words; what it raised."""
    known = argparse.ArgumentParser.parse_args

    def parse_args(self: argparse.ArgumentParser, *given: object) -> None:
        known(self, *given)  # type: ignore[call-overload]
        raise ParsedError

    def run(module: str, words: list[str]) -> BaseException | None:
        monkeypatch.setattr(sys, "argv", [module, *words])
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except (ParsedError, SystemExit) as ended:
            return ended
        return None

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_args)
    return run


@pytest.mark.slow
@pytest.mark.torch
def test_modules_take_the_words_that_pages_print(parse, checkout: Path, tmp_path: Path, capsys) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("cv2")
    wrong, bare, count = [], set(), 0
    for place, module, words in printed(checkout, tmp_path):
        if module in ("dsia_gen", "pytest") or (module.startswith("tests.blender") and "bpy" not in sys.modules):
            continue
        count += 1
        bare |= {module} if not words else set()
        if not isinstance(parse(module, words), ParsedError):
            wrong.append(f"{place}: {module} {' '.join(words)}: {capsys.readouterr().err.strip()[-200:]}")
    for path in sorted((checkout / "bench").glob("*.py")):
        text, module = path.read_text(), f"bench.{path.stem}"
        if 'if __name__ == "__main__"' not in text or "serve_and_exit" in text:
            continue
        module = "bench" if path.stem == "__main__" else module
        ended = parse(module, [])
        said = capsys.readouterr()
        if not isinstance(ended, ParsedError) and not (getattr(ended, "code", 0) == 2 and "usage" in said.err):
            wrong.append(f"{module} without words: {ended!r}")
        if module == "bench" and isinstance(ended, ParsedError):
            wrong.append("bench without words measures for an hour")
    assert count > 10 and not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("module", WORKERS)
def test_a_worker_without_a_request_says_how_it_is_used(module: str, checkout: Path) -> None:
    """Neither a traceback nor a wait; Blender is not loaded for it."""
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=checkout, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"python -m {module} < REQUEST.json" in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("module", ["dsia_gen.core.child_process", "dsia_gen.core.worker_start"])
def test_a_starter_without_words_says_how_it_is_used(module: str, checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=checkout, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("usage: ")

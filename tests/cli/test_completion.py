"""Completion: each script is one that its shell reads, and what a shell asks is answered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dsia_gen.cli.completion import VARIABLE
from dsia_gen.config.presets import preset_names

SHELLS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_read_by_its_shell(dsia, shell: str, tmp_path: Path) -> None:
    done = dsia("completion", shell)
    assert done.code == 0 and VARIABLE in done.out and "dsia-gen" in done.out
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(done.out)
    checked = subprocess.run([*SHELLS[shell], path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and not checked.stderr


def test_another_shell_is_refused_with_those_that_are_known(dsia) -> None:
    done = dsia("completion", "tcsh")
    said = " ".join(done.err.split())
    assert done.code == 2 and all(shell in said for shell in SHELLS)


def completed(words: str, monkeypatch: pytest.MonkeyPatch, dsia) -> list[str]:
    """What bash is offered for the last word."""
    monkeypatch.setenv(VARIABLE, "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - (not words.endswith(" "))))
    return dsia().out.split()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("dsia-gen qu", ["quickstart"]),
        ("dsia-gen dataset dig", ["digest"]),
        ("dsia-gen assets list --lic", ["--licence"]),
        ("dsia-gen completion z", ["zsh"]),
        ("dsia-gen render dsia_t", ["dsia_test", "dsia_train"]),
        ("dsia-gen scene preview ind", ["indoor"]),
    ],
)
def test_words_are_completed(words: str, wanted: list[str], monkeypatch: pytest.MonkeyPatch, dsia) -> None:
    assert completed(words, monkeypatch, dsia) == wanted


def test_all_presets_are_offered(monkeypatch: pytest.MonkeyPatch, dsia) -> None:
    assert completed("dsia-gen render ", monkeypatch, dsia) == preset_names("render_jobs")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_with_the_script(dsia, tmp_path: Path) -> None:
    """The whole way: bash sources the script and asks its function."""
    script = tmp_path / "script"
    script.write_text(dsia("completion", "bash").out)
    program = tmp_path / "dsia-gen"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m dsia_gen "$@"\n')
    program.chmod(0o755)
    asked = f"source {script}; COMP_WORDS=(dsia-gen dat); COMP_CWORD=1; _dsia_gen_completion {program}"
    asked += "; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["dataset"], done.stderr

"""`dsia-gen blender` and `--blender`, as a user has them; nothing is downloaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.core import blender_environments
from dsia_gen.core.blender_environments import VARIABLE, BlenderPython
from dsia_gen.core.blender_lines import LINES
from tests.cli.conftest import Outcome
from tests.core.blender_stand_ins import fake_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="environments as POSIX has them")
Program = Callable[..., Outcome]
NEW, OLD = LINES


@pytest.fixture(autouse=True)
def an_empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(blender_environments, "own_blender", lambda: None)
    monkeypatch.setattr("dsia_gen.core.blender_lines.this_platform", lambda: ("linux", "x86_64"))


def test_the_list_marks_what_is_used(dsia: Program) -> None:
    fake_environment(OLD)
    found = json.loads(dsia("blender", "list", "--json").out)["blenders"]
    assert [(row["line"], row["state"], row["used"]) for row in found] == [
        ("5.2", "not installed", False),
        ("4.5", "installed", True),
    ]
    shown = dsia("blender", "list")
    assert shown.code == 0 and "4.5.15" in shown.out and "not installed" in shown.out


@pytest.mark.parametrize(
    ("words", "source"),
    [
        (("blender", "install", "--version", "9.9"), "--version"),
        (("blender", "remove", "--version", "9.9"), "--version"),
        (("render", "quickstart", "-o", "OUT", "--blender", "9.9"), "blender"),
        (("render", "quickstart", "-o", "OUT", "--blender", "9.9", "--dry-run"), "blender"),
        (("render", "quickstart", "-o", "OUT", "--set", "blender=9.9"), "blender"),
        (("scene", "preview", "tiny", "-o", "OUT", "--blender", "9.9"), VARIABLE),
        (("scene", "build", "SPEC", "-o", "OUT", "--blender", "9.9"), VARIABLE),
    ],
)
def test_a_version_that_does_not_exist(dsia: Program, tmp_path: Path, words: tuple[str, ...], source: str) -> None:
    done = dsia(*(str(tmp_path / "out") if word == "OUT" else word for word in words))
    assert done.code == 2 and source in done.err and "choose 5.2 or 4.5" in done.err
    assert not (tmp_path / "out").exists() and not (tmp_path / "cache").exists()


@pytest.mark.parametrize("text", ["5.2", "'5.2'"])
def test_a_job_may_give_it_as_a_number_or_as_text(dsia: Program, tmp_path: Path, text: str) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(f"name: x\nscenes: [{{config: tiny}}]\nblender: {text}\n")
    assert dsia("render", job, "-o", tmp_path / "out", "--dry-run").code == 0


@pytest.mark.parametrize("text", ["5", "true", "latest", "[5.2]", "5.2.3", "../x"])
def test_what_is_no_line_is_refused_by_its_field(dsia: Program, tmp_path: Path, text: str) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(f"name: x\nscenes: [{{config: tiny}}]\nblender: {text}\n")
    done = dsia("render", job, "-o", tmp_path / "out", "--dry-run")
    assert done.code == 2 and "blender: name a line of Blender, such as 5.2" in done.err


def test_what_is_not_there_cannot_be_removed(dsia: Program) -> None:
    done = dsia("blender", "remove", "--version", "4.5")
    assert done.code == 1 and "there is no Blender 4.5 in" in done.err
    folder = fake_environment(OLD)
    assert str(folder) in dsia("blender", "remove", "--version", "4.5").out and not folder.exists()


def test_a_folder_of_packages_that_is_not_there(dsia: Program, tmp_path: Path) -> None:
    done = dsia("blender", "install", "--wheels", tmp_path / "none")
    assert done.code == 2 and "is not a folder" in done.err


def test_the_blender_of_this_python_need_not_be_installed(dsia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is started, and here cannot be: the sentence names it and the next step."""
    missing = BlenderPython("4.5", "4.5.1", Path("/does/not/exist"), Path("bpy"), True)
    monkeypatch.setattr(blender_environments, "own_blender", lambda: missing)
    done = dsia("blender", "install")
    assert done.code == 1 and "does not start" in done.err and "dsia-gen doctor" in done.err

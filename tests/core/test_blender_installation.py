"""Environments are installed whole or not at all; stand-ins for uv and for Pythons, no network."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from dsia_gen.core import blender_environments
from dsia_gen.core.blender_environments import VARIABLE, blender_home, environment_folder, environment_problem
from dsia_gen.core.blender_installation import (
    Tools,
    blender_start_problem,
    ensure_blender,
    find_python,
    install_blender,
    remove_blender,
)
from dsia_gen.core.blender_lines import LINES
from dsia_gen.core.errors import BlenderError
from tests.core.blender_stand_ins import fake_environment, fake_python, fake_uv
from tests.core.test_blender_environments import DAMAGES

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="environments as POSIX has them")]
NEW, OLD = LINES
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    for name in (VARIABLE, "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(blender_environments, "own_blender", lambda: None)
    monkeypatch.setattr("dsia_gen.core.blender_lines.this_platform", lambda: ("linux", "x86_64"))


def tools(tmp_path: Path, behaviour: str = "") -> Tools:
    return Tools(fake_uv(tmp_path / "tools", behaviour), str(tmp_path / "nothing"))


def calls(tmp_path: Path) -> list[list[str]]:
    path = tmp_path / "tools" / "calls"
    return [json.loads(line)[0] for line in path.read_text().splitlines()] if path.exists() else []


def left(home: Path) -> list[str]:
    """What lies in the folder of environments, but for locks."""
    return sorted(path.name for path in home.iterdir() if path.suffix != ".lock") if home.exists() else []


def test_one_line_before_the_download_and_whole_afterwards(tmp_path: Path) -> None:
    said: list[str] = []
    found = install_blender(NEW, said.append, tools=tools(tmp_path))
    assert f"Blender 5.2 ({NEW.version}) is not installed" in said[0] and "478 MB to download" in said[0]
    assert environment_problem(NEW, thorough=True) == "" and left(blender_home()) == [NEW.key]
    assert found.version == NEW.version and found.executable.exists() and not found.own
    venv, install = calls(tmp_path)
    assert venv[0] == "venv" and "--require-hashes" in install and str(NEW.lock) in install
    install_blender(NEW, said.append, tools=tools(tmp_path, "not to be called"))
    assert len(calls(tmp_path)) == 2 and len(said) == 2, "what is there is not installed twice"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_repaired(damage: str, tmp_path: Path) -> None:
    DAMAGES[damage](fake_environment(NEW))
    said: list[str] = []
    install_blender(NEW, said.append, tools=tools(tmp_path))
    assert "is damaged (" in said[0] and environment_problem(NEW, thorough=True) == ""


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("error: dns error; failed to lookup address", "dns error; failed to lookup address"),
        ("half", "was not installed whole"),
        ("error: No space left on device (os error 28)", "needs 1.6 GB while it is installed"),
        ("error: Hash mismatch for `bpy==5.2.3`", "Hash mismatch"),
    ],
)
def test_nothing_half_made_stays(behaviour: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BlenderError, match=r"^Blender 5\.2 ") as error:
        install_blender(NEW, lambda _: None, tools=tools(tmp_path, behaviour))
    assert words in str(error.value) and "\n" not in str(error.value)
    assert NEW.key not in left(blender_home()) and not any(name.endswith(".half") for name in left(blender_home()))
    assert environment_problem(NEW) == "is not installed"


def test_a_whole_one_stays_when_a_new_one_fails(tmp_path: Path) -> None:
    fake_environment(NEW)
    with pytest.raises(BlenderError):
        install_blender(NEW, lambda _: None, again=True, tools=tools(tmp_path, "error: no network"))
    assert environment_problem(NEW, thorough=True) == ""


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    half = blender_home() / f".{NEW.key}.half"
    (half / "bin").mkdir(parents=True)
    (half / "bin" / "python").write_text("cut")
    install_blender(NEW, lambda _: None, tools=tools(tmp_path))
    assert not half.exists() and environment_problem(NEW, thorough=True) == ""


def test_what_has_left_the_index_comes_from_blenders_page(tmp_path: Path) -> None:
    install_blender(NEW, lambda _: None, tools=tools(tmp_path, "not on the index"))
    _, first, second = calls(tmp_path)
    assert "https://download.blender.org/pypi/" not in first and "https://download.blender.org/pypi/" in second
    assert "--require-hashes" in second


def test_a_folder_of_packages_is_used_alone(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with pytest.raises(BlenderError, match=r"put the files of .*5\.2\.txt for Python 3\.13 into it"):
        install_blender(NEW, lambda _: None, wheels=wheels, tools=tools(tmp_path, "error: no bpy"))
    _, install = calls(tmp_path)
    assert install[install.index("--find-links") + 1] == str(wheels) and "--no-index" in install
    install_blender(NEW, lambda _: None, wheels=wheels, tools=tools(tmp_path))


def test_a_disk_that_is_too_small_is_seen_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40 - 10**9, 10**9))
    with pytest.raises(BlenderError, match=r"needs 1\.6 GB while it is installed, and .* has 1\.0 GB; free some space"):
        install_blender(NEW, lambda _: None, tools=tools(tmp_path))
    assert calls(tmp_path) == []


def test_no_python_and_no_uv_is_one_sentence(tmp_path: Path) -> None:
    line = NEW if NEW.python != HERE else OLD
    with pytest.raises(BlenderError, match=f"runs on Python {line.python}, which is not on this machine; install uv"):
        install_blender(line, lambda _: None, tools=Tools(None, str(tmp_path)))


def test_no_python_and_no_network_is_one_sentence(tmp_path: Path) -> None:
    line = NEW if NEW.python != HERE else OLD
    with pytest.raises(BlenderError) as error:
        install_blender(line, lambda _: None, tools=tools(tmp_path, "no Python"))
    assert str(error.value) == (
        f"Blender {line.name} runs on Python {line.python}, which is not on this machine, and uv cannot download it "
        "(Request failed after 3 retries: failed to look up a name); check the network, or install "
        f"Python {line.python}"
    )


def test_two_at_once_install_it_once(tmp_path: Path) -> None:
    how = tools(tmp_path)
    threads = [
        threading.Thread(target=install_blender, args=(NEW, lambda _: None), kwargs={"tools": how}) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert environment_problem(NEW, thorough=True) == "" and len(calls(tmp_path)) == 2


def test_a_python_that_cannot_start_is_passed_over(tmp_path: Path) -> None:
    """pyenv leaves programs on the PATH for versions that are not chosen."""
    line = NEW if NEW.python != HERE else OLD
    broken, other, right = (tmp_path / name for name in ("broken", "other", "right"))
    fake_python(broken, f"python{line.python}", "")
    fake_python(other, f"python{line.python}", "'3.9 cpython'")
    fake_python(other, "python3", f"'{line.python} pypy'")
    path = f"{broken}:{other}:{right}"
    assert find_python(line, Tools("uv", path)) is None
    found = fake_python(right, "python3", f"'{line.python} cpython'")
    assert find_python(line, Tools("uv", path)) == str(found)


def test_a_python_of_pyenv_is_found(tmp_path: Path) -> None:
    line = NEW if NEW.python != HERE else OLD
    found = fake_python(
        tmp_path / "pyenv" / "versions" / f"{line.python}.9" / "bin", f"python{line.python}", f"'{line.python} cpython'"
    )
    assert find_python(line, Tools("uv", str(tmp_path))) == str(found)


def test_first_need_installs_and_remove_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tools, "here", classmethod(lambda cls: tools(tmp_path)))
    said: list[str] = []
    monkeypatch.setenv(VARIABLE, OLD.name)
    assert ensure_blender(said.append).line == OLD.name and said
    (blender_home() / "4.5-of-another").mkdir()
    fake_environment(NEW)
    assert [path.name for path in remove_blender(OLD)] == sorted([OLD.key, "4.5-of-another"])
    assert left(blender_home()) == [NEW.key] and remove_blender(OLD) == []


def test_one_that_does_not_start_says_why() -> None:
    fake_environment(NEW)
    environment_folder(NEW).joinpath("bin", "python").unlink()
    fake_python(environment_folder(NEW) / "bin", "python", "")
    found = blender_environments.installed_blender(NEW)
    assert blender_start_problem(found) == "not found"

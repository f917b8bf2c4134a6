"""The first hour: what its page says is typed, from the first picture to a table, and the tutorials run; all tiny."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("bpy")
pytest.importorskip("torch")

pytestmark = [pytest.mark.blender, pytest.mark.slow, pytest.mark.torch]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALLATION = ("git clone", "python3 -m venv", "pip install")
"""Of the page alone these are not typed again: the tests run in what they make."""
TINY = {"scene preview outdoor": "scene preview tiny --resolution 96x54 --samples 1"}


def page(checkout: Path) -> list[tuple[str, str]]:
    """Language and text of the blocks of the page, in order."""
    return BLOCK.findall((checkout / "docs" / "first_hour.md").read_text())


def environment(checkout: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(checkout), "CI": "1"}


def typed(command: str, folder: Path, checkout: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(checkout), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def hour(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all of the page was typed, with the tiny job in place of the one that it shows."""
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    folder = tmp_path_factory.mktemp("hour")
    for language, text in page(checkout):
        if language == "yaml":
            (name,) = re.findall(r"\A# (\S+\.yaml)\n", text)
            (folder / "shown.yaml").write_text(text)
            typed("dsia-gen config check shown.yaml", folder, checkout)
            shutil.copy(checkout / "render_jobs" / "tiny.yaml", folder / name)
        elif language == "python":
            (folder / "typed.py").write_text(text)
            (folder / "said.txt").write_text(typed(f"{sys.executable} typed.py", folder, checkout))
        elif language == "sh":
            for line in text.splitlines():
                if not line.startswith(INSTALLATION):
                    for long, short in TINY.items():
                        line = line.replace(long, short)
                    typed(line, folder, checkout)
    return folder


def test_the_hour_ends_with_a_picture_data_an_export_and_a_table(hour: Path) -> None:
    for name in ("sheet.png", "data/report/index.html", "out/evaluation/index.html", "data/validation.json"):
        assert (hour / name).is_file(), name
    assert any((hour / "out" / "sintel").rglob("*.flo"))
    rows = json.loads((hour / "out" / "evaluation" / "report.json").read_text())
    assert "oracle_flow" in json.dumps(rows)


def test_the_loss_of_the_twenty_lines_falls(hour: Path, checkout: Path) -> None:
    before, after = map(float, re.findall(r"\d\.\d+", (hour / "said.txt").read_text()))
    assert after < 0.6 * before
    (code,) = [text for language, text in page(checkout) if language == "python" and "loss.backward" in text]
    assert len([line for line in code.splitlines() if line.strip()]) <= 25


NOTEBOOKS = {
    "first_data_set": 'JOB, OUT = "tiny", "data"',
    "own_assets": 'FILES, ASSETS = "mine", "assets"',
    "train_raft": 'DATA, RUN, STEPS = "data", "raft", 2',
    "farm": 'JOB, OUT = "tiny", "data"',
    "aligner": 'DATA, RUN, STEPS, CROP = "data", "aligner", 2, [64, 32]',
}
STRICT = """
import subprocess
def _typed(command):
    done = subprocess.run(["bash", "-c", get_ipython().var_expand(command, depth=1)], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
get_ipython().system = _typed
"""
"""A command that fails ends the notebook, as it would end a script."""


def test_every_tutorial_is_tried(checkout: Path) -> None:
    assert {path.stem for path in (checkout / "docs" / "tutorials").glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_tutorial_runs(name: str, hour: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setattr(os, "environ", environment(checkout))
    notebook = nbformat.read(checkout / "docs" / "tutorials" / f"{name}.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept"
    kept = list(tiny(notebook.cells, NOTEBOOKS[name]))
    notebook.cells = [nbformat.v4.new_code_cell(STRICT), *kept]
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(hour)}}).execute()


def tiny(cells: list, parameters: str) -> Iterator:
    """The cells with other parameters, without those that need what is not installed."""
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            cell.source = parameters
        if "needs-ptlflow" in tags:
            try:
                import ptlflow  # noqa: F401
            except ImportError:
                continue
        yield cell

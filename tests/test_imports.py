"""Import weight: what is not asked for is not loaded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.package_source import source_files

HEAVY = ("bpy", "ray", "torch", "numpy", "diffusers", "PIL", "OpenEXR", "embreex")

PROBE = """
import json, sys
sys.argv = ["dsia-gen", *{arguments}]
try:
    {code}
except SystemExit:
    pass
sys.stderr.write("LOADED " + json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded_by(code: str, checkout: Path, *arguments: str) -> set[str]:
    """Top-level modules that are loaded after running some code in a fresh interpreter."""
    probe = PROBE.format(code=code, arguments=list(arguments))
    done = subprocess.run([sys.executable, "-c", probe], cwd=checkout, capture_output=True, text=True, timeout=600)
    assert "LOADED " in done.stderr, done.stderr
    return set(json.loads(done.stderr.rpartition("LOADED ")[2]))


def test_the_package_loads_nothing_heavy(checkout: Path) -> None:
    assert not loaded_by("import dsia_gen", checkout) & set(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["render", "--help"], ["dataset", "--help"]])
def test_help_loads_nothing_heavy(checkout: Path, arguments: list[str]) -> None:
    run = "from dsia_gen.cli.main import run; run()"
    assert not loaded_by(run, checkout, *arguments) & set(HEAVY)


@pytest.mark.slow
def test_planning_a_job_loads_neither_blender_nor_torch_nor_ray(checkout: Path) -> None:
    loaded = loaded_by(
        "import dsia_gen.api, dsia_gen.farm.run_job, dsia_gen.pipeline.make_scene, dsia_gen.pipeline.preview", checkout
    )
    assert "numpy" in loaded and not loaded & {"bpy", "ray", "torch", "diffusers"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no account of the work of children there")
def test_help_costs_little_more_than_the_library_that_prints_it(checkout: Path) -> None:
    """In work, not in time: machines are shared. 1.4 times as much where this was written."""
    library = work([sys.executable, "-c", "import typer.main, typer.rich_utils"], checkout)
    assert work([sys.executable, "-m", "dsia_gen", "--help"], checkout) < 3 * library


def work(command: list[str], folder: Path) -> float:
    """Seconds of a core that a command takes, the least of three."""
    import resource

    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_every_library_that_is_imported_is_declared(checkout: Path) -> None:
    """A module that comes along with another package today may not tomorrow; development tools do not count."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name, part in extras.items() if name != "dev" for line in part)]
    declared = {re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-") for line in lines}
    declared |= {
        "numpy",
        "fsspec",
        "ptlflow",
        "lpips",
        "dreamsim",
        "torchvision",
        "huggingface-hub",
    }  # asked for when needed
    of = {**packages_distributions(), "rerun": ["rerun-sdk"]}  # which lies in a folder of its own
    found = {name: file.name for file in source_files(checkout / "dsia_gen") for name in file.libraries}
    foreign = {name: path for name, path in found.items() if name not in sys.stdlib_module_names and name != "dsia_gen"}
    part_of_blender = {"mathutils", "bmesh", "idprop", "gpu", "bpy_extras", "addon_utils"}
    wrong = {
        name: path
        for name, path in foreign.items()
        if name not in part_of_blender and not {d.lower().replace("_", "-") for d in of.get(name, [name])} & declared
    }
    assert wrong == {}

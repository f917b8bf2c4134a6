"""A package that adds one object of each kind: installed, drawn, rendered, exported, evaluated and checked with."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from PIL import Image

from dsia_gen.assets.manifest import Entry, record_entries
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.material import ImageMaterial
from dsia_gen.spec.scene import SceneSpec
from tests.assets.fetch.server import Site, serving
from tests.motion.small_bvh import bvh_text

Program = Callable[..., str]


@pytest.fixture(scope="module")
def installed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the example package is installed into, without network."""
    if not (find_spec("pip") and find_spec("setuptools")):
        pytest.skip("pip and setuptools install the package")
    copy, target = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("installed")
    shutil.copytree(checkout / "tests" / "plugin", copy, ignore=shutil.ignore_patterns("test_*", "__pycache__"))
    command = ["install", "-q", "--no-deps", "--no-index", "--no-build-isolation", "--target", target, copy]
    subprocess.run([sys.executable, "-m", "pip", *map(str, command)], check=True, timeout=600)
    return target


@pytest.fixture(scope="module")
def dsia(checkout: Path, installed: Path) -> Program:
    """The program, in an environment that has the example package."""

    def call(*words: object) -> str:
        paths = os.pathsep.join([str(installed), str(checkout)])
        done = subprocess.run(
            [sys.executable, "-m", "dsia_gen", *map(str, words)],
            cwd=checkout, capture_output=True, text=True, timeout=999, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as served:
        yield served


@pytest.fixture(scope="module")
def assets(dsia: Program, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A texture from the example's source, and a motion in the example's format."""
    folder, image = tmp_path_factory.mktemp("assets"), io.BytesIO()
    Image.new("RGB", (8, 8), (180, 80, 60)).save(image, "PNG")
    site.serve("/brick.png", image.getvalue())
    report = json.loads(
        dsia("assets", "fetch", "example", "--id", "brick", "--base-url", site.url, "-o", folder, "--json")
    )
    assert report["fetched"] == ["example/brick"]
    text = bvh_text([((0, 90, 2 * i), {"LeftUpLeg": (0, 0, 20 - 2 * i)}) for i in range(20)])
    (folder / "step.bvhz").write_bytes(gzip.compress(text.encode()))
    entry = Entry(id="step", kind="motion", file="step.bvhz", source="tests", licence="CC0-1.0",
                  redistribution="yes", training="yes", tags=["outdoor"])  # fmt: skip
    record_entries(folder, [entry])
    return folder


@pytest.fixture(scope="module")
def rendered(dsia: Program, assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    config = {
        "name": "plugin",
        "manifests": ["characters", "hdris", "trajectories", "generator:example"],
        "sequence": {"pairs": 1},
        "characters": {"count": [1, 1], "motions": ["step"]},
        "objects": {"count": [2, 2], "assets": ["example/object/pyramid"]},
        "props": {"count": [0, 0]},
        "textures": {"share": 1.0, "assets": ["example/brick"]},
    }
    (folder / "scene.yaml").write_text(yaml.safe_dump(config))
    job = {
        "name": "plugin",
        "resolution": [96, 54],
        "scenes": [{"config": str(folder / "scene.yaml")}],
        "quality": {"samples": 1},
        "outputs": ["default"],
    }
    (folder / "job.yaml").write_text(yaml.safe_dump(job))
    words = ("--executor", "sequence", "--assets", assets, "-q", "--json")
    report = json.loads(dsia("render", folder / "job.yaml", "-o", folder / "set", *words))
    assert report["complete"]
    return folder / "set"


def test_the_entries_of_a_generator_are_listed(dsia: Program) -> None:
    (entry,) = json.loads(dsia("assets", "list", "generator:example", "--json"))
    assert entry["builtin"] == "example:pyramid" and entry["licence"] == "CC0-1.0"


@pytest.mark.blender
def test_objects_a_texture_and_a_motion_are_in_the_rendered_scene(rendered: Path) -> None:
    spec = SceneSpec.model_validate_json(DatasetLayout(rendered).scene("00000").spec.read_bytes())
    shapes = [instance.shape for instance in spec.instances if isinstance(instance.shape, ProceduralObject)]
    assert [shape.family for shape in shapes] == ["example:pyramid"] * 2
    assert all(isinstance(material, ImageMaterial) for shape in shapes for material in shape.materials)
    used = {use.id for use in spec.assets}
    assert {"example/object/pyramid", "example/brick", "step"} <= used


@pytest.mark.blender
def test_the_check_speaks(dsia: Program, rendered: Path) -> None:
    report = json.loads(dsia("dataset", "validate", rendered, "--json"))
    assert report["ok"]
    assert "large_enough" in {problem["check"] for problem in report["problems"]}


@pytest.mark.blender
def test_the_format_is_written(dsia: Program, rendered: Path, tmp_path: Path) -> None:
    dsia("dataset", "export", rendered, "-f", "triplets", "-o", tmp_path / "out", "--split", "train=1,val=0,test=0")
    (folder,) = (path.parent for path in (tmp_path / "out").rglob("gt.png"))
    assert {path.name for path in folder.iterdir()} == {"1.png", "2.png", "gt.png"}


@pytest.mark.blender
@pytest.mark.torch
def test_the_method_is_evaluated(dsia: Program, rendered: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    dsia("evaluate", rendered, "-o", tmp_path / "report", "--methods", "identity,mean", "--json")
    assert "Mean of I1 and I2" in (tmp_path / "report" / "index.html").read_text()


def test_the_page_shows_what_the_package_holds(checkout: Path) -> None:
    """Each block of code of docs/extending.md is a part of the file that it names, and each seam has one."""
    page = (checkout / "docs" / "extending.md").read_text()
    blocks = re.findall(r"`tests/plugin/([\w./]+)`[^\n]*:\n\n```\w+\n(.*?)```", page, re.DOTALL)
    files = {name for name, _ in blocks}
    for name, text in blocks:
        assert text in (checkout / "tests" / "plugin" / name).read_text(), name
    points = tomllib.loads((checkout / "tests/plugin/pyproject.toml").read_text())["project"]["entry-points"]
    modules = {target.partition(":")[0] for group in points.values() for target in group.values()}
    assert files == {"pyproject.toml", *(f"{module.replace('.', '/')}.py" for module in modules)}
    assert len(points) == len(modules) == 7

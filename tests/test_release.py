"""The release script and the files that a project has: they agree with each other and with the program."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from dsia_gen import __version__


@pytest.fixture(scope="module")
def release(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_script", checkout / "install" / "release.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-12-01

### Added
- A thing.

## [1.1.0] - 2026-11-01
- Older.
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project at version 1.2.0, all of it committed; the test is skipped where there is no git."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / "dsia_gen").mkdir()
    (tmp_path / "dsia_gen" / "__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.2.0\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "all")):
        git(tmp_path, *words)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    who = (
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    )
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_notes_are_the_section_of_the_version(release: ModuleType) -> None:
    assert release.release_notes(CHANGELOG, "1.2.0") == "### Added\n- A thing.\n"
    assert release.release_notes(CHANGELOG, "1.1.0") == "- Older.\n"
    assert release.release_notes(CHANGELOG, "1.2") == release.release_notes(CHANGELOG, "9.9.9") == ""


def test_a_tree_that_is_ready_has_no_problems(release: ModuleType, tree: Path) -> None:
    assert release.tree_problems(tree, "1.2.0") == release.git_problems(tree, "1.2.0", False) == []


def test_every_place_that_says_another_version_is_named(release: ModuleType, tree: Path) -> None:
    found = "\n".join(release.tree_problems(tree, "1.3.0"))
    assert all(name in found for name in ("__init__.py says 1.2.0", "CITATION.cff says 1.2.0", "no section [1.3.0]"))
    assert "'1.3' is not of the form" in release.tree_problems(tree, "1.3")[0]


def test_what_git_says_against_it(release: ModuleType, tree: Path) -> None:
    (tree / "new.txt").write_text("x")
    assert "not committed" in release.git_problems(tree, "1.2.0", False)[0]
    git(tree, "tag", "-a", "v1.2.0", "-m", "x")
    (tree / "new.txt").unlink()
    assert "the tag v1.2.0 exists" in release.git_problems(tree, "1.2.0", False)[0]
    assert release.git_problems(tree, "1.2.0", True) == []
    (tree / "new.txt").write_text("x")
    git(tree, "add", ".")
    git(tree, "commit", "-q", "-m", "more")
    assert release.git_problems(tree, "1.2.0", True) == ["the tag v1.2.0 is not of this commit"]


def test_archives_are_looked_into(release: ModuleType) -> None:
    folders = release.PRESETS
    wheel = ["dsia_gen/__init__.py", "x.dist-info/licenses/LICENSE", *(f"dsia_gen/presets/{f}/a" for f in folders)]
    wheel.append(release.WEIGHTS)
    assert release.archive_problems(wheel, "wheel") == []
    assert release.archive_problems([*wheel[:2], *wheel[3:], "tests/a.py"], "wheel") == [
        "the wheel has no dsia_gen/presets/assets_manifest/", "the wheel holds tests/",
    ]  # fmt: skip
    assert release.archive_problems(wheel[:-1], "wheel") == [f"the wheel has no {release.WEIGHTS}"]
    sdist = ["pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", *(f"{f}/a" for f in folders)]
    sdist.append(release.WEIGHTS)
    assert release.archive_problems([f"dsia_gen-1.2.0/{name}" for name in sdist], "sdist") == []
    assert release.archive_problems([f"dsia_gen-1.2.0/{name}" for name in sdist[1:]], "sdist") != []


def test_the_citation_is_of_this_version(checkout: Path) -> None:
    cited = yaml.safe_load((checkout / "CITATION.cff").read_text())
    assert cited["version"] == __version__ and cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert {"message", "title", "authors", "license"} <= cited.keys()


def test_workflows_run_what_there_is(checkout: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (checkout / "Makefile").read_text(), re.MULTILINE))
    seen = []
    for path in sorted((checkout / ".github" / "workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text())
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                seen += re.findall(r"\bmake ([a-z-]+)", step.get("run", ""))
                for name in re.findall(r"\bpython (install/\S+)", step.get("run", "")):
                    assert (checkout / name).is_file()
    assert set(seen) <= targets and {"lint", "test", "docs"} <= set(seen)
    ci = yaml.safe_load((checkout / ".github" / "workflows" / "ci.yml").read_text())
    assert ci["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]


def test_forms_ask_with_ids_of_their_own(checkout: Path) -> None:
    for path in (checkout / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        if path.name == "config.yml":
            assert all({"name", "url", "about"} <= link.keys() for link in form["contact_links"])
            continue
        assert {"name", "description", "body"} <= form.keys()
        ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
        assert len(ids) == len(set(ids)) and all("label" in field["attributes"] for field in form["body"])

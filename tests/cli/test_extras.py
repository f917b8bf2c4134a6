"""Extras: which there are, and what of one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dsia_gen.cli import extras as module
from dsia_gen.cli.extras import known_extras, missing_of


def test_an_installed_copy_and_a_clone_name_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "dsia-gen"\n[project.optional-dependencies]\n'
        'a = ["pytest>=1", "gone-for-good; python_version < \'4\'"]\nb = ["dsia-gen[a]", "other-gone"]\n'
    )
    cloned = known_extras(tmp_path)
    monkeypatch.setattr(module, "requires", lambda _: [
        "numpy>=1.26", 'pytest>=1; extra == "a"', "gone-for-good; python_version < '4' and extra == 'a'",
        'dsia-gen[a]; extra == "b"', "other-gone; extra == 'b'",
    ])  # fmt: skip
    installed = known_extras(tmp_path / "elsewhere")
    for found in (cloned, installed):
        assert sorted(found) == ["a", "b"]
        assert missing_of("a", found) == ["gone-for-good"]
        assert missing_of("b", found) == ["gone-for-good", "other-gone"]


def test_another_project_around_the_package_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"\n[project.optional-dependencies]\nx = ["y"]\n')
    monkeypatch.setattr(module, "requires", lambda _: None)
    assert known_extras(tmp_path) == {}


def test_versions_and_markers_and_circles() -> None:
    asked = {
        "old": [Requirement("pytest>=9999")],
        "elsewhere": [Requirement("not-there; sys_platform == 'amiga'")],
        "round": [Requirement("DSIA_gen[round]"), Requirement("not-there")],
    }
    (old,) = missing_of("old", asked)
    assert old.startswith("pytest>=9999 (") and old.endswith("is installed)")
    assert missing_of("elsewhere", asked) == [] and missing_of("round", asked) == ["not-there"]

"""The registry: names without loading, plugins by entry points, and what is said when something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.core.errors import PluginError, UnknownNameError
from dsia_gen.core.registry import Registry

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lays an installed package on the path: its module and the metadata with its entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def lay(package: str, source: str, **points: str) -> None:
        (tmp_path / f"{package}.py").write_text(source)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {package}:{attribute}" for name, attribute in points.items())
        (info / "entry_points.txt").write_text(f"[dsia_gen.shapes]\n{lines}\n")

    yield lay
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def shapes() -> Registry[str]:
    return Registry("shapes", "shape", {"square": "string:digits", "circle": "string:hexdigits"})


def test_names_load_nothing() -> None:
    registry: Registry[object] = Registry("shapes", "shape", {"a": "a_module_that_is_not_there:x"})
    assert registry.names() == ("a",) and "a" in registry and "b" not in registry


def test_builtin_objects_are_loaded_once_in_their_order() -> None:
    registry = shapes()
    assert dict(registry.items()) == {"square": "0123456789", "circle": "0123456789abcdefABCDEF"}
    assert registry.get("square") is registry.get("square")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_known_ones() -> None:
    with pytest.raises(UnknownNameError) as caught:
        shapes().get("circel")
    assert str(caught.value) == ("'circel' is not a known shape (known: square, circle); did you mean 'circle'?")
    with pytest.raises(UnknownNameError, match=r"known: square, circle.*use one of these"):
        shapes().get("zzz")


def test_a_package_adds_a_name(install: Install) -> None:
    install("package_one", "class Triangle:\n    sides = 3\n", triangle="Triangle")
    registry: Registry[object] = Registry("shapes", "shape", {"b": "string:digits"}, instances=True)
    assert registry.names() == ("b", "triangle") and registry.problems() == {}
    found = registry.get("triangle")
    assert type(found).__name__ == "Triangle" and registry.get("triangle") is found


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_to_be_found\n", "install what it needs"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("", "AttributeError"),
        ("class Thing:\n    pass\n", "lacks sides"),
    ],
)
def test_a_broken_package_is_named_and_the_rest_works(
    install: Install, caplog: pytest.LogCaptureFixture, source: str, reason: str
) -> None:
    install("package_two", source, broken="Thing")
    registry: Registry[object] = Registry("shapes", "shape", members=("sides",))
    registry.register("own", "fine")
    assert [name for name, _ in registry.items()] == ["own"]
    assert "package_two" in caplog.text
    with pytest.raises(PluginError, match=f"'broken' of the package package_two.*{reason}"):
        registry.get("broken")
    assert list(registry.problems()) == ["broken"]


def test_duplicates_are_refused(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("package_three", "x = 1\n", square="x", star="x")
    install("package_four", "x = 2\n", star="x")
    registry = shapes()
    assert registry.get("square") == "0123456789", "the built-in one stays"
    assert registry.names() == ("square", "circle", "star") and "package_three" in caplog.text
    with pytest.raises(PluginError, match="two packages add the shape 'star': package_four and package_three"):
        registry.get("star")
    assert sorted(registry.problems()) == ["square", "star"]
    with pytest.raises(ValueError, match="circle"):
        registry.register("circle", "x")


def test_a_missing_extra_is_answered_with_the_command() -> None:
    registry: Registry[object] = Registry(
        "shapes", "shape", {"knot": "a_module_that_is_not_there:x"}, extras={"knot": "align"}
    )
    with pytest.raises(PluginError, match=r"the shape 'knot' needs the extra \[align\]; run: pip install 'dsia-gen\["):
        registry.get("knot")

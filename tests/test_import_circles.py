"""No module needs, by whatever way round, one that needs it: also not inside a function, where it would go unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

Graph = dict[str, set[str]]


def needs(folder: Path) -> Graph:
    """The modules of a package that each of its modules imports when it is loaded or run; not those for types alone."""
    files = {_name(path, folder.parent): path for path in folder.rglob("*.py")}
    return {name: set(_imported(path, files)) - {name} for name, path in files.items()}


def circles(graph: Graph) -> list[set[str]]:
    """Sets of modules that all reach one another (each is part of a circle)."""
    reached = {name: _reached(graph, name) for name in graph}
    found = {frozenset(m for m in graph if m in reached[name] and name in reached[m]) for name in graph}
    return sorted((set(circle) for circle in found if circle), key=sorted)


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in _run_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (name for name in ([inner] if inner in known else [node.module]) if name in known)


def _run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those below `if TYPE_CHECKING:`."""
    yield node
    only_types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    for child in node.orelse if only_types else ast.iter_child_nodes(node):  # type: ignore[attr-defined]
        yield from _run_nodes(child)


def _reached(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    open_ = list(graph[start])
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += graph[name]
    return found


@pytest.mark.parametrize("package", ["dsia_gen", "bench"])
def test_there_are_no_circles(checkout: Path, package: str) -> None:
    graph = needs(checkout / package)
    assert len(graph) > 5 and any(graph.values())
    assert circles(graph) == []


def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path) -> None:
    texts = {
        "__init__": "",
        "a": "from p.b import x\n",
        "b": "def f():\n    from p import c\n",
        "c": "import p.a\n",
        "d": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.e import x\nelse:\n    import p.a\n",
        "e": "from p import d\n",
    }
    (tmp_path / "p").mkdir()
    for name, text in texts.items():
        (tmp_path / "p" / f"{name}.py").write_text(text)
    assert needs(tmp_path / "p")["p.d"] == {"p.a"}
    assert circles(needs(tmp_path / "p")) == [{"p.a", "p.b", "p.c"}]

"""No module needs, by whatever way round, one that needs it: also not inside a function, where it would go unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Graph = dict[str, set[str]]


def needs(folder: Path) -> Graph:
    """The modules of a package that each of its modules imports when it is loaded or run; not those for types alone."""
    files = {_name(path, folder.parent): path for path in folder.rglob("*.py")}
    return {name: set(_imported(path, files)) - {name} for name, path in files.items()}


def circles(graph: Graph) -> list[set[str]]:
    """Sets of modules that all reach one another (each is part of a circle)."""
    place = {name: number for number, name in enumerate(graph)}
    edges = np.array([(place[a], place[b]) for a in graph for b in graph[a]], dtype=int).reshape(-1, 2)
    matrix = coo_array((np.ones(len(edges)), edges.T), shape=(len(graph), len(graph)))
    _, labels = connected_components(matrix, connection="strong")
    found: dict[int, set[str]] = {}
    for name, label in zip(graph, labels.tolist(), strict=True):
        found.setdefault(label, set()).add(name)
    return sorted((circle for circle in found.values() if len(circle) > 1), key=sorted)


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (name for name in ([inner] if inner in known else [node.module]) if name in known)


def _imports(tree: ast.Module) -> Iterator[ast.stmt]:
    """All imports but those below `if TYPE_CHECKING:`; expressions hold none."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        only_types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for field in ("orelse",) if only_types else ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())


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

"""What the files of the package import and call, read once for all tests that ask for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class SourceFile:
    """One file; names are dotted, as they stand in it, with their lines.

    `imports` are of whole modules, wherever the import stands; `calls` have a name, not an expression, before the
    parentheses.
    """

    name: str
    empty: bool
    docstring: str | None
    imports: frozenset[str]
    calls: tuple[tuple[int, str], ...]
    attributes: tuple[tuple[int, str], ...]

    @property
    def libraries(self) -> frozenset[str]:
        """Top-level modules that are imported."""
        return frozenset(module.partition(".")[0] for module in self.imports)


def source_files(folder: Path, below: str = "") -> Iterator[SourceFile]:
    """Every file of a package, or of one of its packages; named relative to the folder."""
    return (_read(path, path.relative_to(folder).as_posix()) for path in sorted((folder / below).rglob("*.py")))


@cache
def _read(path: Path, name: str) -> SourceFile:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imports, calls, attributes = set[str](), [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports.add(node.module)
        elif isinstance(node, ast.Call) and (called := dotted(node.func)):
            calls.append((node.lineno, called))
        elif isinstance(node, ast.Attribute) and (found := dotted(node)):
            attributes.append((node.lineno, found))
    return SourceFile(name, not text, ast.get_docstring(tree), frozenset(imports), tuple(calls), tuple(attributes))


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is nothing but names; empty otherwise."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""

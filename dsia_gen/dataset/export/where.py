"""`--where`: conditions on rows of samples.csv, in a small language: comparisons, and, or, not, in."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import suggestion


class Row(Protocol):
    """Cells by the name of their column."""

    def __getitem__(self, column: str, /) -> Any: ...


Value = Callable[[Row], Any]
Condition = Callable[[Row], bool]

LONGEST = 1000
"""Characters; more is not something a person wrote."""

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, items: value in items,
    ast.NotIn: lambda value, items: value not in items,
}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def parse_where(text: str, columns: Sequence[str]) -> Condition:
    """A condition such as `subset in ("LcLf", "LcSf") and camera_motion_px > 20 and not scene == "00003"`.

    Nothing is evaluated as Python: names are columns, and other syntax is refused. A comparison with an empty cell is
    false. ConfigError says which column or part is wrong, and which column is nearest.
    """
    if len(text) > LONGEST:
        raise _wrong(f"longer than {LONGEST} characters; shorten it, or leave samples out with --drop")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _condition(tree.body, columns)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _wrong(f"{text!r} is not a condition ({error}); write for example: camera_motion_px > 20") from error


def _condition(node: ast.expr, columns: Sequence[str]) -> Condition:
    if isinstance(node, ast.BoolOp):
        parts = [_condition(value, columns) for value in node.values]
        combine = all if isinstance(node.op, ast.And) else any
        return lambda row: combine(part(row) for part in parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _condition(node.operand, columns)
        return lambda row: not inner(row)
    if not isinstance(node, ast.Compare):
        raise _wrong(f"{ast.unparse(node)!r} is not a condition; use comparisons, and, or, not, in")
    values = [_value(part, columns) for part in (node.left, *node.comparators)]
    kinds = [type(op) for op in node.ops]
    for kind in kinds:
        if kind not in _COMPARISONS:
            raise _wrong(f"{ast.unparse(node)!r}: use ==, !=, <, <=, >, >=, in or not in")
    text = ast.unparse(node)

    def holds(row: Row) -> bool:
        found = [value(row) for value in values]
        for kind, a, b in zip(kinds, found, found[1:], strict=False):
            if a is None or b is None:
                return False
            if kind in (ast.In, ast.NotIn):
                if not isinstance(b, tuple):
                    raise _wrong(f"{text!r}: after `in` comes a list such as ('LcLf', 'ScSf')")
            elif isinstance(a, int | float) != isinstance(b, int | float) or (
                kind in _ORDER and tuple in (type(a), type(b))
            ):
                raise _wrong(f"{text!r} compares a number with text; put text in quotes and numbers not")
            if not _COMPARISONS[kind](a, b):
                return False
        return True

    return holds


def _value(node: ast.expr, columns: Sequence[str]) -> Value:
    if isinstance(node, ast.Name):
        name = node.id
        if name not in columns:
            raise _wrong(f"samples.csv has no column {name!r}{suggestion(name, columns)}")
        return lambda row: row[name]
    constant = _constant(node)
    return lambda _row: constant


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(_constant(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _constant(node.operand)
        if isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
        return node.value
    raise _wrong(f"{ast.unparse(node)!r} is neither a column nor a number, a text in quotes, or a list of them")


def _wrong(problem: str) -> ConfigError:
    return ConfigError("--where", [problem])

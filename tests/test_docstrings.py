"""Public API docstrings are NumPy style: every parameter with its type, what is returned, nothing that is not there."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest

validate = pytest.importorskip("numpydoc.validate")

MODULES: tuple[str, ...] = ("dsia_gen.core.registry",)
"""Modules of the public API, sorted. Add one when its docstrings pass."""

CHECKS = {
    "GL08",  # there is a docstring
    "SS03",  # its summary ends with a full stop
    "PR01",  # every parameter is documented
    "PR02",  # nothing else is documented as a parameter
    "PR03",  # in the order of the signature
    "PR04",  # with a type
    "PR07",  # and a description
    "RT01",  # what is returned is documented
    "RT03",  # with a description
    "YD01",  # what is yielded is documented
}


def public(module: ModuleType) -> Iterator[str]:
    """Dotted names of the functions, classes and methods that a module defines for others."""
    for name, item in vars(module).items():
        if name.startswith("_") or getattr(item, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(item):
            yield f"{module.__name__}.{name}"
        elif inspect.isclass(item):
            yield f"{module.__name__}.{name}"
            for method, member in vars(item).items():
                plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
                if not method.startswith("_") and inspect.isfunction(plain):
                    yield f"{module.__name__}.{name}.{method}"


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_are_complete(module: str) -> None:
    wrong = []
    for name in public(importlib.import_module(module)):
        for code, message in validate.validate(name)["errors"]:
            if code in CHECKS:
                wrong.append(f"{name}: {code} {message}")
    assert wrong == []

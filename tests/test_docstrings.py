"""Public API docstrings are NumPy style: every parameter with its type, what is returned, nothing that is not there."""

from __future__ import annotations

import importlib
import inspect
import pydoc
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

import pytest
from pydantic import BaseModel

from tests.public_modules import PUBLIC_MODULES

validate = pytest.importorskip("numpydoc.validate")


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
        elif inspect.isclass(item) and not issubclass(item, Enum):
            yield f"{module.__name__}.{name}"
            for method, member in vars(item).items():
                plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
                if not method.startswith("_") and inspect.isfunction(plain):
                    yield f"{module.__name__}.{name}.{method}"


def undescribed(model: type[BaseModel]) -> list[str]:
    """Fields of a model without a description, other than sections that are models themselves."""
    found = []
    for name, field in model.model_fields.items():
        section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        if not section and not field.description:
            found.append(name)
    return found


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_docstrings_are_complete(module: str) -> None:
    """Fields of models are listed as parameters or carry their own description, as those of configurations do."""
    for package, extra in (("align", "torch"), ("blender", "bpy"), ("evaluate", "torch")):
        if module.startswith(f"dsia_gen.{package}."):
            pytest.importorskip(extra)
    wrong = []
    for name in public(importlib.import_module(module)):
        item = pydoc.locate(name)
        errors = dict(validate.validate(name)["errors"])
        if getattr(item, "_is_protocol", False):
            errors.pop("PR01", None)  # its constructor is not part of the contract
        if errors.get("PR01") == "Parameters {'**extra_data'} not documented":  # keys of later versions
            del errors["PR01"]
        if isinstance(item, type) and issubclass(item, BaseModel) and errors.pop("PR01", None):
            wrong += [f"{name}: {field} has no description" for field in undescribed(item)]
        if getattr(item, "_is_protocol", False):
            errors.pop("PR01", None)  # what an implementation is made with is its own
        wrong += [f"{name}: {code} {message}" for code, message in errors.items() if code in CHECKS]
    assert wrong == []

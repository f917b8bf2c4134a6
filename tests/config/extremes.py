"""Every extreme that a configuration accepts, found from its model, so that a new field is covered as it is added."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dsia_gen.core.strict_yaml import models_of

NUMBERS = (int, float)


@dataclass(frozen=True)
class Bounds:
    """What the annotation of a number says about it; None where it says nothing."""

    low: float | None = None
    high: float | None = None
    kind: type = float

    @property
    def ends(self) -> list[float]:
        """The smallest and the largest number that are accepted."""
        assert self.low is not None and self.high is not None
        return [self.kind(self.low), self.kind(self.high)]


def numbers(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Bounds]]:
    """The dotted name and the bounds of every number of a model and of its sections."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        for bounds in _leaves(field.annotation, tuple(field.metadata)):
            yield ".".join(here), bounds
        for section in models_of(field):
            if section is not model and section.__name__ not in path:
                yield from numbers(section, (*here, section.__name__))


def extremes(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Dotted names and values: the ends of numbers, intervals and weights, the words of a choice, both of a bool."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        if sections := models_of(field):
            for section in sections:
                # no file states variants, and a configuration within another model is that which is tried itself
                if section is not model and name not in ("variants", "configurations", "config"):
                    yield from extremes(section, (*here, "0") if get_origin(field.annotation) is list else here)
            continue
        for value in _values(field.annotation, tuple(field.metadata)):
            yield ".".join(here), value


def _leaves(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[Bounds]:
    """The numbers below an annotation."""
    if annotation in NUMBERS:
        yield _bounds(annotation, metadata)
    elif get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from _leaves(inner, (*metadata, *more))
    elif get_origin(annotation) is not Literal:
        # A limit on a collection is one on its length; that on a choice (X | None) is one on what it holds.
        within = metadata if get_origin(annotation) in (Union, UnionType) else ()
        for part in get_args(annotation):
            yield from _leaves(part, within)


def _bounds(kind: type, metadata: tuple[Any, ...]) -> Bounds:
    bounds = Bounds(kind=kind)
    for item in metadata:
        if isinstance(item, FieldInfo):
            inner = _bounds(kind, tuple(item.metadata))
            low = inner.low if inner.low is not None else bounds.low
            bounds = replace(bounds, low=low, high=inner.high if inner.high is not None else bounds.high)
        elif isinstance(item, at.Ge):
            bounds = replace(bounds, low=item.ge)
        elif isinstance(item, at.Gt):
            bounds = replace(bounds, low=item.gt + 1 if kind is int else math.nextafter(item.gt, math.inf))
        elif isinstance(item, at.Le):
            bounds = replace(bounds, high=item.le)
        elif isinstance(item, at.Lt):
            bounds = replace(bounds, high=item.lt - 1 if kind is int else math.nextafter(item.lt, -math.inf))
    return bounds


def _values(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation is bool:
        yield from (False, True)
    elif annotation in NUMBERS:
        yield from _bounds(annotation, metadata).ends
    elif annotation is NoneType:
        yield None
    elif origin is Annotated:
        yield from _values(parts[0], (*metadata, *parts[1:]))
    elif origin is Literal:
        yield from parts
    elif origin in (Union, UnionType):
        for part in parts:
            yield from _values(part, metadata)
    elif origin is tuple and len(parts) == 2 and parts[0] == parts[1]:
        # an interval: both at either end, and as wide as it can be
        yield from (list(pair) for pair in combinations_with_replacement(list(_values(parts[0], ())), 2))
    elif origin is dict and parts[0] is not str:
        for key, weight in ((key, weight) for key in _values(parts[0], ()) for weight in _values(parts[1], ())):
            yield {key: weight}
        yield {key: max(_values(parts[1], ())) for key in _values(parts[0], ())}

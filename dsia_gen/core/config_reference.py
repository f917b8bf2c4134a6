"""What a configuration may contain, from its model: every key with type, unit, default, range, meaning and example."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dsia_gen.core.bounds import Unit
from dsia_gen.core.strict_yaml import models_of


@dataclass(frozen=True)
class KeyReference:
    """One key of a configuration.

    Parameters
    ----------
    key : str
        Dotted name; `[]` stands for an entry of a list, `<name>` for a name that a file chooses.
    type : str
        What a value is, such as `number`, `[number, number]` or `outdoor | indoor`.
    unit : str
        Unit of its numbers; empty for none.
    default : str
        YAML of the value where the key is left out; empty where it must be given.
    range : str
        Smallest and largest number or length; empty for none.
    about : str
        One line.
    example : str
        YAML of a mapping with this key; empty for a section.
    """

    key: str
    type: str
    unit: str
    default: str
    range: str
    about: str
    example: str


def key_references(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[KeyReference]:
    """List every key of a model and of its sections, in the order of the model.

    Parameters
    ----------
    model : type of BaseModel
        The model of a configuration.
    path : tuple of str
        Where it stands in a document.

    Yields
    ------
    KeyReference
        A section, and after it its keys. A section that holds itself is not entered again.
    """
    for name, field in model.model_fields.items():
        here = (*path, name)
        yield _reference(here, field)
        for section in models_of(field):
            if section is model or section.__name__ in _FILLED_IN.get(name, ()):
                continue
            kind = get_origin(field.annotation)
            entry = f"{name}[]" if kind in (list, tuple) else name
            within = (*path, entry, "<name>") if kind is dict else (*path, entry)
            yield from key_references(section, within)


_FILLED_IN = {"variants": ("Variant",), "configurations": ("SceneConfig",)}
"""Sections that have a reference of their own, or that no file states."""


def _reference(path: tuple[str, ...], field: FieldInfo) -> KeyReference:
    metadata = tuple(field.metadata)
    units = dict.fromkeys(item.name for item in _markers(field.annotation, metadata) if isinstance(item, Unit))
    required = field.is_required()
    default = None if required else field.get_default(call_default_factory=True)
    plain = None if required else _plain(default)
    section = bool(models_of(field))
    value = (field.examples or [None])[0] if field.examples or plain in (None, [], {}, ()) else plain
    if value is None and not section:
        value = _within(field.annotation, metadata)
    return KeyReference(
        key=".".join(path),
        type=_type_name(field.annotation),
        unit=", ".join(units),
        default="" if required else "" if section else _flow(plain),
        range=_range(field.annotation, metadata),
        about=" ".join((field.description or _section_about(field)).split()),
        example="" if section or value is None else f"{path[-1]}: {_flow(value)}",
    )


def _section_about(field: FieldInfo) -> str:
    sections = models_of(field)
    return (sections[0].__doc__ or "").split("\n\n")[0] if sections else ""


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _flow(value: Any) -> str:
    """A value in YAML, on one line."""
    text = yaml.safe_dump(_plain(value), default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _markers(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[Any]:
    """What the annotations of a type and of its parts say beside the type."""
    yield from metadata
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        if get_origin(part) is Annotated:
            inner, *more = get_args(part)
            yield from _markers(inner, tuple(more))
        elif not isinstance(part, FieldInfo | str | int | float):
            yield from _markers(part, ())


_NAMES = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true | false",
    types.NoneType: "null",
    object: "any",
}


def _type_name(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(parts[0])
    if origin is Literal:
        return " | ".join(str(part) for part in parts)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(_type_name(part) for part in parts))
    if origin is tuple:
        inner = [_type_name(part) for part in parts if part is not Ellipsis]
        return f"list of {inner[0]}" if Ellipsis in parts else f"[{', '.join(inner)}]"
    if origin is list:
        return f"list of {_type_name(parts[0])}"
    if origin is dict:
        return f"mapping of {_type_name(parts[0])} to {_type_name(parts[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return _NAMES.get(annotation, str(getattr(annotation, "__name__", annotation)))


def _bounds(annotation: Any, metadata: tuple[Any, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bounds of the numbers, and of the length, that a type and its parts have."""
    numbers, lengths = dict[str, Any](), dict[str, Any]()
    for item in _flat_metadata(_markers(annotation, metadata)):
        for kind, name, tighter in ((at.Ge, "ge", max), (at.Gt, "gt", max), (at.Le, "le", min), (at.Lt, "lt", min)):
            if isinstance(item, kind):
                numbers[name] = tighter(numbers.get(name, getattr(item, name)), getattr(item, name))
        if isinstance(item, at.MinLen):
            lengths["min"] = item.min_length
        if isinstance(item, at.MaxLen):
            lengths["max"] = item.max_length
    if numbers.get("gt", -math.inf) >= numbers.get("ge", -math.inf):
        numbers.pop("ge", None)
    if numbers.get("lt", math.inf) <= numbers.get("le", math.inf):
        numbers.pop("le", None)
    return numbers, lengths


def _flat_metadata(items: Iterator[Any]) -> Iterator[Any]:
    for item in items:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


def _range(annotation: Any, metadata: tuple[Any, ...]) -> str:
    numbers, lengths = _bounds(annotation, metadata)
    low = f"{numbers['ge']:g}" if "ge" in numbers else f"above {numbers['gt']:g}" if "gt" in numbers else ""
    high = f"{numbers['le']:g}" if "le" in numbers else f"below {numbers['lt']:g}" if "lt" in numbers else ""
    words = f"{low} to {high}" if low and high else low or high
    if words or not lengths:
        return words
    what = "letters" if annotation is str else "entries"
    return f"{lengths.get('min', 0)} to {lengths['max']} {what}" if "max" in lengths else f"{lengths['min']} or more"


def _within(annotation: Any, metadata: tuple[Any, ...]) -> Any:
    """A value of a type where neither a default nor an example says one."""
    parts = [part for part in get_args(annotation) if part is not types.NoneType]
    if get_origin(annotation) in (Union, types.UnionType):
        return _within(parts[0], metadata)
    if get_origin(annotation) is Annotated:
        return _within(parts[0], (*metadata, *parts[1:]))
    if get_origin(annotation) is Literal:
        return parts[0]
    if get_origin(annotation) is tuple:
        return [_within(part, metadata) for part in parts if part is not Ellipsis]
    numbers, _ = _bounds(annotation, metadata)
    if annotation in (int, float) and numbers:
        low, high = numbers.get("ge", numbers.get("gt", 0)), numbers.get("le", numbers.get("lt", 1))
        return annotation(low if "ge" in numbers else high if "le" in numbers else (low + high) / 2)
    return None

"""Strict reading of YAML configurations: unknown keys are errors, and all errors are told at once with their lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from dsia_gen.core.errors import ConfigError

Path_ = tuple[str | int, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader, ten times as fast where PyYAML was built with libyaml."""


class Config(BaseModel):
    """Base of every configuration section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


Model = TypeVar("Model", bound=Config)


def read_config(model: type[Model], path: Path, overrides: Sequence[str] = ()) -> Model:
    """Read a YAML file into `model`. `overrides` are `dotted.key=value` strings, values in YAML.

    Raises ConfigError with every problem: file, line or override, field, and the nearest valid name.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(str(path), [f"cannot be read: {reason}; give the path of a YAML file"]) from error
    return parse_config(model, text, str(path), overrides)


def parse_config(model: type[Model], text: str, source: str, overrides: Sequence[str] = ()) -> Model:
    """Read YAML text into `model`; see `read_config`."""
    try:
        document, lines, problems = _parse(text)
    except yaml.YAMLError as error:
        raise ConfigError(source, [f"is not valid YAML: {' '.join(str(error).split())}"]) from error
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise ConfigError(source, [f"must be a mapping of keys to values, not a {type(document).__name__}"])
    problems += _apply_overrides(document, overrides)
    try:
        result = model.model_validate(document)
    except ValidationError as error:
        known = set(_paths(document))
        problems += [_describe(model, problem, lines, known) for problem in error.errors()]
    if problems:
        raise ConfigError(source, sorted(problems, key=_line_number))
    return result


def _parse(text: str) -> tuple[Any, dict[Path_, int], list[str]]:
    """A YAML document, the lines of its keys, and the keys that are given twice."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}, []
        # Looked at before it is constructed, which writes merged keys (<<) into the nodes.
        lines = _key_lines(node)
        twice = [f"line {line}: {where} is given twice" for where, line in _duplicates(node)]
        return loader.construct_document(node), lines, twice
    finally:
        loader.dispose()


def _line_number(problem: str) -> int:
    words = problem.split(":", 1)[0].split()
    return int(words[1]) if words[0] == "line" and words[1].isdigit() else 0


def _apply_overrides(document: dict[str, Any], overrides: Sequence[str]) -> list[str]:
    problems = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            problems.append(f"override {override!r} is not of the form key=value")
            continue
        target: Any = document
        *parents, last = key.split(".")
        for name in parents:
            target = target.setdefault(name, {}) if isinstance(target, dict) else _item(target, name)
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            parsed = value
        if isinstance(target, dict):
            target[last] = parsed
        elif isinstance(target, list) and last.isdigit() and int(last) < len(target):
            target[int(last)] = parsed
        else:
            problems.append(f"override {override!r} points into something that is not a mapping")
    return problems


def _item(target: Any, name: str) -> Any:
    if isinstance(target, list) and name.isdigit() and int(name) < len(target):
        return target[int(name)]
    return None


def _key_lines(node: yaml.Node, path: Path_ = ()) -> dict[Path_, int]:
    """Line number (from 1) of every key and list item of a YAML document."""
    lines: dict[Path_, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            lines[here] = key.start_mark.line + 1
            lines |= _key_lines(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            here = (*path, i)
            lines[here] = value.start_mark.line + 1
            lines |= _key_lines(value, here)
    return lines


def _duplicates(node: yaml.Node | None, path: str = "") -> list[tuple[str, int]]:
    found = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = f"{path}{key.value}"
            if key.value in seen:
                found.append((name, key.start_mark.line + 1))
            seen.add(key.value)
            found += _duplicates(value, f"{name}.")
    return found


def _describe(model: type[BaseModel], problem: Any, lines: Mapping[Path_, int], known: set[Path_]) -> str:
    # The names of union members and of tag values stand in pydantic's location, but not in the file.
    where = _in_file(problem["loc"], known)
    line = next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), None)
    prefix = f"line {line}: " if line else ""
    name = ".".join(str(part) for part in where) or "the document"
    if problem["type"] == "extra_forbidden":
        return f"{prefix}{name} is not a known key{suggestion(str(where[-1]), field_names(model, where[:-1]))}"
    if problem["type"] == "missing":
        return f"{prefix}{name} is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{prefix}{name}: {message} (got {problem['input']!r:.80})"


def _paths(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def _in_file(location: tuple[Any, ...], known: set[Path_]) -> Path_:
    kept: list[str | int] = []
    for i, part in enumerate(location):
        last = i == len(location) - 1
        if (*kept, part) in known or last or not isinstance(part, str):
            kept.append(part)
    return tuple(kept)


def field_names(model: type[BaseModel], path: Path_) -> list[str]:
    """Names of the fields that are valid at `path` below `model`."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        infos = [m.model_fields[part] for m in models if part in m.model_fields]
        models = [sub for info in infos for sub in _models_in(info)]
    return sorted({name for m in models for name in m.model_fields})


def _models_in(info: FieldInfo) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    stack: list[Any] = [info.annotation]
    while stack:
        item = stack.pop()
        if isinstance(item, type) and issubclass(item, BaseModel):
            found.append(item)
        stack += get_args(item)
    return found


def suggestion(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known ones, or all of them."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""

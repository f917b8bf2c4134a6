"""Strict reading of YAML configurations: an unknown key is an error, and all errors are reported at once by line."""

from __future__ import annotations

import difflib
import reprlib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from dsia_gen.core.errors import ConfigError, RenamedKeyWarning
from dsia_gen.core.yaml_text import DEPTH_LIMIT, KeyPath, YamlSyntaxError, YamlTextError, read_yaml

FILE_LIMIT = 64 * 2**20
"""Bytes of a configuration file."""
SHOWN_PROBLEMS = 50


class Config(BaseModel):
    """Base of every configuration section: frozen; an unknown key, NaN and infinity are errors.

    Attributes
    ----------
    renamed_keys : Mapping[str, str]
        Keys of earlier versions, and their present names. `read_config` reads the former with a RenamedKeyWarning.
    renamed_values : Mapping[str, Mapping[str, str]]
        By field, a list of words: words of earlier versions, and their present names.
    misplaced_keys : Mapping[str, str]
        Keys that users expect here, and where they belong: the end of a sentence.
    value_limit : int
        Largest number of keys and values of a file of this model, each alias counted as what it stands for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    renamed_keys: ClassVar[Mapping[str, str]] = {}
    misplaced_keys: ClassVar[Mapping[str, str]] = {}
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    value_limit: ClassVar[int] = 100_000


Model = TypeVar("Model", bound=Config)


def read_config(model: type[Model], path: Path, overrides: Sequence[str] = ()) -> Model:
    """Read a YAML file into a configuration.

    Parameters
    ----------
    model : type of Config
        What the file holds.
    path : Path
        The file.
    overrides : sequence of str
        `dotted.key=value` strings, values in YAML, applied on top of the file.

    Returns
    -------
    Config
        An instance of `model`.

    Raises
    ------
    ConfigError
        With every problem: file, line or override, field, and the nearest valid name.

    Warns
    -----
    RenamedKeyWarning
        Once for each former name that the file or the overrides use.
    """
    source = shown_path(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_LIMIT + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a path with a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(source, [f"cannot be read: {reason}; give the path of a YAML file"]) from error
    if len(data) > FILE_LIMIT:
        raise ConfigError(source, [f"is larger than {FILE_LIMIT // 2**20} MiB; give the path of a YAML file"])
    return parse_config(model, text, source, overrides)


def parse_config(model: type[Model], text: str, source: str, overrides: Sequence[str] = ()) -> Model:
    """Read YAML text into a configuration; see `read_config`.

    Parameters
    ----------
    model : type of Config
        What the text holds.
    text : str
        A YAML document; an empty one is an empty mapping.
    source : str
        What messages call the text: a path, or the name of an option.
    overrides : sequence of str
        `dotted.key=value` strings, values in YAML, applied on top of the text.

    Returns
    -------
    Config
        An instance of `model`.

    Raises
    ------
    ConfigError
        With every problem.
    """
    try:
        document, lines, problems = read_yaml(text, model.value_limit)
    except YamlTextError as error:
        raise ConfigError(source, [str(error)]) from error
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise ConfigError(source, [f"must be a mapping of keys to values, not a {type(document).__name__}"])
    renamed = _Renaming(lines, problems)
    renamed.apply([model], document)
    for override in overrides:
        problem = _override(model, document, override, renamed)
        problems += [problem] if problem else []
    try:
        result = model.model_validate(document)
    except ValidationError as error:
        known = set(_paths(document))
        found = error.errors(include_url=False, include_context=False)
        wrong = {problem["loc"][:-1] for problem in found}
        # A list whose items are wrong is called too short as well.
        found = [p for p in found if p["type"] != "too_short" or p["loc"] not in wrong]
        problems += [_describe(model, problem, lines, known) for problem in found]
    if problems:
        numbers = {p: int(p[5:].split(":", 1)[0]) for p in problems if p.startswith("line ")}
        problems.sort(key=lambda p: numbers.get(p, 0))
        more = [f"and {len(problems) - SHOWN_PROBLEMS} more"] if len(problems) > SHOWN_PROBLEMS else []
        raise ConfigError(source, problems[:SHOWN_PROBLEMS] + more)
    for note in renamed.notes.values():
        warnings.warn(RenamedKeyWarning(f"{source}: {note}"), stacklevel=2)
    return result


def field_names(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Names of the fields that are valid at a place of a document.

    Parameters
    ----------
    model : type of BaseModel
        What the document holds.
    path : tuple of str and int
        Keys and list indices from the root of the document.

    Returns
    -------
    list of str
        The names, sorted; none where `path` leads to no section.
    """
    return sorted({name for found in _models_at([model], path) for name in found.model_fields})


def suggestion(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name.

    Parameters
    ----------
    name : str
        The unknown name.
    known : sequence of str
        The valid ones.

    Returns
    -------
    str
        The nearest valid name as a question, else all of them; empty where there are none.
    """
    near = difflib.get_close_matches(name[:100], known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def shown_path(path: Path | str) -> str:
    """A path as messages show it.

    Parameters
    ----------
    path : Path or str
        Any path.

    Returns
    -------
    str
        The path, its middle left out where it is long.
    """
    text = str(path)
    return text if len(text) <= 300 else f"{text[:150]}...{text[-140:]}"


class _Renaming:
    """Replaces former names in a document; `notes` holds one sentence for each, by the former and the present name."""

    def __init__(self, lines: dict[KeyPath, int], problems: list[str]) -> None:
        self.lines, self.problems = lines, problems
        self.notes: dict[tuple[str, str], str] = {}

    def apply(self, models: Sequence[type[BaseModel]], value: Any, path: KeyPath = (), where: str = "") -> None:
        """Rename below `value`, which one of `models` describes; `where` begins a note in place of the line."""
        if isinstance(value, list):
            for i, item in enumerate(value):
                self.apply(models, item, (*path, i), where)
        if not isinstance(value, dict):
            return
        for old, new in _renamed_keys(models).items():
            if old in value:
                line = self.lines.get((*path, old))
                prefix = where or (f"line {line}: " if line else "")
                if new in value:
                    self.problems.append(f"{prefix}{old} is the former name of {new}, which is given too; delete {old}")
                    value.pop(old)
                    continue
                self.note(old, new, prefix)
                value[new] = value.pop(old)
                start = len(path) + 1
                moved = [(key, n) for key, n in self.lines.items() if key[:start] == (*path, old)]
                self.lines.update({(*path, new, *key[start:]): n for key, n in moved})
        for name, words in ((n, w) for m in models if issubclass(m, Config) for n, w in m.renamed_values.items()):
            items = value.get(name)
            if not isinstance(items, list):
                continue
            for i, word in enumerate(items):
                if isinstance(word, str) and word in words:
                    line = self.lines.get((*path, name, i))
                    self.note(word, words[word], where or (f"line {line}: " if line else ""))
                    items[i] = words[word]
        for key, item in value.items():
            self.apply(_models_at(models, (key,)), item, (*path, key), where)

    def note(self, old: str, new: str, prefix: str) -> None:
        self.notes.setdefault((old, new), f"{prefix}{old} is called {new} now; write {new}")


def _renamed_keys(models: Sequence[type[BaseModel]]) -> dict[str, str]:
    return {old: new for m in models if issubclass(m, Config) for old, new in m.renamed_keys.items()}


def _override(model: type[BaseModel], document: dict[str, Any], override: str, renamed: _Renaming) -> str | None:
    """Apply one `dotted.key=value` to a document; what is wrong with it, or None."""
    key, equals, value = override.partition("=")
    if not equals or not key:
        return f"override {override!r:.200} is not of the form key=value"
    shown = f"override {override!r:.200}"
    target: Any = document
    models: list[type[BaseModel]] = [model]
    words = key.split(".")
    if len(words) > DEPTH_LIMIT:
        return f"{shown} reaches more than {DEPTH_LIMIT} levels deep; shorten its key"
    for i, word in enumerate(words):
        if word in (former := _renamed_keys(models)):
            renamed.note(word, former[word], f"{shown}: ")
            words[i] = former[word]
        if i == len(words) - 1:
            break
        name = words[i]
        models = _models_at(models, (int(name) if name.isdigit() else name,))
        if isinstance(target, dict):
            target = target.setdefault(name, {})
        else:
            inside = isinstance(target, list) and name.isdigit() and int(name) < len(target)
            target = target[int(name)] if inside else None
    last = words[-1]
    try:
        parsed, _, twice = read_yaml(value, Config.value_limit)
        if twice:
            return f"{shown}: {twice[0].removeprefix('line 1: ')}"
    except YamlSyntaxError:
        parsed = value  # such as a path that begins with @
    except YamlTextError as error:
        return f"{shown}: {str(error).removeprefix('line 1: ')}"
    renamed.apply(_models_at(models, (last,)), parsed, where=f"{shown}: ")
    if isinstance(target, dict):
        target[last] = parsed
    elif isinstance(target, list) and last.isdigit() and int(last) < len(target):
        target[int(last)] = parsed
    else:
        return f"{shown} points into something that is not a mapping"
    return None


def _describe(model: type[BaseModel], problem: Any, lines: Mapping[KeyPath, int], known: set[KeyPath]) -> str:
    """One of pydantic's problems as a sentence that begins with its line."""
    # The names of union members and of tag values stand in pydantic's location, but not in the file.
    kept: list[str | int] = []
    for i, part in enumerate(problem["loc"]):
        if (*kept, part) in known or i == len(problem["loc"]) - 1 or not isinstance(part, str):
            kept.append(part)
    where = tuple(kept)
    line = next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), None)
    prefix = f"line {line}: " if line else ""
    name = f"{'.'.join(str(part) for part in where) or 'the document':.200}"
    if problem["type"] == "extra_forbidden":
        places = [
            m.misplaced_keys.get(str(where[-1])) for m in _models_at([model], where[:-1]) if issubclass(m, Config)
        ]
        if place := next(filter(None, places), None):
            return f"{prefix}{name} is not a key of this file or section; it belongs {place}"
        return f"{prefix}{name} is not a known key{suggestion(str(where[-1]), field_names(model, where[:-1]))}"
    if problem["type"] == "missing":
        return f"{prefix}{name} is missing"
    message = " ".join(str(problem["msg"]).removeprefix("Value error, ").split())
    message = message[:1].lower() + message[1:]
    # A rule about several fields names them itself.
    given = "" if isinstance(problem["input"], dict | BaseModel) else f" (got {reprlib.repr(problem['input'])})"
    return f"{prefix}{name}: {message:.500}{given}"


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The place of every key and list item of a document."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def _models_at(models: Sequence[type[BaseModel]], path: KeyPath) -> list[type[BaseModel]]:
    """The sections that a document of `models` may hold at `path`."""
    found = list(models)
    for part in path:
        if isinstance(part, str):
            fields: list[FieldInfo] = [m.model_fields[part] for m in found if part in m.model_fields]
            found = [model for field in reversed(fields) for model in models_of(field)]
    return found


def models_of(field: FieldInfo) -> list[type[BaseModel]]:
    """Find the models that a field may hold.

    Parameters
    ----------
    field : FieldInfo
        A field of a model.

    Returns
    -------
    list of type
        The models in its annotation, at any depth.
    """
    found, stack = list[type[BaseModel]](), [field.annotation]
    while stack:
        item: Any = stack.pop()
        if isinstance(item, type) and issubclass(item, BaseModel):
            found.append(item)
        stack += get_args(item)
    return found

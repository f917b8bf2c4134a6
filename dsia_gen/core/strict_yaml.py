"""Strict reading of YAML configurations: an unknown key is an error, and all errors are reported at once by line."""

from __future__ import annotations

import difflib
import reprlib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from dsia_gen.core.errors import ConfigError, RenamedKeyWarning
from dsia_gen.core.yaml_text import DEPTH_LIMIT, KeyPath, YamlSyntaxError, YamlTextError, read_yaml

FILE_LIMIT = 64 * 2**20
"""Bytes of a configuration file."""
SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class KeyChange:
    """What a key of files before a version of the format is in files of that version.

    Parameters
    ----------
    version : int
        The first version in which the key has another name, or another meaning.
    name : str
        The key that has its former meaning.
    now : str
        What the former name means since then, the end of a sentence.
    """

    version: int
    name: str
    now: str


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
    format_version : int or None
        Version of the format of a file of this model; a file states its own as `version`, and without it has 1.
        None where files state none.
    key_changes : Mapping[str, KeyChange]
        Keys whose meaning depends on the version of the file.
    exclusive_keys : Mapping[str, str]
        Pairs of keys of which an override that gives one takes the other away.
    override_models : Mapping[str, type of BaseModel]
        By field, a mapping of dotted keys: the model whose keys they are.
    about_file : frozenset of str
        Fields that say how or where a file is written, and nothing of what it asks for.
    later_keys : frozenset of str
        Keys that came after the first data sets: at their default they do not count in a fingerprint.
    value_limit : int
        Largest number of keys and values of a file of this model, each alias counted as what it stands for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    renamed_keys: ClassVar[Mapping[str, str]] = {}
    misplaced_keys: ClassVar[Mapping[str, str]] = {}
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    format_version: ClassVar[int | None] = None
    key_changes: ClassVar[Mapping[str, KeyChange]] = {}
    exclusive_keys: ClassVar[Mapping[str, str]] = {}
    override_models: ClassVar[Mapping[str, type[BaseModel]]] = {}
    about_file: ClassVar[frozenset[str]] = frozenset()
    later_keys: ClassVar[frozenset[str]] = frozenset()
    value_limit: ClassVar[int] = 100_000


Model = TypeVar("Model", bound=Config)


def read_config(
    model: type[Model], path: Path, overrides: Sequence[str] = (), *, overrides_version: int | None = None
) -> Model:
    """Read a YAML file into a configuration.

    Parameters
    ----------
    model : type of Config
        What the file holds.
    path : Path
        The file.
    overrides : sequence of str
        `dotted.key=value` strings, values in YAML, applied on top of the file.
    overrides_version : int, optional
        Version of the format in which the overrides are meant; that of the file where it is left out.

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
    text, source = _text_of(path), shown_path(path)
    return parse_config(model, text, source, overrides, overrides_version=overrides_version)


def _text_of(path: Path) -> str:
    """The text of a configuration file."""
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
    return text


def read_document(path: Path) -> dict[Any, Any]:
    """Read the mapping that a YAML file holds, whatever its keys are.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its values; none of an empty file.

    Raises
    ------
    ConfigError
        It cannot be read, or holds something else.
    """
    return _mapping(_text_of(path), shown_path(path), Config.value_limit)[0]


def _mapping(text: str, source: str, limit: int) -> tuple[dict[Any, Any], dict[KeyPath, int], list[str]]:
    """The mapping of a YAML text, the line of each key, and keys that occur twice."""
    try:
        document, lines, problems = read_yaml(text, limit)
    except YamlTextError as error:
        raise ConfigError(source, [str(error)]) from error
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise ConfigError(source, [f"must be a mapping of keys to values, not a {type(document).__name__}"])
    return document, lines, problems


def parse_config(
    model: type[Model], text: str, source: str, overrides: Sequence[str] = (), *, overrides_version: int | None = None
) -> Model:
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
    overrides_version : int, optional
        Version of the format in which the overrides are meant; that of the text where it is left out.

    Returns
    -------
    Config
        An instance of `model`.

    Raises
    ------
    ConfigError
        With every problem.
    """
    document, lines, problems = _mapping(text, source, model.value_limit)
    version = _stated_version(model, document)
    renamed = _Renaming(lines, problems, version)
    renamed.apply([model], document)
    if version is not None and version != model.format_version:
        document["version"] = model.format_version  # what it holds is in the present form now
    renamed.version = version if overrides_version is None else overrides_version
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


def _stated_version(model: type[Config], document: Mapping[str, Any]) -> int | None:
    """The version of the format that a document is written in; one that is wrong is left to the model to refuse."""
    if model.format_version is None:
        return None
    stated = document.get("version", 1)
    known = isinstance(stated, int) and not isinstance(stated, bool) and 1 <= stated < model.format_version
    return stated if known else model.format_version


class _Renaming:
    """Replaces former names in a document of a version; `notes` holds one sentence for each, by both names."""

    def __init__(self, lines: dict[KeyPath, int], problems: list[str], version: int | None) -> None:
        self.lines, self.problems, self.version = lines, problems, version
        self.notes: dict[tuple[str, str], str] = {}

    def names(self, models: Sequence[type[BaseModel]]) -> dict[str, KeyChange]:
        """The former names in sections of `models`, in files of this version."""
        configs = [m for m in models if issubclass(m, Config)]
        found = {old: KeyChange(0, new, "") for m in configs for old, new in m.renamed_keys.items()}
        changed = [(old, change) for m in configs for old, change in m.key_changes.items()]
        return found | {o: c for o, c in changed if self.version is not None and self.version < c.version}

    def apply(self, models: Sequence[type[BaseModel]], value: Any, path: KeyPath = (), where: str = "") -> None:
        """Rename below `value`, which one of `models` describes; `where` begins a note in place of the line."""
        if isinstance(value, list):
            for i, item in enumerate(value):
                self.apply(models, item, (*path, i), where)
        if not isinstance(value, dict):
            return
        for old, change in self.names(models).items():
            new = change.name
            if old in value:
                line = self.lines.get((*path, old))
                prefix = where or (f"line {line}: " if line else "")
                if new in value:
                    self.problems.append(f"{prefix}{old} is the former name of {new}, which is given too; delete {old}")
                    value.pop(old)
                    continue
                self.note(old, change, prefix)
                value[new] = value.pop(old)
                start = len(path) + 1
                moved = [(key, n) for key, n in self.lines.items() if key[:start] == (*path, old)]
                self.lines.update({(*path, new, *key[start:]): n for key, n in moved})
        self.rename_values(models, value, path, where)
        for name, model in ((n, t) for m in models if issubclass(m, Config) for n, t in m.override_models.items()):
            if isinstance(value.get(name), dict):
                value[name] = self.dotted(model, value[name], (*path, name), where)
        for key, item in value.items():
            below = _models_at(models, (key,))
            if isinstance(item, dict) and any(_holds_names(m, key) for m in models):
                for name, section in item.items():
                    self.apply(below, section, (*path, key, name), where)
            else:
                self.apply(below, item, (*path, key), where)

    def rename_values(self, models: Sequence[type[BaseModel]], value: Any, path: KeyPath, where: str) -> None:
        """Put present words into the lists of a section."""
        for name, words in ((n, w) for m in models if issubclass(m, Config) for n, w in m.renamed_values.items()):
            items = value.get(name)
            if not isinstance(items, list):
                continue
            for i, word in enumerate(items):
                if isinstance(word, str) and word in words:
                    line = self.lines.get((*path, name, i))
                    self.note(word, KeyChange(0, words[word], ""), where or (f"line {line}: " if line else ""))
                    items[i] = words[word]

    def dotted(self, model: type[BaseModel], values: dict[Any, Any], path: KeyPath, where: str) -> dict[Any, Any]:
        """Values by dotted key of `model`, under the present names of the keys."""
        found: dict[Any, Any] = {}
        for key, item in values.items():
            line, words = self.lines.get((*path, key)), str(key).split(".")
            models = self.present([model], words, where or (f"line {line}: " if line else ""))
            self.apply(models, item, (*path, key), where)
            found[".".join(words) if isinstance(key, str) else key] = item
        return found

    def present(self, models: list[type[BaseModel]], words: list[str], prefix: str) -> list[type[BaseModel]]:
        """Put present names into the words of a dotted key; the models of what it names."""
        for i, word in enumerate(words):
            above = _models_at(models, _key_path(words[:i]))
            if change := self.names(above).get(word):
                self.note(word, change, prefix)
                words[i] = change.name
        return _models_at(models, _key_path(words))

    def note(self, old: str, change: KeyChange, prefix: str) -> None:
        text = f"{prefix}{old} is called {change.name} now; write {change.name}"
        if change.version:
            text = (
                f"{prefix}{old} is read as {change.name}, as files without `version: {change.version}` mean it; write "
                f"{change.name}, or state the version, in which {old} {change.now}"
            )
        self.notes.setdefault((old, change.name), text)


def _key_path(words: Sequence[str]) -> KeyPath:
    """The place that the words of a dotted key lead to."""
    return tuple(int(word) if word.isdigit() else word for word in words)


def _override(model: type[BaseModel], document: dict[str, Any], override: str, renamed: _Renaming) -> str | None:
    """Apply one `dotted.key=value` to a document; what is wrong with it, or None."""
    key, equals, value = override.partition("=")
    if not equals or not key:
        return f"override {override!r:.200} is not of the form key=value"
    shown = f"override {override!r:.200}"
    target: Any = document
    words = key.split(".")
    if len(words) > DEPTH_LIMIT:
        return f"{shown} reaches more than {DEPTH_LIMIT} levels deep; shorten its key"
    models = renamed.present([model], words, f"{shown}: ")
    holders = _models_at([model], _key_path(words[:-1]))
    for name in words[:-1]:
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
    renamed.apply(models, parsed, where=f"{shown}: ")
    if isinstance(target, dict):
        for twin in (m.exclusive_keys.get(last) for m in holders if issubclass(m, Config)):
            target.pop(twin, None)
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
    found, named = list(models), False
    for part in path:
        if named:  # the name of an entry of a mapping of sections
            named = False
        elif isinstance(part, str):
            named = any(_holds_names(m, part) for m in found)
            fields: list[FieldInfo] = [m.model_fields[part] for m in found if part in m.model_fields]
            dotted = [m.override_models[part] for m in found if issubclass(m, Config) and part in m.override_models]
            found = [*dotted, *(model for field in reversed(fields) for model in models_of(field))]
    return found


def _holds_names(model: type[BaseModel], key: object) -> bool:
    """Whether a field is a mapping of names, which a file chooses, to sections."""
    field = model.model_fields.get(key) if isinstance(key, str) else None
    return field is not None and get_origin(field.annotation) is dict and bool(models_of(field))


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

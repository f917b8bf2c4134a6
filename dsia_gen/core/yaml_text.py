"""YAML text within bounds: plain values alone, a limit on their number with aliases expanded, and lines for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import yaml

KeyPath = tuple[str | int, ...]

DEPTH_LIMIT = 64
"""Levels of nested values."""
SCALAR_LIMIT = 65_536
"""Characters of one value or key."""
NUMBER_LIMIT = 64
"""Characters of a number: more than any that a field accepts."""
_CORE = "tag:yaml.org,2002:"
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader, ten times as fast where PyYAML was built with libyaml."""


class YamlTextError(Exception):
    """What is wrong with a text, as one sentence that begins with its line."""


class YamlSyntaxError(YamlTextError):
    """The text is not YAML, or has tags or aliases that are not known."""


class YamlDocument(NamedTuple):
    """The value of a text, the line of each key and list item, and sentences on keys that are given twice."""

    value: Any
    lines: dict[KeyPath, int]
    problems: list[str]


class _PlainLoader(_SafeLoader):  # type: ignore[misc]
    """Reads mappings, lists, words, numbers, true, false and null. No field is a date: `2024-02-31` is a word."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (as PyYAML declares it)
        first: [(tag, pattern) for tag, pattern in pairs if tag not in (f"{_CORE}timestamp", f"{_CORE}value")]
        for first, pairs in _SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {  # noqa: RUF012
        f"{_CORE}{kind}": _SafeLoader.yaml_constructors[f"{_CORE}{kind}"] for kind in ("null", "str", "seq", "map")
    }
    yaml_multi_constructors: dict[str, Any] = {}  # noqa: RUF012


def _number(read: Callable[[Any, yaml.Node], Any], what: str) -> Callable[[Any, yaml.Node], Any]:
    """A constructor of scalars whose failures are problems with a line."""

    def construct(loader: Any, node: yaml.Node) -> Any:
        line = node.start_mark.line + 1
        if len(node.value) > NUMBER_LIMIT:
            raise YamlTextError(f"line {line}: a number of {len(node.value)} characters is too long; shorten it")
        try:
            value = read(loader, node)
        except (ValueError, OverflowError, LookupError, TypeError) as error:
            shown = f"{node.value!r:.80}"
            raise YamlTextError(f"line {line}: {shown} is not {what}; write one, or leave out the tag") from error
        if isinstance(value, int) and abs(value) >= 2**64:
            raise YamlTextError(f"line {line}: {node.value} is larger than any integer here; write a smaller one")
        return value

    return construct


for _kind, _what in (("int", "an integer"), ("float", "a number"), ("bool", "true or false")):
    _PlainLoader.add_constructor(f"{_CORE}{_kind}", _number(_SafeLoader.yaml_constructors[f"{_CORE}{_kind}"], _what))


def _unknown_tag(_: Any, node: yaml.Node) -> Any:
    tag = str(node.tag).replace(_CORE, "!!")
    raise YamlSyntaxError(f"line {node.start_mark.line + 1}: the tag {tag!r:.80} is not known; write a plain value")


_PlainLoader.add_constructor(None, _unknown_tag)


def read_yaml(text: str, limit: int) -> YamlDocument:
    """The value of a YAML text.

    Parameters
    ----------
    text : str
        One document.
    limit : int
        Largest number of keys and values, each alias counted as what it stands for.

    Returns
    -------
    YamlDocument
        The value (None where the text is empty), and where its parts stand.

    Raises
    ------
    YamlTextError
        The text is not valid, has tags of other types, refers to itself, or is larger than the limits.
    """
    try:
        _check_size(text, limit)
        # Lines are looked up before the document is constructed, which writes merged keys (<<) into the nodes.
        loader = _PlainLoader(text)
        try:
            node = loader.get_single_node()
            lines: dict[KeyPath, int] = {}
            problems: list[str] = []
            _key_lines(node, lines, problems)
            return YamlDocument(None if node is None else loader.construct_document(node), lines, problems)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        words = " ".join(f"{error.context or ''} {error.problem or ''}".split())
        raise YamlSyntaxError(f"{line}is not valid YAML: {words:.300}; correct it there or just above") from error
    except yaml.reader.ReaderError as error:
        line = f"line {text[: error.position].count(chr(10)) + 1}: " if isinstance(error.position, int) else ""
        raise YamlSyntaxError(f"{line}is not valid YAML: {error.reason}; delete the character") from error
    except yaml.YAMLError as error:
        raise YamlSyntaxError(f"is not valid YAML: {' '.join(str(error).split()):.300}; correct it") from error
    except UnicodeEncodeError as error:
        line = f"line {text[: error.start].count(chr(10)) + 1}: "
        raise YamlSyntaxError(f"{line}holds a character that is not text; delete it") from error


def _check_size(text: str, limit: int) -> None:
    """Refuse what would grow beyond the limits, from the events of the text: nothing is built yet."""
    sizes: dict[str, int | None] = {}
    """Values that an anchor stands for; None while it is open."""
    opened: list[tuple[Any, int]] = []
    count = 0
    events: Iterable[Any] = yaml.parse(text, Loader=_PlainLoader)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            size = sizes.get(str(event.anchor), 0)  # an unknown alias is refused when the document is composed
            if size is None:
                raise YamlTextError(f"line {line}: *{event.anchor:.80} refers to itself; write its value out")
            count += size
        elif isinstance(event, yaml.ScalarEvent):
            if len(event.value) > SCALAR_LIMIT:
                raise YamlTextError(f"line {line}: a value of {len(event.value)} characters is too long; shorten it")
            count += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, count))
            count += 1
            if event.anchor is not None:
                sizes[event.anchor] = None
            if len(opened) > DEPTH_LIMIT:
                raise YamlTextError(f"line {line}: nested more than {DEPTH_LIMIT} levels deep; write it flatter")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = count - before
        if count > limit:
            raise YamlTextError(f"line {line}: more than {limit:,} values, aliases expanded; write fewer")


def _key_lines(node: yaml.Node | None, lines: dict[KeyPath, int], problems: list[str], path: KeyPath = ()) -> None:
    """Add the line (from 1) of every key and list item to `lines`, and keys given twice to `problems`."""
    items: Iterable[tuple[str | int, yaml.Node, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        items = ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        items = ((i, value, value) for i, value in enumerate(node.value))
    for name, key, value in items:
        here = (*path, name)
        line = key.start_mark.line + 1
        if here in lines:
            problems.append(f"line {line}: {'.'.join(map(str, here)):.200} is given twice; delete one")
        lines[here] = line
        _key_lines(value, lines, problems, here)

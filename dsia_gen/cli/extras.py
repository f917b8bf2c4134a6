"""The extras of the package and what of them is installed, by the metadata that pip would follow."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

NAME = "dsia-gen"
CHECKOUT = Path(__file__).resolve().parents[2]
"""Of a clone; elsewhere the folder that holds the package."""
Extras = Mapping[str, Sequence[Requirement]]


def known_extras(checkout: Path = CHECKOUT) -> Extras:
    """Every extra with its requirements: of `checkout`, where this package is run from one, else as it was installed.

    What is installed of a clone may be older than the clone.
    """
    project = checkout / "pyproject.toml"
    if project.is_file():
        stated = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if stated.get("name") == NAME:
            groups = stated.get("optional-dependencies", {})
            return {name: [Requirement(text) for text in texts] for name, texts in groups.items()}
    try:
        texts = requires(NAME) or []
    except PackageNotFoundError:
        return {}
    found: dict[str, list[Requirement]] = {}
    for text in texts:
        named = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", text)
        if named:
            found.setdefault(named[1], []).append(Requirement(text))
    return found


def missing_of(name: str, extras: Extras) -> list[str]:
    """What an extra still needs on this Python, such as `torch` or `torch>=2.4 (2.1.0 is installed)`."""
    return list(dict.fromkeys(_missing(name, extras, set())))


def _missing(name: str, extras: Extras, seen: set[str]) -> Iterator[str]:
    seen.add(name)
    for requirement in extras.get(name, ()):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": name}):
            continue
        if re.sub(r"[-_.]+", "-", requirement.name).lower() == NAME:
            for other in sorted(requirement.extras - seen):  # an extra that holds another
                yield from _missing(other, extras, seen)
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            yield requirement.name
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            yield f"{requirement.name}{requirement.specifier} ({installed} is installed)"

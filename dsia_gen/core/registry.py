"""The one registry: names of built-in and third-party objects, loaded when they are first asked for."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, cast

from dsia_gen.core.errors import PluginError, UnknownNameError
from dsia_gen.core.strict_yaml import suggestion

LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class _Entry:
    """Where an object is: already loaded, or at an address; `package` gave it, empty for built-in ones."""

    address: str = ""
    package: str = ""
    loaded: Any = None
    problem: str = ""


class Registry(Generic[T]):
    """Objects of one kind by name: built-in ones, and those of installed packages.

    A package adds an object by an entry point of the group ``dsia_gen.<group>``. Nothing is imported before a name is
    looked up. A package that cannot be loaded is reported by name and leaves the other names usable.

    Parameters
    ----------
    group : str
        Last part of the entry points' group, such as ``export_formats``.
    noun : str
        What one object is called in messages, such as ``export format``.
    builtin : Mapping[str, str], optional
        Addresses of the built-in objects (``module:attribute``) by name, in the order in which they are listed.
    extras : Mapping[str, str], optional
        The extra of dsia-gen that a built-in name needs.
    members : Sequence[str], optional
        Attributes that every object has; an object of a package that lacks one of them is reported as broken.
    instances : bool, optional
        Whether the objects are instances: a class at an address is then called without arguments.

    Examples
    --------
    >>> from dsia_gen.core.registry import Registry
    >>> codecs = Registry("codecs", "codec", {"json": "json:dumps"})
    >>> codecs.get("json")([1])
    '[1]'
    """

    def __init__(
        self,
        group: str,
        noun: str,
        builtin: Mapping[str, str] | None = None,
        *,
        extras: Mapping[str, str] | None = None,
        members: Sequence[str] = (),
        instances: bool = False,
    ) -> None:
        self.group = f"dsia_gen.{group}"
        self.noun = noun
        self._extras = dict(extras or {})
        self._members = tuple(members)
        self._instances = instances
        self._own = {name: _Entry(address) for name, address in (builtin or {}).items()}
        self._plugins: dict[str, _Entry] | None = None
        self._reported: set[str] = set()

    def register(self, name: str, value: T) -> T:
        """Add an object of this program.

        Parameters
        ----------
        name : str
            Its name.
        value : T
            The object.

        Returns
        -------
        T
            The same object, so that a decorator can pass it on.

        Raises
        ------
        ValueError
            The name is taken.
        """
        if name in self._own:
            raise ValueError(f"there are two objects of the kind {self.noun} called {name!r}")
        self._own[name] = _Entry(loaded=value)
        return value

    def names(self) -> tuple[str, ...]:
        """List the names: the built-in ones in their order, then those of packages, sorted. Loads none of them.

        Returns
        -------
        tuple of str
            The names; those of packages that cannot be loaded are among them.
        """
        return (*self._own, *sorted(self._found() - self._own.keys()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._found()

    def get(self, name: str) -> T:
        """Load the object of a name.

        Parameters
        ----------
        name : str
            A name of `names`.

        Returns
        -------
        T
            The object; the same one at each call.

        Raises
        ------
        UnknownNameError
            There is no such name; the message names the nearest and all known ones.
        PluginError
            The object cannot be loaded; the message names the package, or the extra that is missing.
        """
        entries = self._own if name in self._own else self._found()
        if name not in entries:
            known = ", ".join(self.names()) or "none"
            near = suggestion(name, self.names())
            hint = near if near.startswith("; did you mean") else "; use one of these"
            raise UnknownNameError(f"{name!r} is not a known {self.noun} (known: {known}){hint}")
        if entries[name].loaded is None:
            entries[name] = replace(entries[name], loaded=self._load(name, entries[name]))
        return cast(T, entries[name].loaded)

    def items(self) -> Iterator[tuple[str, T]]:
        """Load every object that can be loaded; those that cannot be are reported in the log, once.

        Yields
        ------
        tuple of (str, T)
            Name and object, in the order of `names`.
        """
        for name in self.names():
            try:
                yield name, self.get(name)
            except PluginError as error:
                if name not in self._reported:
                    LOG.warning("%s", error)
                self._reported.add(name)

    def problems(self) -> dict[str, str]:
        """Say what is wrong with the packages that add to this registry.

        Returns
        -------
        dict of str to str
            A sentence for each name of a package that is refused or cannot be loaded.
        """
        wrong = {}
        for name, entry in self._found().items():
            try:
                if entry.loaded is None:
                    self._load(name, entry)
            except PluginError as error:
                wrong[name] = str(error)
        return wrong

    def _found(self) -> dict[str, _Entry]:
        """The entries of packages by name; a name that is given twice, or is built in, stands with its problem."""
        if self._plugins is None:
            self._plugins = {}
            for point in sorted(entry_points(group=self.group), key=lambda point: (point.name, point.value)):
                package, known = _package(point), self._plugins.get(point.name)
                problem = ""
                if point.name in self._own:
                    problem = f"the package {package} adds the {self.noun} {point.name!r}, which is built in"
                elif known is not None and (known.address, known.package) != (point.value, package):
                    problem = f"two packages add the {self.noun} {point.name!r}: {known.package} and {package}"
                if problem:
                    LOG.warning("%s; remove it, or ask its authors for another name", problem)
                self._plugins[point.name] = _Entry(point.value, package, problem=problem)
        return self._plugins

    def _load(self, name: str, entry: _Entry) -> Any:
        """The object at an address; PluginError for whatever goes wrong there."""
        what = f"the {self.noun} {name!r}" + (f" of the package {entry.package}" if entry.package else "")
        if entry.problem:
            raise PluginError(f"{entry.problem}; remove one of them, or ask its authors for another name")
        module, _, attribute = entry.address.partition(":")
        try:
            found: Any = importlib.import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
            if self._instances and isinstance(found, type):
                found = found()
        except ImportError as error:
            extra = self._extras.get(name)
            if extra:
                raise PluginError(f"{what} needs the extra [{extra}]; run: pip install 'dsia-gen[{extra}]'") from error
            if not entry.package:
                raise
            raise PluginError(f"{what} cannot be loaded ({error}); install what it needs, or remove it") from error
        except Exception as error:
            if not entry.package:
                raise
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(f"{what} cannot be loaded ({reason}); update or remove the package") from error
        lacking = [member for member in self._members if not hasattr(found, member)]
        if lacking:
            raise PluginError(f"{what} lacks {', '.join(lacking)}; see docs/extending.md, or remove the package")
        return found


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]

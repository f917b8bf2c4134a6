"""Runs a module of this package by a Python that does not have it: `python -I worker_start.py WANTED MODULE`.

WANTED is JSON: the folders in which packages lie by name, and the entry points of those that extend dsia-gen. The
folders themselves stay off the path: compiled packages in them are of another Python. Nothing of dsia_gen is imported
here before that is set up.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder
from os import PathLike
from types import ModuleType
from typing import NoReturn


class DriverDistribution(Distribution):
    """What the driver says of an installed package: its METADATA and entry_points.txt."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._texts = files

    def read_text(self, filename: str) -> str | None:
        return self._texts.get(filename)

    def locate_file(self, path: str | PathLike[str]) -> NoReturn:
        raise FileNotFoundError(path)


class DriverPackages(DistributionFinder):
    """Finds single packages in folders of the driver, and nothing else there."""

    def __init__(self, folders: Mapping[str, str], distributions: Sequence[Mapping[str, str]]) -> None:
        self._folders = folders
        self._distributions = [DriverDistribution(files) for files in distributions]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path  # of a package whose parent was found: its parts do not concern this finder
        folder = self._folders.get(fullname)
        return None if folder is None else PathFinder.find_spec(fullname, [folder], target)

    def find_distributions(
        self,
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008  as its base class has it
    ) -> Iterable[Distribution]:
        return [found for found in self._distributions if context.name in (None, found.metadata["Name"])]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.stderr.write(f"usage: {(__doc__ or '').splitlines()[0]}\n")
        raise SystemExit(2)
    wanted = json.loads(sys.argv[1])
    del sys.argv[:2]
    sys.meta_path.insert(0, DriverPackages(wanted["folders"], wanted["distributions"]))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

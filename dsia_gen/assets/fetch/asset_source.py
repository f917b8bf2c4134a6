"""The contract of a source of assets: what it offers, what to download, and how that becomes files and entries."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.registry import Registry
from dsia_gen.spec.asset import AssetKind

_PLAIN = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_.+-]*")


@dataclass(frozen=True)
class Query:
    """What a user wants of a source: `ids`, or the first `count` whose words hold every one of `words`."""

    count: int = 20
    ids: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    resolution: str = "2k"

    def wants(self, text: str) -> bool:
        """Whether a name with its words holds everything that was asked for."""
        return all(word.lower() in text.lower() for word in self.words)


@dataclass(frozen=True)
class AssetBundle:
    """Something that is downloaded and unpacked as one: its name, the ids of the entries it makes, what is known of it.

    `ids` is empty where only the download tells what is inside.
    """

    name: str
    ids: tuple[str, ...] = ()
    info: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        plain_name(self.name)


def plain_name(name: str) -> str:
    """`name` when it can be that of a file and of an asset; AssetError otherwise, since servers choose names too."""
    if not _PLAIN.fullmatch(name):
        raise AssetError(f"{name!r} cannot be the name of an asset; letters, digits and _ + - . can")
    return name


class FetchSource(Protocol):
    """A place from which assets are fetched."""

    name: ClassVar[str]
    kind: ClassVar[AssetKind]
    base: ClassVar[str]
    about: ClassVar[str]
    keeps_archives: ClassVar[bool]
    """Whether the download stays for a later fetch, because it holds more than was asked for."""

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """What to fetch for a query, without loading it. AssetError when the source lacks what was named."""

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The downloads of a bundle by file name."""

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """Lay the files of the entries below the empty folder `out`, at the paths that the entries state.

        `staged` are the downloads by file name. Hashes are added by the caller.
        """


def base_address(source: FetchSource, given: str | None = None) -> str:
    """Address of a source: `given`, or DSIA_GEN_<NAME>_URL (for mirrors), or the one it is known by."""
    variable = f"DSIA_GEN_{source.name.upper().replace('-', '_')}_URL"
    return (given or os.environ.get(variable) or source.base).rstrip("/")


FETCH_SOURCES: Registry[FetchSource] = Registry(
    "fetch_sources",
    "source of assets",
    {
        "cmu": "dsia_gen.assets.fetch.sources.cmu:CmuMotions",
        "gso": "dsia_gen.assets.fetch.sources.gso:GoogleScannedObjects",
        "mannequinchallenge": "dsia_gen.assets.fetch.sources.camera_paths:MANNEQUINCHALLENGE",
        "polyhaven-hdris": "dsia_gen.assets.fetch.sources.polyhaven:PolyHavenHdris",
        "polyhaven-textures": "dsia_gen.assets.fetch.sources.polyhaven:PolyHavenTextures",
        "realestate10k": "dsia_gen.assets.fetch.sources.camera_paths:REALESTATE10K",
    },
    members=("name", "kind", "base", "about", "keeps_archives", "choose", "files", "unpack"),
    instances=True,
)
"""Every source of assets by name."""

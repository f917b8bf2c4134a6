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
    """What a user wants of a source: assets by name, or the first that fit some words.

    Parameters
    ----------
    count : int
        How many, where none are named.
    ids : tuple of str
        Names, as the source has them.
    words : tuple of str
        What the name or the tags of each asset hold.
    resolution : str
        Resolution of images, such as "2k".
    """

    count: int = 20
    ids: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    resolution: str = "2k"

    def wants(self, text: str) -> bool:
        """Tell whether an asset fits the words.

        Parameters
        ----------
        text : str
            Its name and tags.

        Returns
        -------
        bool
            Whether `text` holds every word, in upper or lower case.
        """
        return all(word.lower() in text.lower() for word in self.words)


@dataclass(frozen=True)
class AssetBundle:
    """What is downloaded and unpacked as one.

    Parameters
    ----------
    name : str
        Its name, fit for a file and for an asset.
    ids : tuple of str
        Ids of the entries that it makes; empty where only the download tells.
    info : Mapping of str to value
        What the source says of it.
    """

    name: str
    ids: tuple[str, ...] = ()
    info: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        plain_name(self.name)


def plain_name(name: str) -> str:
    """Check a name that a server chose.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    AssetError
        It cannot be the name of a file and of an asset.
    """
    if not _PLAIN.fullmatch(name):
        raise AssetError(f"{name!r} cannot be the name of an asset; letters, digits and _ + - . can")
    return name


class FetchSource(Protocol):
    """A place from which assets are fetched. Entry points of `dsia_gen.fetch_sources` name one."""

    name: ClassVar[str]
    kind: ClassVar[AssetKind]
    base: ClassVar[str]
    about: ClassVar[str]
    keeps_archives: ClassVar[bool]
    """Whether the download stays for a later fetch, because it holds more than was asked for."""

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """Choose what to fetch, without downloading it.

        Parameters
        ----------
        web : Web
            For lists and descriptions.
        base : str
            Address of the source, without a slash at the end.
        query : Query
            What the user wants.

        Returns
        -------
        Sequence of AssetBundle
            At least one.

        Raises
        ------
        AssetError
            The source lacks what was named, or nothing fits.
        """

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """List the downloads of a bundle.

        Parameters
        ----------
        web : Web
            For descriptions.
        base : str
            Address of the source.
        bundle : AssetBundle
            One that `choose` returned.
        query : Query
            What the user wants.

        Returns
        -------
        Mapping of str to RemoteFile
            By file name.
        """

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """Lay out the files of a bundle, and describe them.

        Parameters
        ----------
        bundle : AssetBundle
            The bundle.
        staged : Mapping of str to Path
            The downloads by file name.
        out : Path
            An empty folder; files lie in it at the paths that the entries state.
        query : Query
            What the user wants.

        Returns
        -------
        list of Entry
            The assets; hashes are added by the caller.
        """


def base_address(source: FetchSource, given: str | None = None) -> str:
    """Find the address of a source, or of its mirror.

    Parameters
    ----------
    source : FetchSource
        The source.
    given : str, optional
        The address to use.

    Returns
    -------
    str
        `given`, or the variable DSIA_GEN_<NAME>_URL, or the one it is known by; without a slash at the end.
    """
    variable = f"DSIA_GEN_{source.name.upper().replace('-', '_')}_URL"
    return (given or os.environ.get(variable) or source.base).rstrip("/")


FETCH_SOURCES: Registry[FetchSource] = Registry(
    "fetch_sources",
    "source of assets",
    {
        "ambientcg": "dsia_gen.assets.fetch.sources.ambientcg:AmbientCg",
        "cmu": "dsia_gen.assets.fetch.sources.cmu:CmuMotions",
        "github": "dsia_gen.assets.fetch.sources.github:GitHubRepositories",
        "gso": "dsia_gen.assets.fetch.sources.gso:GoogleScannedObjects",
        "mannequinchallenge": "dsia_gen.assets.fetch.sources.camera_paths:MANNEQUINCHALLENGE",
        "objaverse": "dsia_gen.assets.fetch.sources.objaverse:Objaverse",
        "polyhaven-hdris": "dsia_gen.assets.fetch.sources.polyhaven:PolyHavenHdris",
        "polyhaven-textures": "dsia_gen.assets.fetch.sources.polyhaven:PolyHavenTextures",
        "realestate10k": "dsia_gen.assets.fetch.sources.camera_paths:REALESTATE10K",
    },
    members=("name", "kind", "base", "about", "keeps_archives", "choose", "files", "unpack"),
    instances=True,
)
"""Every source of assets by name."""

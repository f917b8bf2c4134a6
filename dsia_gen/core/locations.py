"""Where files lie: a folder, or an address in an object store and the folder of this machine that mirrors it."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dsia_gen.core.errors import StorageError

Place = Path | str
"""A folder, as a Path, or an address, as text."""

CACHE = "DSIA_GEN_CACHE"
MESH_CACHE = "DSIA_GEN_MESH_CACHE"
"""Most MiB of the meshes of people that are kept there; 0 keeps nothing."""
_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]+):/(/?)(?=[^/]|/[^/])")
"""pathlib takes one of the two slashes away; it is put back. One letter before the colon is a drive."""


def place_of(text: Place) -> Place:
    """What a place is.

    Parameters
    ----------
    text : Path or str
        A folder (file:// too), or an address, also one that was made a Path on its way.

    Returns
    -------
    Path or str
        A folder as a Path, an address as text without a slash at its end.

    Raises
    ------
    StorageError
        For an address that carries a password or a token.
    """
    given = str(text)
    if not _ADDRESS.match(given):
        return Path(text)
    parts = urlsplit(_ADDRESS.sub(r"\1://", given))
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if ":" in parts.netloc.rpartition("@")[0] or parts.query:
        raise StorageError(
            f"an address of {parts.scheme}:// must carry no password or token, for it is kept beside the data and in "
            "logs; give the credentials in the environment, as the client of the store reads them"
        )
    return parts.geturl().rstrip("/")


def is_address(place: Place) -> bool:
    """Whether a place is in an object store and not a folder.

    Parameters
    ----------
    place : Path or str
        A folder or an address.

    Returns
    -------
    bool
        Whether it is an address.
    """
    return isinstance(place_of(place), str)


def join(place: Place, *names: str) -> str:
    """The text of something below a place, for people.

    Parameters
    ----------
    place : Path or str
        A folder or an address.
    *names : str
        Names below it.

    Returns
    -------
    str
        The path or address.
    """
    return "/".join([str(place), *names]) if is_address(place) else str(Path(place, *names))


def cache_folder() -> Path:
    """Where this machine keeps what it downloaded.

    Returns
    -------
    Path
        DSIA_GEN_CACHE of the environment, or dsia-gen in the user's cache folder.
    """
    given = os.environ.get(CACHE)
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dsia-gen"


def local_folder(kind: str, place: Place) -> Path:
    """The folder of this machine for a place.

    Parameters
    ----------
    kind : str
        What lies there: data or assets.
    place : Path or str
        A folder or an address.

    Returns
    -------
    Path
        The folder itself, or the one that mirrors the address; its name has a part to read and a hash.
    """
    found = place_of(place)
    if isinstance(found, Path):
        return found
    words = re.sub(r"[^A-Za-z0-9._-]+", "_", found)[-80:]
    return cache_folder() / kind / f"{hashlib.sha256(found.encode()).hexdigest()[:12]}_{words}"

"""Objaverse 1.0 (Deitke et al. 2023): 800,000 models of Sketchfab by their uid, each under a licence of its own.

On the hub, `object-paths.json.gz` has the file of each uid (`glbs/000-023/<uid>.glb`), and `metadata/000-023.json.gz`
what Sketchfab says of the models of a folder: `license`, `name`, `user`, `tags`, `categories`, `viewerUrl`.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.object_fields import gltf_fields
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.licences import Permissions, permissions
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import AssetKind

_UID = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"glbs/(\d{3}-\d{3})/[0-9a-f]{32}\.glb")
_LARGEST_INDEX = 2**30
_LICENCES = {"by": "CC-BY-4.0", "by-sa": "CC-BY-SA-4.0", "by-nd": "CC-BY-ND-4.0", "by-nc": "CC-BY-NC-4.0",
             "by-nc-sa": "CC-BY-NC-SA-4.0", "by-nc-nd": "CC-BY-NC-ND-4.0", "cc0": "CC0-1.0"}  # fmt: skip


class Objaverse:
    """Models by uid; nothing is chosen by words, since that would need the metadata of all."""

    name: ClassVar[str] = "objaverse"
    kind: ClassVar[AssetKind] = "object"
    base: ClassVar[str] = "https://huggingface.co/datasets/allenai/objaverse/resolve/main"
    about: ClassVar[str] = "Objaverse 1.0: models of Sketchfab by uid (--id or --list), each with its own licence"
    keeps_archives: ClassVar[bool] = False

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """The models of a list of uids. AssetError for a name that is none, or that the index does not have."""
        if not query.ids:
            raise AssetError("objaverse needs uids: name them with --id, or a file with one a line with --list")
        for uid in query.ids:
            if not _UID.fullmatch(uid):
                raise AssetError(f"{uid!r} is not a uid of Objaverse, which has 32 digits from 0 to f")
        places = _index(web, f"{base}/object-paths.json.gz")
        folders: dict[str, list[str]] = defaultdict(list)
        for uid in query.ids:
            match = _PLACE.fullmatch(str(places.get(uid, "")))
            if match is None:
                raise AssetError(f"Objaverse has no model {uid}; its uids are those of `objaverse.load_uids()`")
            folders[match[1]].append(uid)
        found = dict[str, Mapping[str, Any]]()
        for folder, uids in folders.items():
            said = _index(web, f"{base}/metadata/{folder}.json.gz")
            found |= {uid: {**(said.get(uid) or {}), "folder": folder} for uid in uids}
        return [AssetBundle(uid, (f"objaverse/{uid}",), found[uid]) for uid in query.ids]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The model."""
        return {f"{bundle.name}.glb": RemoteFile(f"{base}/glbs/{bundle.info['folder']}/{bundle.name}.glb")}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """One GLB, with the licence and the maker that Sketchfab states of it."""
        (path,) = staged.values()
        file = f"objects/objaverse/{bundle.name}.glb"
        (out / file).parent.mkdir(parents=True)
        path.replace(out / file)
        info = bundle.info
        fields = gltf_fields(out / file)
        words = [str(item.get("name", "")) for key in ("categories", "tags") for item in _objects(info.get(key))]
        tags = [re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in words]
        user = info.get("user") if isinstance(info.get("user"), dict) else {}
        author = " ".join(str((user or {}).get("displayName") or (user or {}).get("username") or "").split())
        title = " ".join(str(info.get("name") or bundle.name).split())
        given = fields.pop("tags")
        assert isinstance(given, list)
        entry = Entry(
            id=bundle.ids[0],
            kind="object",
            file=file,
            fetch=f"{self.name}:{bundle.name}",
            source=f"Objaverse, {title:.100}",
            get=str(info.get("viewerUrl") or f"https://sketchfab.com/3d-models/{bundle.name}"),
            attribution=f"{title:.100} by {author}" if author else "",
            **_licence(info.get("license"))._asdict(),
            **fields,
            tags=list(dict.fromkeys([*given, *filter(None, tags)]))[:20],
        )
        return [entry]


def _licence(stated: Any) -> Permissions:
    """Sketchfab's short name of a licence; `unknown` where the metadata has none."""
    name = str(stated or "").strip().lower()
    return permissions(_LICENCES.get(name, str(stated or "unknown")))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _index(web: Web, url: str) -> dict[str, Any]:
    """A gzipped JSON table. AssetError where it is none, or unpacks to more than such a table has."""
    packed = web.data(url)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            text = stream.read(_LARGEST_INDEX + 1)
        if len(text) > _LARGEST_INDEX:
            raise ValueError("it unpacks to more than it may")
        table = json.loads(text)
    except (OSError, EOFError, ValueError) as error:
        raise AssetError(f"{url} is not a gzipped table ({str(error)[:80]}); the source changed") from error
    if not isinstance(table, dict):
        raise AssetError(f"{url} did not answer with a table of uids; the source changed")
    return table

"""Google Scanned Objects: a thousand household objects (Downs et al. 2022), on Gazebo Fuel.

Fuel's REST interface: `/1.0/models?q=collections:<name>&page=N&per_page=100` lists (past the last page it
is 404 or empty), `/1.0/<owner>/models/<name>` describes one, and with `.zip` at the end it is the model's archive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from dsia_gen.assets.fetch.archive import unpack
from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.obj_size import obj_bounds
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.licences import permissions
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import AssetKind

OWNER = "GoogleResearch"
COLLECTION = "Scanned Objects by Google Research"
_LISTINGS = (
    f"models?page={{page}}&per_page=100&q=collections:{quote(COLLECTION)}",
    f"{OWNER}/collections/{quote(COLLECTION)}/models?page={{page}}&per_page=100",
)
"""Two ways to the same list; Fuel's search has been switched off at times."""
_WANTED = ("meshes/", "materials/")
_CREDIT = "Google LLC, Google Scanned Objects (Downs et al. 2022)"


class GoogleScannedObjects:
    """Objects in metres, Z up; the texture lies in materials/textures beside the mesh."""

    name: ClassVar[str] = "gso"
    kind: ClassVar[AssetKind] = "object"
    base: ClassVar[str] = "https://fuel.gazebosim.org"
    about: ClassVar[str] = "Google Scanned Objects: 1,030 scanned household objects, CC-BY-4.0"
    keeps_archives: ClassVar[bool] = False

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """Models by name, or the first of the collection."""
        found: dict[str, Mapping[str, Any]] = {}
        for name in query.ids:
            model = web.json(f"{base}/1.0/{OWNER}/models/{quote(name)}", missing_ok=True)
            if not isinstance(model, dict):
                raise AssetError(f"{OWNER} has no model {name!r} on {base}; names are those of `dsia-gen assets list`")
            found[name] = model
        for route in () if query.ids else _LISTINGS:
            page = 1
            while len(found) < query.count:
                address = f"{base}/1.0/{route.format(page=page)}"
                models = web.json(address, missing_ok=True) or []
                if not isinstance(models, list) or not all(isinstance(m, dict) and "name" in m for m in models):
                    raise AssetError(f"{address} did not answer with a list of models; the source changed")
                if not models:
                    break
                for model in models:
                    words = [*(model.get("categories") or []), *(model.get("tags") or [])]
                    if query.wants(" ".join([str(model["name"]).replace("_", " "), *map(str, words)])):
                        found[str(model["name"])] = model
                page += 1
            if page > 1:
                break
        if not found:
            raise AssetError(f"no model of {COLLECTION!r} fits; look at {base}, or name models with --id")
        chosen = list(found.items())[: None if query.ids else query.count]
        return [AssetBundle(name, (f"gso/{name}",), model) for name, model in chosen]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The archive of a model; Fuel packs it on demand, so its size is not known before."""
        return {f"{bundle.name}.zip": RemoteFile(f"{base}/1.0/{OWNER}/models/{quote(bundle.name)}.zip")}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """Mesh, material and texture; thumbnails and simulation files stay packed."""
        folder = f"objects/gso/{bundle.name}"
        (archive,) = staged.values()
        paths = unpack(archive, out, lambda name: f"{folder}/{name}" if name.startswith(_WANTED) else None)
        mesh = f"{folder}/meshes/model.obj"
        if mesh not in paths:
            raise AssetError(f"{bundle.name}: the archive has no meshes/model.obj; the source changed its layout")
        allowed = permissions(str(bundle.info.get("license_name", "unknown")), str(bundle.info.get("license_url", "")))
        low, high = obj_bounds(out / mesh)
        size = high - low
        words = [str(word).lower().replace(" ", "-") for word in bundle.info.get("categories") or []]
        entry = Entry(
            id=bundle.ids[0],
            kind="object",
            file=mesh,
            files={path: "" for path in paths if path != mesh},
            fetch=f"{self.name}:{bundle.name}",
            source=f"Google Scanned Objects, {bundle.name}",
            attribution=_CREDIT,
            **allowed._asdict(),
            up="Z",
            size=round(float(max(size[0], size[1], 1e-3)), 4),
            height=round(float(max(size[2], 1e-3)), 4),
            tags=list(dict.fromkeys(["foreground", "outdoor", "indoor", *words])),
        )
        return [entry]

"""A source of assets: tileable surfaces of a web server."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.manifest import Entry


class Tiles:
    """Surfaces by name, as `NAME.png`."""

    name, kind, base = "example", "texture", "https://tiles.example"
    about, keeps_archives = "Tiles: tileable surfaces, CC0", False

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        return [AssetBundle(name, (f"example/{name}",)) for name in query.ids]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        return {f"{bundle.name}.png": RemoteFile(f"{base}/{bundle.name}.png")}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        ((name, path),) = staged.items()
        path.replace(out / name)
        terms = {"licence": "CC0-1.0", "redistribution": "yes", "training": "yes"}
        return [Entry(id=bundle.ids[0], kind="texture", file=name, source="Tiles", size=1.0, **terms)]

"""ambientCG: photographed surfaces and HDR environments, CC0, through its public interface (https://docs.ambientcg.com).

`/api/v2/full_json?include=downloadData,tagData&type=T&limit=N&offset=K` (or `&id=A,B`) answers `foundAssets`; the
downloads of each lie in `downloadFolders.*.downloadFiletypeCategories.zip.downloads`, with an `attribute` as `2K-JPG`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import quote

from dsia_gen.assets.fetch.archive import unpack
from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.manifest import Entry
from dsia_gen.assets.texture_maps import sets_of
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import AssetKind

_PAGE = 100
_IMAGES = (".jpg", ".jpeg", ".png")
_FORMATS = ("JPG", "PNG")


class AmbientCg:
    """Tileable surfaces as archives of maps; what is not a map of the surface stays packed."""

    name: ClassVar[str] = "ambientcg"
    kind: ClassVar[AssetKind] = "texture"
    base: ClassVar[str] = "https://ambientcg.com"
    about: ClassVar[str] = "ambientCG: 2,000 tileable surfaces, CC0; --resolution 1k to 16k"
    keeps_archives: ClassVar[bool] = False

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """Materials by name, or the most popular that fit."""
        address = f"{base}/api/v2/full_json?include=downloadData,tagData&type=Material"
        if query.ids:
            listed = dict[str, Mapping[str, Any]]()
            for begin in range(0, len(query.ids), _PAGE):
                names = ",".join(quote(name) for name in query.ids[begin : begin + _PAGE])
                found, _ = _page(web, f"{address}&limit={_PAGE}&offset=0&id={names}")
                listed |= {str(item["assetId"]): item for item in found}
            unknown = [name for name in query.ids if name not in listed]
            if unknown:
                raise AssetError(f"ambientCG has no material {unknown[0]!r}; names are those of its pages, as Wood068")
            return [AssetBundle(name, (f"ambientcg/{name}",), listed[name]) for name in query.ids]
        chosen, offset = list[AssetBundle](), 0
        while len(chosen) < query.count:
            found, total = _page(web, f"{address}&sort=Popular&limit={_PAGE}&offset={offset}")
            for item in found:
                name = str(item["assetId"])
                words = [name, str(item.get("displayName", "")), *map(str, item.get("tags") or [])]
                if query.wants(" ".join(words)):
                    chosen.append(AssetBundle(name, (f"ambientcg/{name}",), item))
            offset += _PAGE
            if not found or offset >= total:
                break
        if not chosen:
            raise AssetError(f"no material of ambientCG fits {' '.join(query.words)!r}")
        return chosen[: query.count]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The archive of a material in the resolution that was asked for, as JPEG if there is one."""
        offered = {str(item.get("attribute", "")).upper(): item for item in _downloads(bundle.info)}
        for form in _FORMATS:
            item = offered.get(f"{query.resolution.upper()}-{form}")
            link = item and (item.get("fullDownloadPath") or item.get("downloadLink"))
            if item and link:
                size = item.get("size")
                return {
                    f"{bundle.name}.zip": RemoteFile(str(link), size if isinstance(size, int) and size > 0 else None)
                }
        known = ", ".join(sorted(offered, key=lambda text: (len(text), text))) or "nothing"
        raise AssetError(f"{bundle.name} is not offered in {query.resolution}; ambientCG has {known}")

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """The maps of a surface in a folder of its own; the colour is the entry's file."""
        (archive,) = staged.values()
        folder = f"textures/ambientcg/{bundle.name}"

        def wanted(member: str) -> str | None:
            name = PurePosixPath(member).name
            # `Wood068.png` is a picture of the material on a ball, and no map.
            keep = name.lower().endswith(_IMAGES) and PurePosixPath(name).stem != bundle.name
            return f"{folder}/{name}" if keep else None

        paths = unpack(archive, out, wanted)
        sets, _ = sets_of(paths)
        if not sets:
            raise AssetError(f"{bundle.name}: the archive has no map of colour ({', '.join(paths[:4]):.200})")
        colour = min(sets)
        words = [str(word).lower().replace(" ", "-") for word in bundle.info.get("tags") or []]
        entry = Entry(
            id=bundle.ids[0],
            kind="texture",
            file=colour,
            files={path: "" for path in paths if path != colour},
            fetch=f"{self.name}:{bundle.name}",
            source=f"ambientCG, {bundle.name}",
            get=f"https://ambientcg.com/view?id={bundle.name}",
            licence="CC0-1.0",
            attribution="ambientCG.com",
            redistribution="yes",
            training="yes",
            tags=list(dict.fromkeys(words)),
        )
        return [entry]


def _page(web: Web, address: str) -> tuple[list[Mapping[str, Any]], int]:
    """The assets of one answer, and how many there are in all."""
    answer = web.json(address)
    found = answer.get("foundAssets") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) and "assetId" in item for item in found):
        raise AssetError(f"{address} did not answer with `foundAssets`; the source changed")
    total = answer.get("numberOfResults")
    return found, total if isinstance(total, int) else len(found)


def _downloads(info: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every archive that an asset is offered as."""
    folders = info.get("downloadFolders")
    for folder in folders.values() if isinstance(folders, dict) else ():
        kinds = folder.get("downloadFiletypeCategories") if isinstance(folder, dict) else None
        zips = kinds.get("zip") if isinstance(kinds, dict) else None
        listed = zips.get("downloads") if isinstance(zips, dict) else None
        yield from (item for item in (listed if isinstance(listed, list) else []) if isinstance(item, dict))

"""Poly Haven: HDR environments and textures, CC0, through its public interface (https://api.polyhaven.com).

`/assets?type=T` lists assets with categories, tags and authors; `/files/<id>` gives the files by map, resolution and
format, each with address, size and MD5. The interface asks for a User-Agent that says who calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import quote, urlsplit

from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.hdri_tags import hdri_tags
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.spec.asset import AssetKind


class _PolyHaven:
    name: ClassVar[str]
    kind: ClassVar[AssetKind]
    base: ClassVar[str] = "https://api.polyhaven.com"
    about: ClassVar[str]
    keeps_archives: ClassVar[bool] = False
    type: ClassVar[str]
    prefix: ClassVar[str] = "polyhaven"
    maps: ClassVar[tuple[str, ...]]
    """Maps as the interface names them; all but the first may be missing."""
    formats: ClassVar[tuple[str, ...]]

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """Assets by name, or those that were downloaded most."""
        offered = web.json(f"{base}/assets?type={self.type}")
        if not isinstance(offered, dict):
            raise AssetError(f"{base} answered a {type(offered).__name__} instead of a table of assets")
        unknown = [name for name in query.ids if name not in offered]
        if unknown:
            raise AssetError(f"Poly Haven has no {self.type} named {unknown[0]!r}{suggestion(unknown[0], [*offered])}")
        fit = []
        for name, info in offered.items():
            words = [name.replace("_", " "), *(info.get("categories") or []), *(info.get("tags") or [])]
            if query.wants(" ".join(map(str, words))):
                fit.append((-int(info.get("download_count") or 0), name))
        names = query.ids or [name for _, name in sorted(fit)[: query.count]]
        if not names:
            raise AssetError(f"no {self.type} of Poly Haven fit {' '.join(query.words)!r}")
        return [AssetBundle(name, (f"{self.prefix}/{name}",), offered[name]) for name in names]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The files of an asset in the resolution that was asked for."""
        offered, files = web.json(f"{base}/files/{quote(bundle.name)}"), {}
        for part in self.maps:
            try:
                if part != self.maps[0] and part not in offered:
                    continue
                sizes = offered[part]
                if query.resolution not in sizes:
                    known = ", ".join(sorted(sizes, key=lambda text: (len(text), text)))
                    raise AssetError(f"{bundle.name} is not offered in {query.resolution}; Poly Haven has {known}")
                form = next(form for form in self.formats if form in sizes[query.resolution])
                found = sizes[query.resolution][form]
                name = PurePosixPath(urlsplit(str(found["url"])).path).name
                files[name] = RemoteFile(str(found["url"]), int(found["size"]), str(found.get("md5", "")))
            except (KeyError, TypeError, ValueError, StopIteration) as error:
                formats = " or ".join(self.formats)
                raise AssetError(f"Poly Haven's answer for {bundle.name} lists no {part} as {formats}") from error
        return files

    def _entry(self, bundle: AssetBundle, file: str, files: Sequence[str], tags: Sequence[str]) -> Entry:
        authors = ", ".join(map(str, bundle.info.get("authors") or {}))
        return Entry(
            id=bundle.ids[0],
            kind=self.kind,
            file=file,
            files=dict.fromkeys(files, ""),
            fetch=f"{self.name}:{bundle.name}",
            source=f"Poly Haven, {bundle.name}",
            get=f"https://polyhaven.com/a/{bundle.name}",
            licence="CC0-1.0",
            attribution=f"{authors} (Poly Haven)" if authors else "Poly Haven",
            redistribution="yes",
            training="yes",
            tags=list(tags),
        )


class PolyHavenHdris(_PolyHaven):
    """Equirectangular environments, as Radiance HDR."""

    name: ClassVar[str] = "polyhaven-hdris"
    kind: ClassVar[AssetKind] = "hdri"
    about: ClassVar[str] = "Poly Haven: hundreds of HDR environments, CC0; --resolution 1k to 16k"
    type: ClassVar[str] = "hdris"
    maps: ClassVar[tuple[str, ...]] = ("hdri",)
    formats: ClassVar[tuple[str, ...]] = ("hdr", "exr")

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """One file."""
        ((name, path),) = staged.items()
        file = _lay(path, out, f"hdris/{name}")
        return [self._entry(bundle, file, [], hdri_tags(bundle.info.get("categories") or []))]


class PolyHavenTextures(_PolyHaven):
    """Tileable surfaces: colour, normals in OpenGL's convention (Blender's), roughness, as JPEG.

    Displacement is left out, since it needs geometry.
    """

    name: ClassVar[str] = "polyhaven-textures"
    kind: ClassVar[AssetKind] = "texture"
    about: ClassVar[str] = "Poly Haven: hundreds of tileable surfaces, CC0; --resolution 1k to 8k"
    type: ClassVar[str] = "textures"
    prefix: ClassVar[str] = "polyhaven/texture"
    maps: ClassVar[tuple[str, ...]] = ("Diffuse", "nor_gl", "Rough")
    formats: ClassVar[tuple[str, ...]] = ("jpg", "png")

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """The maps of a surface in a folder of its own; the colour is the entry's file."""
        colour, *others = (_lay(path, out, f"textures/{bundle.name}/{name}") for name, path in staged.items())
        words = [str(word).lower().replace(" ", "-") for word in bundle.info.get("categories") or []]
        entry = self._entry(bundle, colour, others, list(dict.fromkeys(words)))
        # Poly Haven states sides in millimetres; metres here, or none.
        sides = bundle.info.get("dimensions")
        width = sides[0] if isinstance(sides, list) and sides and isinstance(sides[0], int | float) else 0.0
        return [entry.model_copy(update={"size": float(width) / 1000 if width > 0 else None})]


def _lay(staged: Path, out: Path, path: str) -> str:
    """Move a download to its place below `out`."""
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    staged.replace(out / path)
    return path

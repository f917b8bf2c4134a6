"""Collections of models in repositories on GitHub, as a file lists them: which files they are, and their terms.

`/<owner>/<name>/zip/<commit>` of codeload.github.com is the archive of a repository at a commit; its files lie in one
folder, `<name>-<commit>/`. `github_collections.yaml` beside this module lists collections; a file of a user's own is
named in their place (`--id my_collections.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar, Literal
from urllib.parse import unquote

from pydantic import Field

from dsia_gen.assets.fetch.archive import members, unpack
from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.object_fields import gltf_fields
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.importing.headers import gltf_document, gltf_items
from dsia_gen.assets.licences import permissions
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.strict_yaml import Config, read_config, suggestion
from dsia_gen.motion.text_files import is_lfs_pointer
from dsia_gen.spec.asset import AssetKind

SHIPPED = Path(__file__).with_name("github_collections.yaml")


class GitHubCollection(Config):
    """Files of one repository at one commit, of one kind and under one licence."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-][A-Za-z0-9_.+-]*$", description="by which it is fetched")]
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", description="owner/name")]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$", description="its files do not change")]
    title: str
    kind: Literal["object", "character", "motion"] = "object"
    files: Annotated[list[InsidePath], Field(min_length=1, description="patterns of the models' paths: `*`, `?`")]
    parts: Annotated[list[InsidePath], Field(description="patterns of other files that every model needs")] = Field(
        default_factory=list
    )
    licence: str
    attribution: str = ""
    height: Annotated[float | None, Field(gt=0, le=10, description="metres, of characters")] = None
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    up: Literal["Y", "Z"] = "Y"
    tags: list[str] = Field(default_factory=list)


class GitHubCollections(Config):
    """A list of collections."""

    collections: Annotated[list[GitHubCollection], Field(min_length=1)]


class GitHubRepositories:
    """Models of the collections that are named."""

    name: ClassVar[str] = "github"
    kind: ClassVar[AssetKind] = "object"
    base: ClassVar[str] = "https://codeload.github.com"
    about: ClassVar[str] = (
        "collections of models on GitHub (KayKit and others): --id NAME, or a list of your own (.yaml)"
    )
    keeps_archives: ClassVar[bool] = True

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """The collections that are named, or all that are shipped and fit the words."""
        known = _collections(SHIPPED)
        chosen = dict[str, GitHubCollection]()
        for name in query.ids:
            if name.endswith((".yaml", ".yml")):
                chosen |= _collections(Path(name))
            elif name in known:
                chosen[name] = known[name]
            else:
                raise AssetError(
                    f"no collection is named {name!r} (known: {', '.join(known)}){suggestion(name, [*known])}"
                )
        if not query.ids:
            fit = [c for c in known.values() if query.wants(f"{c.name} {c.title} {c.kind} {' '.join(c.tags)}")]
            chosen = {c.name: c for c in fit[: query.count]}
        if not chosen:
            raise AssetError(f"no collection fits {' '.join(query.words)!r} (known: {', '.join(known)})")
        return [AssetBundle(name, (), {"collection": collection}) for name, collection in chosen.items()]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The archive of the repository, kept for other collections of it."""
        collection: GitHubCollection = bundle.info["collection"]
        archive = f"{collection.repository.replace('/', '+')}-{collection.commit}.zip"
        return {archive: RemoteFile(f"{base}/{collection.repository}/zip/{collection.commit}")}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """The models and what they need, at the places that they have in the repository."""
        (archive,) = staged.values()
        collection: GitHubCollection = bundle.info["collection"]
        listed = {_inner(member.name): member.name for member in members(archive)}
        models = sorted(name for name in listed if _fits(name, collection.files))
        if not models:
            raise AssetError(f"{collection.repository} has no file like {collection.files[0]!r} at that commit")
        folder = f"{collection.kind}s/github/{collection.name}"
        # Beside the models lie buffers and images that they may name.
        near = {str(PurePosixPath(name).parent) for name in models}
        kept = {n for n in listed if n in models or _fits(n, collection.parts) or str(PurePosixPath(n).parent) in near}
        unpack(archive, out, lambda member: f"{folder}/{_inner(member)}" if _inner(member) in kept else None)
        common = [f"{folder}/{name}" for name in sorted(kept) if _fits(name, collection.parts)]
        return [self._entry(collection, folder, name, common, out) for name in models]

    def _entry(self, collection: GitHubCollection, folder: str, name: str, common: Sequence[str], out: Path) -> Entry:
        path = out / folder / name
        if is_lfs_pointer(path):
            raise AssetError(
                f"{collection.repository} keeps {name} in Git LFS, which its archive does not hold; clone it"
            )
        fields: dict[str, object] = {"up": collection.up}
        gltf = path.suffix.lower() in (".gltf", ".glb")
        if collection.kind == "object" and gltf:
            fields |= gltf_fields(path)
        if collection.kind == "character":
            fields["height"] = collection.height or 1.7
        used = [f"{folder}/{other}" for other in (_named(path, name) if gltf else ())]
        given = fields.pop("tags", ["outdoor", "indoor"])
        assert isinstance(given, list)
        return Entry(
            id=f"{collection.name}/{PurePosixPath(name).stem}",
            kind=collection.kind,
            file=f"{folder}/{name}",
            files=dict.fromkeys([*(u for u in used if (out / u).is_file()), *common], ""),
            fetch=f"{self.name}:{collection.name}",
            source=f"{collection.title}, {collection.repository}",
            get=f"https://github.com/{collection.repository}",
            attribution=collection.attribution,
            **permissions(collection.licence)._asdict(),
            facing=collection.facing,
            tags=list(dict.fromkeys([*given, *collection.tags])),
            **fields,
        )


def _collections(path: Path) -> dict[str, GitHubCollection]:
    return {collection.name: collection for collection in read_config(GitHubCollections, path).collections}


def _inner(member: str) -> str:
    """A member's path in the repository, without the folder that the archive puts before all."""
    return member.partition("/")[2]


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _named(path: Path, name: str) -> list[str]:
    """Files that a glTF names, by their paths in the repository; those that lead out of its folder are left."""
    document, found = gltf_document(path), []
    for key in ("buffers", "images"):
        for item in gltf_items(document, key):
            uri = item.get("uri")
            if isinstance(uri, str) and not uri.startswith("data:") and ".." not in PurePosixPath(unquote(uri)).parts:
                found.append(str(PurePosixPath(name).parent / unquote(uri)))
    return list(dict.fromkeys(found))

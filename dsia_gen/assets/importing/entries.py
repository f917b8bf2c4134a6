"""Manifest entries of imported files: their ids, tags, and the terms under which they may be used."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from dsia_gen.assets.importing.object_roles import object_roles
from dsia_gen.assets.licences import Permissions, permissions, stricter
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.spec.asset import Permission
from dsia_gen.spec.import_request import Measured

_SAYS_NOTHING = re.compile(
    r"(model(_?normalized)?|textured?([._-]?simple)?([._-]?reoriented)?|mesh(es)?|scene|object|untitled|images?|base|"
    r"nontextured|visual|collision|source|materials?|obj|objs|models|final|\d{1,3})",
    re.IGNORECASE,
)
_KEPT = ("licence", "source", "get", "attribution", "redistribution", "training", "tags")
"""Fields that the user may have corrected; a changed file does not overwrite them."""


@dataclass(frozen=True)
class Terms:
    """What the user states of all files of a run; None leaves what the files or an earlier run say."""

    licence: str | None = None
    source: str | None = None
    get: str | None = None
    attribution: str | None = None
    redistribution: Permission | None = None
    training: Permission | None = None
    tags: tuple[str, ...] = ()
    prefix: str | None = None

    def stated(self) -> dict[str, object]:
        """Fields of an entry that the user gave; a licence sets the permissions that it states clearly."""
        given = {key: value for key, value in asdict(self).items() if value and key not in ("prefix", "tags")}
        if self.licence is not None:
            known = permissions(self.licence)
            given = {**known._asdict(), **given, "licence": known.licence}
        if self.tags:
            given["tags"] = list(self.tags)
        return given


def make_entries(
    name: str,
    folder: str,
    sha256: str,
    found: Measured,
    parts: Mapping[InsidePath, str],
    terms: Terms,
    taken: Collection[str],
    clips: Sequence[str] = (),
    converted: str = "",
) -> list[Entry]:
    """The entry of an imported file, and one more for each clip; a file that is nothing but its clips has none itself.

    `sha256` is of the file, `parts` has those of its other files, `clips` are those of the BVH files of its clips,
    `converted` is that of the text that was made of a camera path of several files.
    """
    ident = unused(identifier(name, terms.prefix or folder), taken)
    source = found.source or f"imported from {folder}"
    common: dict[str, object] = {"source": source, "attribution": found.attribution, **_terms_of(found, terms)}
    common |= prohibitions(found)
    if found.kind == "trajectory" and converted:
        common["tags"] = list(terms.tags) or default_tags(found)
        return [Entry(id=ident, kind="trajectory", file=f"converted/{ident}.txt", sha256=converted, **common)]
    motions, several = list[Entry](), len(found.clips) > 1
    alone = found.kind == "motion"
    for clip, digest in zip(found.clips, clips, strict=True):
        end = f"_{_slug(clip.name)}" if several and clip.name else "" if alone else "_motion"
        name_of_clip = unused(f"{ident}{end}", {*taken, *(m.id for m in motions), *(() if alone else (ident,))})
        tags = common.get("tags") or ["outdoor", "indoor"]
        file = f"converted/{name_of_clip}.bvh"
        motions.append(Entry(id=name_of_clip, kind="motion", file=file, sha256=digest, **(common | {"tags": tags})))
    if alone and motions:
        return motions
    figures = [found, *found.others]
    idents = [ident]
    for figure in figures if found.others else ():
        name_of_figure = f"{ident}_{_slug(figure.name)}" if figure.name else f"{ident}_{figure.figure}"
        idents.append(unused(name_of_figure, {*taken, *idents, *(motion.id for motion in motions)}))
    own = []
    for figure, name_of_entry in zip(figures, idents[-len(figures) :], strict=True):
        fields = _loaded_by(figure)
        if fields and figure.missing:
            fields["missing_textures"] = "plain"
        fields["tags"] = list(terms.tags) or default_tags(figure)
        stated = common | fields
        own.append(Entry(id=name_of_entry, kind=figure.kind, file=name, files=dict(parts), sha256=sha256, **stated))
    return [*own, *motions]


def _loaded_by(found: Measured) -> dict[str, object]:
    """The parameters by which the loader brings a file to metres, Z up, facing -Y."""
    if found.kind == "character":
        number = {"figure": found.figure} if found.figure else {}
        return {"height": found.height, "facing": found.facing, "up": "Z", **number}
    if found.kind == "object":
        assert found.size is not None
        fields: dict[str, object] = {"scale": found.scale, "up": found.up, "facing": found.facing}
        return fields | {"height": found.height, "size": max(found.size[:2])}
    return {"size": found.size[0]} if found.kind == "texture" and found.size is not None else {}


def prohibitions(found: Measured | None) -> dict[str, object]:
    """Fields of an entry that the file itself prohibits: they win over what the user says of its licence."""
    if found is None:
        return {}
    denied = {name for name in ("redistribution", "training") if getattr(found, name) == "no"}
    return {**dict.fromkeys(denied, "no"), "licence": found.licence} if denied else {}


def _terms_of(found: Measured, terms: Terms) -> dict[str, object]:
    """Fields that the user states, and the licence that the file does where it is stricter or the only one."""
    own = permissions(found.licence or "unknown")
    given = permissions(terms.licence) if terms.licence is not None else own
    allowed = given._replace(
        redistribution=terms.redistribution or given.redistribution, training=terms.training or given.training
    )
    return {**terms.stated(), **(stricter(allowed, own) if found.licence else allowed)._asdict()}


def same_name(entry: Entry, before: Entry | None, terms: Terms) -> Entry:
    """The new entry with the fields that the user corrected in the one before it, unless this run states them.

    Terms that would be looser than those of the entry before are not taken.
    """
    if before is None:
        return entry
    kept = entry.model_copy(update={key: getattr(before, key) for key in _KEPT if key not in terms.stated()})
    return kept.model_copy(update=stricter(_allowed(kept), _allowed(before))._asdict())


def keeps_terms(entry: Entry, terms: Terms) -> bool:
    """Whether an entry has other terms than a run states, since those would be looser."""
    stated = terms.stated()
    return any(stated.get(key, value) != value for key, value in _allowed(entry)._asdict().items())


def _allowed(entry: Entry) -> Permissions:
    return Permissions(entry.licence, entry.redistribution, entry.training)


def default_tags(found: Measured) -> list[str]:
    """Tags by which scenes draw an asset: settings, and for objects whether they are moved about or stand around."""
    if found.kind == "object":
        assert found.size is not None
        return [*object_roles(max(found.size)), "outdoor", "indoor"]
    return list(found.tags) if found.kind in ("hdri", "texture") else ["outdoor", "indoor"]


def identifier(name: str, prefix: str) -> str:
    """An id from a path: the prefix, and the file's name, or its folder's where the file is only called `model`."""
    parts = list(PurePosixPath(name).with_suffix("").parts)
    while len(parts) > 1 and _SAYS_NOTHING.fullmatch(parts[-1]):
        parts.pop()
    return f"{_slug(prefix)}/{_slug(parts[-1])}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", text).strip("_.-") or "asset"


def unused(ident: str, taken: Collection[str]) -> str:
    """The id, or the id with the first number that makes it new."""
    number, name = 2, ident
    while name in taken:
        name, number = f"{ident}-{number}", number + 1
    return name

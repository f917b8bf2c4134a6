"""Photographs of surfaces: which file of a set is which map, and what an image shows, by the words of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

MapKind = Literal["albedo", "normal", "roughness", "other"]
_MAPS: Mapping[str, MapKind] = {
    **dict.fromkeys(("diff", "diffuse", "albedo", "col", "color", "colour", "basecolor"), "albedo"),
    **dict.fromkeys(("nor", "normal", "normalgl", "normals", "nrm", "norm"), "normal"),
    **dict.fromkeys(("rough", "roughness", "rgh"), "roughness"),
    **dict.fromkeys(("normaldx", "ao", "ambientocclusion", "occlusion", "disp", "displacement", "height"), "other"),
    **dict.fromkeys(("arm", "orm", "spec", "specular", "gloss", "metallic", "metalness", "opacity"), "other"),
}
"""What Poly Haven, ambientCG and others call their maps. Normals in DirectX's convention are not used."""
_OTHERS: tuple[MapKind, MapKind] = ("normal", "roughness")
_EMPTY = re.compile(r"\d+|\d+k|jpe?g|png|tiff?")
"""Words that tell resolution or format."""
Shows = Literal[
    "floor", "wall", "ceiling", "ground", "wood", "brick", "stone", "rock", "bark", "plaster", "concrete", "tiles",
    "marble", "terrazzo", "fabric", "leather", "metal", "rust",
]  # fmt: skip
_SHOWS: Mapping[Shows, str] = {
    "floor": "floor flooring parquet laminate carpet",
    "wall": "wall walls wallpaper",
    "ceiling": "ceiling",
    "ground": "ground terrain grass gravel sand soil mud dirt forest trail road path asphalt pavement cobblestone snow "
    "cobblestones moss leaves coast",
    "wood": "wood wooden plank planks plywood timber parquet laminate",
    "brick": "brick bricks",
    "stone": "stone stones slate slates block blocks cobblestone",
    "rock": "rock rocks rocky boulder cliff",
    "bark": "bark",
    "plaster": "plaster stucco",
    "concrete": "concrete cement",
    "tiles": "tile tiles",
    "marble": "marble granite",
    "terrazzo": "terrazzo",
    "fabric": "fabric cloth textile linen carpet denim wool cotton knit towel rug",
    "leather": "leather",
    "metal": "metal steel iron aluminium aluminum",
    "rust": "rust rusty rusted corroded",
}
_KNOWN: Mapping[str, frozenset[Shows]] = {
    word: frozenset(shows for shows, words in _SHOWS.items() if word in words.split())
    for word in " ".join(_SHOWS.values()).split()
}


class Maps(NamedTuple):
    """The files of a photographed surface, below the asset folder."""

    albedo: str
    normal: str | None = None
    roughness: str | None = None


def words(text: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word for word in re.split(r"[\W_]+", text.lower()) if word]


def surface_words(names: Iterable[str]) -> list[str]:
    """The words among some names that say what an image shows, each once."""
    return list(dict.fromkeys(word for name in names for word in re.findall("[a-z]+", name.lower()) if word in _KNOWN))


def shows(name: str, tags: Iterable[str]) -> frozenset[Shows]:
    """What a texture shows, by its tags, else by its id; empty when neither says."""
    known = surface_words(tags) or surface_words([name.rsplit("/", 1)[-1]])
    return frozenset[Shows]().union(*(_KNOWN[word] for word in known))


def split_name(path: str) -> tuple[str, MapKind | None]:
    """What the maps of one set share of their names, and which map a file is; None where its name does not say."""
    parts = words(PurePosixPath(path).stem) or ["-"]
    while len(parts) > 1 and _EMPTY.fullmatch(parts[-1]):
        parts.pop()
    kind: MapKind | None = _MAPS.get(parts[-1])
    if parts[-1] in ("gl", "dx") and len(parts) > 2 and parts[-2] in ("nor", "normal"):
        kind, parts = ("normal" if parts[-1] == "gl" else "other"), parts[:-1]
    if kind is None or len(parts) < 2:
        return str(PurePosixPath(path).with_name("_".join(parts))), None
    return str(PurePosixPath(path).with_name("_".join(parts[:-1]))), kind


def maps_of(albedo: str, others: Iterable[str]) -> Maps:
    """The maps of a texture of the library, of which all but the colour are known by their names."""
    kinds = {kind: name for name in reversed(list(others)) if (kind := split_name(name)[1]) is not None}
    return Maps(albedo, kinds.get("normal"), kinds.get("roughness"))


def sets_of(names: Iterable[str]) -> tuple[dict[str, Maps], list[str]]:
    """Images as sets of maps by their colour, and the maps that lack one. An image of no known map is a colour."""
    sets: dict[str, dict[MapKind, list[str]]] = {}
    for name in names:
        shared, kind = split_name(name)
        sets.setdefault(shared, {}).setdefault(kind or "albedo", []).append(name)
    found, lost = dict[str, Maps](), list[str]()
    for maps in sets.values():
        normal, roughness = (next(iter(maps.get(kind, ())), None) for kind in _OTHERS)
        found |= {name: Maps(name, normal, roughness) for name in maps.get("albedo", ())}
        if "albedo" not in maps:
            lost += [name for kind in maps.values() for name in kind]
    return found, lost

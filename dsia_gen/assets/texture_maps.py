"""Photographs of surfaces: which file of a set is which map, and what an image shows, by the words of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

MapKind = Literal[
    "albedo", "normal", "normal_gl", "normal_dx", "roughness", "gloss", "metalness", "packed", "displacement",
    "occlusion", "opacity", "other",
]  # fmt: skip
"""`normal` does not say whether green is up (OpenGL) or down (DirectX); `packed` is several maps in one image."""
_WORDS: Mapping[MapKind, str] = {
    "albedo": "diff diffuse diffusemap albedo col color colour basecolor basecolour basecol bc alb",
    "normal": "nor normal normals nrm norm nml normalbump nrm16 nor16",
    "normal_gl": "normalgl normalogl normalopengl norgl nrmgl normgl",
    "normal_dx": "normaldx normaldirectx nordx nrmdx normdx normaldirect",
    "roughness": "rough roughness rgh",
    "gloss": "gloss glossiness glossy smoothness smooth",
    "metalness": "metallic metalness metallness",
    "displacement": "disp displacement height bump disp16 heightmap",
    "occlusion": "ao ambientocclusion occlusion occ",
    "opacity": "opacity alpha transparency",
    "other": "spec specular specularlevel reflection refl ior fuzz translucency transmission sss scattering "
    "curvature emissive emission idmap preview thumbnail thumb",
}
"""What Poly Haven, ambientCG, Quixel, Poliigon, cgbookcase, FreePBR and others call their maps."""
_MAPS: Mapping[str, MapKind] = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_WITH_SIZE: Mapping[str, MapKind] = {
    "metal": "metalness", "depth": "displacement", "cavity": "occlusion", "mask": "opacity", "edge": "other",
}  # fmt: skip
"""Words that say which map it is only before a resolution: `rusty_metal.jpg` shows metal, `x_metal_1k.jpg` where."""
_UNREAL: Mapping[str, MapKind] = {
    "d": "albedo", "c": "albedo", "n": "normal", "r": "roughness", "m": "metalness", "h": "displacement",
    "o": "occlusion",
}  # fmt: skip
"""Endings of names that start with `T_`."""
_CONVENTIONS: Mapping[str, MapKind] = {
    **dict.fromkeys(("gl", "ogl", "opengl"), "normal_gl"),
    **dict.fromkeys(("dx", "directx", "d3d"), "normal_dx"),
}
_PACKED = re.compile(r"(?=.*r)(?=.*m)[aorm][aormhd]{2,3}")
"""Letters of the maps in red, green, blue and alpha: `arm`, `orm`, `rma`, `mra`."""
_WORKFLOWS = ("metalness", "specular", "metallic")
"""Words after the resolution that name what a set was made for (Poliigon: `_COL_2K_METALNESS`)."""
_SIZE = re.compile(r"\d+k|\d{2,5}x\d{2,5}")
_EMPTY = re.compile(r"\d+|\d+k|\d{2,5}x\d{2,5}|jpe?g|png|tiff?|exr|lod\d+")
"""Words that tell resolution, format or level of detail."""
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
    """The files of a photographed surface, below the asset folder. `unused` are maps of it that scenes do not show.

    A packed image may be both roughness and metalness; displacement is used where there are no normals.
    """

    albedo: str
    normal: str | None = None
    roughness: str | None = None
    metalness: str | None = None
    displacement: str | None = None
    unused: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """The maps beside the colour that are used, each once."""
        return tuple(dict.fromkeys(filter(None, (self.normal, self.roughness, self.metalness, self.displacement))))


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
    parts, kind = _parted(path)
    return str(PurePosixPath(path).with_name("_".join(parts) or "-")), kind


def packed_channels(path: str) -> Mapping[MapKind, int]:
    """Where a packed image has roughness and metalness: 0 to 2 for red, green and blue."""
    for word in reversed(words(PurePosixPath(path).stem)):
        letters = "arm" if word in ("occlusionroughnessmetallic", "metallicroughness") else word
        if _PACKED.fullmatch(letters):
            return {"roughness": letters.index("r"), "metalness": letters.index("m")}
    return {"roughness": 1, "metalness": 2}


def _parted(path: str) -> tuple[list[str], MapKind | None]:
    """The words of a name without the one that says which map it is, and which that is."""
    parts, sized = words(PurePosixPath(path).stem) or ["-"], False
    while len(parts) > 1 and _EMPTY.fullmatch(parts[-1]):
        sized = bool(_SIZE.fullmatch(parts.pop())) or sized
    # A workflow at the end, after a resolution and the map.
    if len(parts) > 3 and parts[-1] in _WORKFLOWS and _EMPTY.fullmatch(parts[-2]):
        kind = _MAPS.get(parts[-3])
        if kind is not None:
            return parts[:-3], kind
    if len(parts) > 2 and parts[-1] in _CONVENTIONS and _MAPS.get(parts[-2]) == "normal":
        return parts[:-2], _CONVENTIONS[parts[-1]]
    for count in (2, 1):
        word = "".join(parts[-count:])
        kind = _MAPS.get(word)
        if kind is None and count == 1 and _PACKED.fullmatch(word):
            kind = "packed"
        if kind is None and word in ("occlusionroughnessmetallic", "metallicroughness"):
            kind = "packed"
        if kind is None and count == 1 and (sized or any(_SIZE.fullmatch(part) for part in parts)):
            kind = _WITH_SIZE.get(word)
        if kind is None and count == 1 and parts[0] == "t":
            kind = _UNREAL.get(word)
        if kind is not None and len(parts) > count:
            return parts[:-count], kind
    return parts, None


def maps_of(albedo: str, others: Iterable[str]) -> Maps:
    """The maps of a texture of the library, of which all but the colour are known by their names."""
    kinds: dict[MapKind, list[str]] = {}
    for name in others:
        if (kind := split_name(name)[1]) not in (None, "albedo"):
            kinds.setdefault(kind, []).append(name)
    return _chosen(albedo, kinds)


def _chosen(albedo: str, kinds: Mapping[MapKind, list[str]]) -> Maps:
    """The maps that scenes show, among those of a set."""

    def first(*wanted: MapKind) -> str | None:
        return next((kinds[kind][0] for kind in wanted if kinds.get(kind)), None)

    normal = first("normal_gl", "normal", "normal_dx")
    maps = Maps(
        albedo,
        normal,
        first("roughness", "packed", "gloss"),
        first("metalness", "packed"),
        None if normal else first("displacement"),
    )
    used = {albedo, *maps.others}
    return maps._replace(
        unused=tuple(name for kind in kinds if kind != "albedo" for name in kinds[kind] if name not in used)
    )


def unused_note(maps: Maps) -> str:
    """What a set has that scenes do not show, in words; empty where they show all of it."""
    kinds = dict.fromkeys(split_name(name)[1] or "picture of the set" for name in maps.unused)
    return f"not shown: {', '.join(kind.replace('_', ' ') for kind in kinds)}" if kinds else ""


def sets_of(names: Iterable[str]) -> tuple[dict[str, Maps], list[str]]:
    """Images as sets of maps by their colour, and the maps that lack one. An image of no known map is a colour.

    The picture of a whole set, which has the name that its maps share, is one of its unused images.
    """
    sets: dict[str, dict[MapKind, list[str]]] = {}
    plain = list[str]()
    for name in names:
        shared, kind = split_name(name)
        if kind is None:
            plain.append(name)
        else:
            sets.setdefault(shared, {}).setdefault(kind, []).append(name)
    whole = {_bare(shared): shared for shared, maps in sets.items() if "albedo" in maps and len(maps) > 1}
    for name in plain:
        shared = split_name(name)[0]
        if _bare(shared) in whole:
            sets[whole[_bare(shared)]].setdefault("other", []).append(name)
        else:
            sets.setdefault(shared, {}).setdefault("albedo", []).append(name)
    found, lost = dict[str, Maps](), list[str]()
    for maps in sets.values():
        found |= {name: _chosen(name, maps) for name in maps.get("albedo", ())}
        if "albedo" not in maps:
            lost += [name for kind in maps.values() for name in kind]
    return found, lost


def set_of(name: str, colours: Iterable[str]) -> str | None:
    """The colour of the set of maps beside it that a file describes by its name, as `wood_1k.usda`; None for others."""
    bare = _bare(split_name(name)[0])
    return next((colour for colour in colours if _bare(split_name(colour)[0]) == bare), None)


def _bare(shared: str) -> str:
    """What the maps of a set share, without its resolution and format."""
    path = PurePosixPath(shared)
    return str(
        path.with_name("_".join(w for w in path.name.split("_") if not _EMPTY.fullmatch(w) or w.isdigit()) or "-")
    )

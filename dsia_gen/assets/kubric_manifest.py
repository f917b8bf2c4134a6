"""Kubric's asset manifests (JSON) read as entries.

Format: `{"name", "data_dir", "assets": {id: {"asset_type", "license", "kwargs", "metadata"}}}`; a path in `kwargs`
begins with `{asset_dir}/`, the folder to which the archive `<id>.tar.gz` unpacks (kubric/assets/asset_source.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from dsia_gen.assets.hdri_tags import hdri_tags
from dsia_gen.assets.licences import permissions
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import ConfigError

_FILE_KEYS = {"FileBasedObject": "render_filename", "Texture": "filename"}
_HDR = (".hdr", ".exr")


def read_kubric(path: Path) -> list[Entry]:
    """Entries of a Kubric manifest; files are looked for at `<id>/...` below the asset folder.

    ConfigError, with every problem, when it is not such a manifest.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(str(path), [f"cannot be read as a Kubric manifest: {error}"]) from error
    if not isinstance(document, dict) or not isinstance(document.get("assets"), dict):
        raise ConfigError(str(path), ['is not a Kubric manifest: it has no "assets" with an object for each id'])
    name = str(document.get("name") or path.stem)
    entries, problems = [], []
    for key, asset in document["assets"].items():
        try:
            entries.append(_entry(name, key, asset))
        except ValidationError as error:
            reasons = (f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
            problems.append(f"assets.{key}: {'; '.join(reasons)}")
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else error
            problems.append(f"assets.{key}: {reason}")
    if problems:
        raise ConfigError(str(path), problems)
    return entries


def _entry(name: str, key: str, asset: Mapping[str, Any]) -> Entry:
    kind = asset["asset_type"]
    if kind not in _FILE_KEYS:
        raise ValueError(f"asset_type {kind!r} is not known; known: {', '.join(_FILE_KEYS)}")
    kwargs, metadata = asset.get("kwargs", {}), asset.get("metadata", {})
    file = str(kwargs[_FILE_KEYS[kind]]).replace("{asset_dir}", key)
    allowed = permissions(str(asset.get("license") or metadata.get("license") or "unknown"))
    common: dict[str, Any] = {
        "id": f"{name}/{key}",
        "file": file,
        "source": f"Kubric manifest {name}, {key}",
        "get": f"unpack {key}.tar.gz of the manifest's data_dir to {key}/ in the asset folder",
        "attribution": ", ".join(map(str, metadata.get("authors") or [name])),
        **allowed._asdict(),
    }
    if kind == "Texture" and PurePosixPath(file).suffix.lower() in _HDR:
        return Entry(kind="hdri", **common, tags=hdri_tags(metadata.get("categories") or []))
    if kind == "Texture":
        return Entry(kind="texture", **common, tags=_words(metadata.get("tags")))
    scale = kwargs.get("scale", 1.0)
    scale = float(scale if isinstance(scale, int | float) else max(scale))
    up = str(kwargs.get("render_import_kwargs", {}).get("axis_up", "Y"))  # the default of Blender's OBJ importer
    common |= {"scale": scale, "up": up}
    if "bounds" in kwargs:
        low, high = kwargs["bounds"]
        sides = [scale * (float(b) - float(a)) for a, b in zip(low, high, strict=True)]
        common |= {"size": max(sides[:2]), "height": sides[2]}
    tags = ["foreground", "outdoor", "indoor", *_words([metadata.get("category")]), *_words(metadata.get("tags"))]
    return Entry(kind="object", **common, tags=tags)


def _words(values: Sequence[Any] | None) -> list[str]:
    return [str(value).lower() for value in values or [] if value]

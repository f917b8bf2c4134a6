"""The sources, found by their modules: another source is one more file here with a list named SOURCES."""

from __future__ import annotations

import importlib
import pkgutil

from dsia_gen.assets.fetch.asset_source import Source
from dsia_gen.core.errors import AssetError
from dsia_gen.core.strict_yaml import suggestion


def sources() -> dict[str, Source]:
    """Every source by name, sorted."""
    found: list[Source] = []
    for module in pkgutil.iter_modules(__path__):
        found += importlib.import_module(f"{__name__}.{module.name}").SOURCES
    return {source.name: source for source in sorted(found, key=lambda source: source.name)}


def source_named(name: str) -> Source:
    """A source by name; AssetError names the nearest."""
    known = sources()
    if name not in known:
        raise AssetError(f"{name!r} is not a source of assets{suggestion(name, list(known))}")
    return known[name]

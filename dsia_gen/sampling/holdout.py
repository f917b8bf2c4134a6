"""Assets held out of training: a share of each kind, chosen by the hash of the id, so independent of order."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dsia_gen.assets.library import Library
from dsia_gen.config.scene_config import SceneConfig

ENOUGH = 10
"""A kind with fewer assets is shared: a part of it would lack variety."""


def visible_assets(library: Library, config: SceneConfig) -> Library:
    """The library without the assets that belong to the other side of the hold-out.

    Objects count when they are of the foreground. Assets that the configuration names are always kept.
    """
    if config.holdout.share == 0:
        return library
    named = {*config.characters.assets, *config.characters.motions, *config.objects.assets, *config.props.assets}
    named |= {*config.environment.hdris, *config.camera.trajectories, *config.textures.assets}
    split = [
        e
        for e in library.entries.values()
        if e.id not in named and not e.remote and (e.kind != "object" or "foreground" in e.tags)
    ]
    crowded = {kind for kind in {e.kind for e in split} if sum(e.kind == kind for e in split) >= ENOUGH}
    hidden = {
        entry.id
        for entry in split
        if entry.kind in crowded and held_out(entry.id, config.holdout.share) != (config.holdout.side == "test")
    }
    return replace(library, entries={name: e for name, e in library.entries.items() if name not in hidden})


def held_out(name: str, share: float) -> bool:
    """Whether an asset belongs to the tests: the first eight bytes of the SHA-256 of its id, as a number in [0, 1)."""
    return int.from_bytes(hashlib.sha256(f"dsia-gen/holdout/{name}".encode()).digest()[:8], "big") / 2**64 < share

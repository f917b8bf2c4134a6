"""Manifests by name or path, in this package's format or Kubric's, and the entries of a generator."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.assets.generators import GENERATORS
from dsia_gen.assets.kubric_manifest import read_kubric
from dsia_gen.assets.manifest import Manifest
from dsia_gen.config.presets import find_preset
from dsia_gen.core.strict_yaml import read_config

_GENERATOR = "generator:"


def load_manifest(name: str) -> tuple[Path, Manifest]:
    """Read a manifest: a preset name, a path (of a Kubric manifest where it ends in .json), or `generator:NAME`."""
    if name.startswith(_GENERATOR):
        return Path(name), Manifest(assets=list(GENERATORS.get(name.removeprefix(_GENERATOR)).entries()))
    path = find_preset("assets_manifest", name)
    if path.suffix == ".json":
        return path, Manifest(assets=read_kubric(path))
    return path, read_config(Manifest, path)

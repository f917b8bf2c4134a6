"""Manifests by name or path, in our format or Kubric's."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.assets.kubric_manifest import read_kubric
from dsia_gen.assets.manifest import Manifest
from dsia_gen.config.presets import find_preset
from dsia_gen.core.strict_yaml import read_config


def load_manifest(name: str) -> tuple[Path, Manifest]:
    """Read a manifest by preset name or path; a path that ends in .json is read as a Kubric manifest."""
    path = find_preset("assets_manifest", name)
    if path.suffix == ".json":
        return path, Manifest(assets=read_kubric(path))
    return path, read_config(Manifest, path)

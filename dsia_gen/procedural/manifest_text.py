"""The manifest text of the built-in families, so that they and assets_manifest/objects.yaml cannot drift apart."""

from __future__ import annotations

from dsia_gen.config.presets import preset_folder
from dsia_gen.procedural.families import FAMILIES

_HEAD = """\
# Parametric families of the built-in library: shape, size and materials are drawn for each use.
# Written by `make tables` from dsia_gen/procedural; change it there. What can be fetched, below, is kept.
# Tags: uses (foreground, props, furniture, shelf, room, lamp), settings (outdoor, indoor), free words.
assets:
"""


_CATALOGUE = "\n  # --- can be fetched"
"""Begins the part of the manifest that is written by hand."""


def manifest_text() -> str:
    """The YAML of assets_manifest/objects.yaml: the families, and what stands there of objects that can be fetched."""
    text = (preset_folder("assets_manifest") / "objects.yaml").read_text(encoding="utf-8")
    _, mark, catalogue = text.partition(_CATALOGUE)
    entries = []
    for family in FAMILIES.values():
        tags = dict.fromkeys([*sorted(family.uses), *sorted(family.settings, reverse=True), *family.tags])
        entries.append(
            f"  - {{id: builtin/object/{family.name}, kind: object, builtin: {family.name}, source: dsia-gen,\n"
            f"     get: part of the package, licence: Apache-2.0, redistribution: 'yes', training: 'yes',\n"
            f"     tags: [{', '.join(tags)}]}}\n"
        )
    return _HEAD + "".join(entries) + mark + catalogue

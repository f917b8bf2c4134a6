"""The built-in library as a generator of assets."""

from __future__ import annotations

from dsia_gen.assets.generators import FamilyGenerator
from dsia_gen.procedural.families import FAMILIES

LIBRARY = FamilyGenerator(tuple(FAMILIES.values()), source="dsia-gen", licence="Apache-2.0")

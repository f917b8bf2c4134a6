"""The parametric families of the built-in library, by name."""

from __future__ import annotations

from dsia_gen.assets.families.base import Family
from dsia_gen.assets.families.dressing import DRESSING
from dsia_gen.assets.families.objects import OBJECTS
from dsia_gen.assets.families.room import ROOM

FAMILIES: dict[str, Family] = {family.name: family for family in (*OBJECTS, *DRESSING, *ROOM)}

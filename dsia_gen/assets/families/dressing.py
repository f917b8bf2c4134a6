"""Families of the built-in library: dressing."""

from __future__ import annotations

from dsia_gen.assets.families.base import Family

DRESSING: tuple[Family, ...] = ()

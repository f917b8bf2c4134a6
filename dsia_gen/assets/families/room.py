"""Families of the built-in library: room."""

from __future__ import annotations

from dsia_gen.assets.families.base import Family

ROOM: tuple[Family, ...] = ()

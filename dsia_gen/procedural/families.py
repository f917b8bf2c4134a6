"""The parametric families of the built-in library, by name."""

from __future__ import annotations

from dsia_gen.procedural.family import Family
from dsia_gen.procedural.objects.aircraft import AIRCRAFT
from dsia_gen.procedural.objects.balls_and_kites import BALLS_AND_KITES
from dsia_gen.procedural.objects.boats import BOATS
from dsia_gen.procedural.objects.containers import CONTAINERS
from dsia_gen.procedural.objects.cycles_and_carts import CARTS, CYCLES
from dsia_gen.procedural.objects.fruit import FRUIT
from dsia_gen.procedural.objects.garden import GARDEN
from dsia_gen.procedural.objects.heavy_machines import HEAVY_MACHINES
from dsia_gen.procedural.objects.household import HOUSEHOLD
from dsia_gen.procedural.objects.keepsakes import KEEPSAKES
from dsia_gen.procedural.objects.lamps_and_sets import LAMPS_AND_SETS
from dsia_gen.procedural.objects.meals import MEALS
from dsia_gen.procedural.objects.music import MUSIC
from dsia_gen.procedural.objects.rocket_train_sailboat import TRANSPORT
from dsia_gen.procedural.objects.small_plants import SMALL_PLANTS
from dsia_gen.procedural.objects.small_vehicles import SMALL_VEHICLES
from dsia_gen.procedural.objects.sports_gear import SPORTS_GEAR
from dsia_gen.procedural.objects.sports_ground import SPORTS_GROUND
from dsia_gen.procedural.objects.street_and_parlour import STREET_AND_PARLOUR
from dsia_gen.procedural.objects.toys import TOYS
from dsia_gen.procedural.objects.typewriters_and_cameras import TYPEWRITERS_AND_CAMERAS
from dsia_gen.procedural.objects.wearables import WEARABLES
from dsia_gen.procedural.objects.workshop import WORKSHOP
from dsia_gen.procedural.props import PROPS
from dsia_gen.procedural.room import ROOM_PARTS

OBJECTS: tuple[Family, ...] = (
    *CONTAINERS, *SMALL_VEHICLES, *TRANSPORT, *BALLS_AND_KITES, *TOYS, *HOUSEHOLD, *WEARABLES, *STREET_AND_PARLOUR,
    *FRUIT, *SMALL_PLANTS, *MEALS, *MUSIC, *SPORTS_GEAR, *SPORTS_GROUND, *GARDEN, *CYCLES, *AIRCRAFT, *HEAVY_MACHINES,
    *BOATS, *CARTS, *LAMPS_AND_SETS, *TYPEWRITERS_AND_CAMERAS, *WORKSHOP, *KEEPSAKES,
)  # fmt: skip
"""Foreground objects, in the order of the manifest."""

FAMILIES: dict[str, Family] = {family.name: family for family in (*OBJECTS, *PROPS, *ROOM_PARTS)}

"""Indoor scenes: the shell of a room, its windows and lamps, and the furniture along its walls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene_config import RoomConfig
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, quaternion
from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.room.finishes import DADOS, FLOORS, WALLS
from dsia_gen.sampling.draw import Rng, choose, draw_material, draw_object, integer, uniform, weighted
from dsia_gen.sampling.floor_plan import Wall, draw_plan, walls_of
from dsia_gen.sampling.furnish import PlacedFurniture, lay_out
from dsia_gen.sampling.light_profiles import aim_down
from dsia_gen.sampling.rigid_trajectories import Body, standing
from dsia_gen.sampling.scene_builder import LampSlot, SceneBuilder
from dsia_gen.sampling.space import Block, Occupant, SceneBounds
from dsia_gen.spec.asset import ParamValue, ProceduralObject
from dsia_gen.spec.motion import Still

TRIES = 30
UP = np.array([0.0, 0.0, 1.0])
SHELVED = 0.6
"""How often a room is given open shelves first; else they are drawn as all furniture is."""
RUG_SINK = 0.01
"""Metres a rug lies lower than it is thick, so that feet stand on it and not in it."""


@dataclass(frozen=True)
class Window:
    """An opening of a wall: offset of its centre along the wall, sill height, width and height in metres."""

    wall: str
    offset: float
    sill: float
    width: float
    height: float


@dataclass(frozen=True)
class Room:
    """Size and openings of a room. The camera stands at the origin and looks along +Y."""

    bounds: SceneBounds
    thickness: float
    beams: int
    beam_depth: float
    windows: tuple[Window, ...]

    @property
    def height(self) -> float:
        return self.bounds.z[1]

    @property
    def wall_height(self) -> float:
        """Up to the ceiling above the beams."""
        return self.height + (self.beam_depth if self.beams else 0.0)

    def walls(self) -> dict[str, Wall]:
        """The walls by name."""
        return walls_of(self.bounds, self.thickness)


def draw_room(rng: Rng, config: RoomConfig) -> Room:
    """Plan, size and openings of a room: at most two windows a wall, apart from each other and from the corners."""
    bounds = draw_plan(rng, config)
    beams = choose(rng, (0, 0, 3, 4))
    room = Room(bounds, uniform(rng, (0.12, 0.22)), beams, uniform(rng, (0.1, 0.16)), ())
    count, windows = integer(rng, config.windows), list[Window]()
    walls = [wall for wall in _seen(room) if wall.outer]
    for _ in range(TRIES):
        if len(windows) == count:
            break
        wall = _any_wall(rng, walls)
        width, sill, height = uniform(rng, (0.9, 1.7)), uniform(rng, (0.75, 1.0)), uniform(rng, (1.0, 1.5))
        if rng.uniform() < 0.25:  # a glass door to a balcony
            width, sill, height = uniform(rng, (0.9, 1.4)), 0.04, uniform(rng, (1.95, 2.15))
        offset = uniform(rng, (-wall.length / 2, wall.length / 2))
        if abs(offset) + width / 2 + 0.35 > wall.length / 2:
            continue
        beside = [w for w in windows if w.wall == wall.name]
        if len(beside) < 2 and all(abs(offset - w.offset) > (width + w.width) / 2 + 0.7 for w in beside):
            windows.append(Window(wall.name, offset, sill, width, min(height, room.height - sill - 0.25)))
    return replace(room, windows=tuple(windows))


def _seen(room: Room) -> list[Wall]:
    """The walls that the camera may see: all but those behind it that face its way."""
    return [wall for wall in room.walls().values() if wall.side != "front" and wall.length > 0.5]


def _any_wall(rng: Rng, walls: list[Wall]) -> Wall:
    """A wall, long ones more often, and twice as often one that faces the camera."""
    return walls[weighted(rng, {k: w.length * (2 if w.side == "back" else 1) for k, w in enumerate(walls)})]


@dataclass
class RoomBuilder:
    """Builds and furnishes one room, and keeps account of what is taken along each wall and on the floor.

    `taken` holds intervals of each wall: (start, end, top of what stands there). `placed` holds what stands on the
    floor or hangs, seen from above, and its top.
    """

    rng: Rng
    builder: SceneBuilder
    room: Room
    taken: dict[str, list[tuple[float, float, float]]] = field(default_factory=dict)
    placed: list[tuple[Block, float]] = field(default_factory=list)

    def is_free(self, wall: Wall, offset: float, width: float, bottom: float, margin: float = 0.08) -> bool:
        """Whether an interval is inside the wall and nothing there reaches above `bottom`."""
        low, high = offset - width / 2 - margin, offset + width / 2 + margin
        if low < -wall.length / 2 or high > wall.length / 2:
            return False
        return all(high <= a or low >= b or top <= bottom for a, b, top in self.taken.get(wall.name, []))

    def take(self, wall: Wall, offset: float, width: float, top: float) -> None:
        self.taken.setdefault(wall.name, []).append((offset - width / 2, offset + width / 2, top))

    def clear_above(self, area: Block, bottom: float = 0.0) -> bool:
        """Whether nothing in a rectangle seen from above reaches higher than `bottom`."""
        return not any(top > bottom and _overlap(area, other) for other, top in self.placed)

    def draw(self, family: str, **fixed: ParamValue) -> tuple[Entry, ProceduralObject]:
        """A part of a built-in family, and its manifest entry."""
        for entry in self.builder.library.of("object"):
            if entry.builtin == family:
                return entry, draw_object(self.rng, FAMILIES[family], fixed)
        raise AssetError(f"indoor scenes need the built-in family {family!r}; add the manifest `objects` to the scene")

    def random_place(self) -> tuple[Wall, float]:
        """A visible wall and an offset along it."""
        wall = _any_wall(self.rng, _seen(self.room))
        return wall, uniform(self.rng, (-wall.length / 2, wall.length / 2))

    def open_floor(self, radius: float) -> Array:
        """A point (3,) near the middle of the room around which the plan is free."""
        (x0, x1), (_, y1) = self.room.bounds.x, self.room.bounds.y
        for _ in range(TRIES):
            x = (x0 + x1) / 2 + uniform(self.rng, (-0.6, 0.6))
            place = np.array([x, uniform(self.rng, (1.6, max(1.6, min(3.2, y1 - 1.2)))), 0.0])
            if all(block.clear_of(Occupant(place[None], radius, 0.0)) for block in self.room.bounds.blocks):
                return place
        return np.array([0.0, 2.0, 0.0])

    def shell(self) -> None:
        """Floor, ceiling and walls."""
        rng, room = self.rng, self.room
        (x0, x1), (y0, y1) = room.bounds.x, room.bounds.y
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2, 0.0])
        length, width = x1 - x0 + 2 * room.thickness, y1 - y0 + 2 * room.thickness

        def finished(shape: ProceduralObject, slot: int, finishes: tuple[Slot, ...]) -> ProceduralObject:
            materials = list(shape.materials)
            materials[slot] = draw_material(rng, choose(rng, finishes))
            return shape.model_copy(update={"materials": tuple(materials)})

        entry, floor = self.draw("floor_slab", length=length, width=width, thickness=0.1)
        floor = finished(floor, 0, FLOORS)
        self.builder.add(entry, floor, standing(middle - np.array([0, 0, 0.1]), 0.0), "room")
        entry, ceiling = self.draw(
            "ceiling_slab", length=length, width=width, thickness=0.1, beams=room.beams, crossbeams=0,
            beam_depth=room.beam_depth,
        )  # fmt: skip
        self.builder.add(entry, ceiling, standing(middle + np.array([0, 0, room.height]), 0.0), "room")
        entry, first = self.draw("wall")
        first, accent = (finished(finished(first, 1, DADOS), 0, WALLS) for _ in range(2))
        accented = rng.uniform() < 0.5
        for wall in room.walls().values():
            if wall.length + sum(wall.more) <= 0.02:
                continue
            shift = (wall.more[1] - wall.more[0]) / 2
            params: dict[str, ParamValue] = dict(first.params)
            params |= {"length": wall.length + sum(wall.more), "height": room.wall_height}
            params |= {"thickness": room.thickness, "opening_1": (), "opening_2": ()}
            for k, window in enumerate([w for w in room.windows if w.wall == wall.name], start=1):
                params[f"opening_{k}"] = (window.offset - shift, window.sill, window.width, window.height)
            materials = (accent if wall.name == "back" and accented else first).materials
            shape = ProceduralObject(family="wall", params=params, materials=materials)
            self.builder.add(entry, shape, standing(wall.at(shift, -room.thickness / 2), wall.yaw), "room")

    def window(self, window: Window) -> None:
        """The frame of a window, and sometimes curtains beside it."""
        rng, room = self.rng, self.room
        wall = room.walls()[window.wall]
        depth = room.thickness
        entry, frame = self.draw("window_frame", width=window.width, height=window.height, depth=depth, pane=False)
        place = wall.at(window.offset, -depth / 2, window.sill)
        self.builder.add(entry, frame, standing(place, wall.yaw), "room")
        self.take(wall, window.offset, window.width, window.sill + window.height)
        if rng.uniform() >= 0.6:
            return
        top = min(window.sill + window.height + 0.18, room.height - 0.02)
        height = top - (0.05 if rng.uniform() < 0.6 else window.sill - 0.15)
        width = uniform(rng, (0.35, 0.55))
        entry, cloth = self.draw("curtain", width=width, height=height, depth=0.1)
        for side in (-1, 1):
            offset = window.offset + side * (window.width / 2 + width / 2 - 0.12)
            if abs(offset) + width / 2 < wall.length / 2 and self.is_free(wall, offset, width - 0.3, 0.0, 0.0):
                self.builder.add(entry, cloth, standing(wall.at(offset, 0.09, top - height), wall.yaw), "room")
                self.take(wall, offset, width, top)
                self.placed.append((_seen_from_above(wall, offset, width, (0.0, 0.16)), top))

    def lamps(self) -> None:
        """Daylight through each window, a lamp hanging over the middle of the room, and sometimes a carried one."""
        rng, room = self.rng, self.room
        slots = self.builder.lamp_slots
        for window in room.windows:
            # The sky seen through a window: an area lamp in the opening. Lamps shine along -Z: Z points outside.
            wall = room.walls()[window.wall]
            place = wall.at(window.offset, -room.thickness - 0.05, window.sill + window.height / 2)
            z = -wall.inward
            turn = quaternion(np.stack([np.cross(UP, z), UP, z], axis=1))
            placement = Still(position=tuple(place.tolist()), rotation=tuple(turn.tolist()))
            size = min(window.width, window.height)
            slots.append(LampSlot("area", placement, uniform(rng, (120, 260)), np.array([0.9, 0.97, 1.08]), size))
        entry, lamp = self.draw("ceiling_lamp", height=uniform(rng, (0.45, 0.7)))
        body = _body(lamp)
        height = body.size[2]
        place = self.open_floor(0.5)
        self.builder.add(entry, lamp, standing(place + UP * (room.wall_height - height), 0.0), "room")
        middle = place + UP * (room.wall_height - height / 2)
        self.builder.space.add(Occupant(middle[None], body.flat_radius, height / 2))
        placement = standing(place + UP * (room.wall_height - height - 0.07), 0.0)
        power = uniform(rng, (110, 190))
        warm = np.array([1.0, uniform(rng, (0.78, 0.92)), uniform(rng, (0.55, 0.8))])
        slots.append(LampSlot("point", placement, power, warm, 0.07))
        if rng.uniform() < self.builder.config.light.torch:
            (x0, x1), (y0, _) = room.bounds.x, room.bounds.y
            beside = (uniform(rng, (x0 + 0.4, x1 - 0.4)), y0 + 0.3, min(2.1, room.height - 0.3))
            yaw = math.atan2(beside[1] - 3.0, beside[0] - (x0 + x1) / 2)
            placement = Still(position=beside, rotation=tuple(aim_down(yaw, 0.35).tolist()))
            power = uniform(rng, (150, 350))
            slots.append(LampSlot("spot", placement, power, np.array([1.0, 0.95, 0.88]), 0.12, carried=True))

    def door(self) -> None:
        entry, door = self.draw("door")
        width, depth, height = _body(door).size
        for _ in range(TRIES):
            wall, offset = self.random_place()
            if self.is_free(wall, offset, width, 0.0, 0.12):
                self.builder.add(entry, door, standing(wall.at(offset, 0.05 - depth / 2), wall.yaw), "room")
                self.take(wall, offset, width, height)
                self.placed.append((_seen_from_above(wall, offset, width, (0.0, 0.6)), height))
                self.builder.space.add(Occupant(wall.at(offset, 0.1, height / 2)[None], width / 2, height / 2))
                return

    def furniture(self) -> None:
        """Furniture along the walls, tables and shelves first, with objects on it."""
        rng, library = self.rng, self.builder.library
        count = integer(rng, self.builder.config.room.furniture)
        entries = [e for e in library.of("object", (), ("furniture", "indoor")) if e.builtin and "flat" not in e.tags]
        tables = [e for e in entries if "table" in e.tags]
        order = [choose(rng, tables)] if tables and count > 1 else []
        order += [e for e in entries if e.builtin == "open_shelf" and order and rng.uniform() < SHELVED]
        order += [entries[int(k) % len(entries)] for k in rng.permutation(len(entries) * 2)]
        for entry in order[:count]:
            shape = draw_object(rng, FAMILIES[str(entry.builtin)])
            for _ in range(TRIES):
                if self.place_at_wall(entry, shape, *self.random_place()):
                    break

    def place_at_wall(self, entry: Entry, shape: ProceduralObject, wall: Wall, offset: float) -> bool:
        """Put furniture at a wall, with objects on it; whether there was space for it."""
        width, depth, height = _body(shape).size
        for window in (w for w in self.room.windows if w.wall == wall.name):
            if abs(window.offset - offset) <= (window.width + width) / 2 and height >= window.sill + 0.1:
                return False
        if not self.is_free(wall, offset, width, 0.0):
            return False
        inside = depth / 2 + 0.04
        floor = _seen_from_above(wall, offset, width, (0.02, depth + 0.06))
        occupant = _occupant_at(wall, wall.at(offset, inside, height / 2), width, depth, height)
        if not self.clear_above(floor) or any(_overlap(floor, block) for block in self.room.bounds.blocks):
            return False
        if not all(occupant.clear_of(other) for other in self.builder.space.occupants):
            return False
        self.builder.space.add(occupant)
        place = wall.at(offset, inside)
        self.builder.add(entry, shape, standing(place, wall.yaw), "dressing")
        top = max(height, lay_out(self.rng, self.builder, PlacedFurniture(shape, place, wall.yaw, (occupant,))))
        self.take(wall, offset, width, top)
        self.placed.append((floor, top))
        return True

    def pictures(self) -> None:
        """Pictures and shelves on the walls."""
        for _ in range(integer(self.rng, (5, 9))):
            entry, picture = self.draw(choose(self.rng, ("picture", "picture", "wall_shelf")))
            width, depth, height = _body(picture).size
            for _ in range(TRIES // 2):
                wall, offset = self.random_place()
                bottom = uniform(self.rng, (1.2, 1.5))
                above = _seen_from_above(wall, offset, width, (0.0, depth))
                fits = bottom + height < self.room.height - 0.1 and self.is_free(wall, offset, width, bottom)
                if fits and self.clear_above(above, bottom):
                    self.builder.add(entry, picture, standing(wall.at(offset, depth / 2, bottom), wall.yaw), "dressing")
                    self.take(wall, offset, width, self.room.height)
                    self.placed.append((above, self.room.height))
                    middle = wall.at(offset, depth / 2, bottom + height / 2)
                    self.builder.space.add(_occupant_at(wall, middle, width, depth, height))
                    break

    def rug(self) -> None:
        if self.rng.uniform() < 0.25:
            return
        (x0, x1), depth = self.room.bounds.x, 2.0
        width = min(uniform(self.rng, (1.6, 2.8)), x1 - x0 - 1.6)
        entry, rug = self.draw("rug", width=width, depth=min(depth, width))
        place = self.open_floor(math.hypot(width, min(depth, width)) / 2) - UP * RUG_SINK
        self.builder.add(entry, rug, standing(place, uniform(self.rng, (-0.3, 0.3))), "dressing")


def add_room(builder: SceneBuilder, room: Room) -> None:
    """Build the shell of a room, its windows and lamps, and furnish its walls."""
    room_builder = RoomBuilder(builder.rng("furnish"), builder, room)
    room_builder.shell()
    for window in room.windows:
        room_builder.window(window)
    room_builder.lamps()
    room_builder.door()
    room_builder.furniture()
    room_builder.pictures()
    room_builder.rug()


def _body(shape: ProceduralObject) -> Body:
    return Body(FAMILIES[shape.family].extent(shape.params))


def _overlap(area: Block, other: Block, margin: float = 0.03) -> bool:
    pairs = ((area.x, other.x), (area.y, other.y))
    return not any(p[1] + margin <= q[0] or q[1] + margin <= p[0] for p, q in pairs)


def _seen_from_above(wall: Wall, offset: float, width: float, inside: tuple[float, float]) -> Block:
    """The floor under an object at a wall, between two distances from it."""
    corners = np.stack([wall.at(offset + s * width / 2, d) for s in (-1, 1) for d in inside])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return Block((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))


def _occupant_at(wall: Wall, middle: Array, width: float, depth: float, height: float) -> Occupant:
    """The space that an object occupies at a wall; `middle` (3,) is its centre."""
    return Occupant(middle[None], 0.0, height / 2, half=(width / 2, depth / 2), yaw=wall.yaw)

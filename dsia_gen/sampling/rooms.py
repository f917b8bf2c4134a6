"""Indoor scenes: the shell of a room, its windows and lamps, and what stands along its walls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.config.scene_config import RoomConfig
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import quaternion
from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.room.families_room import DADOS, FLOORS, WALLS
from dsia_gen.sampling.draw import Rng, choose, draw_material, draw_object, integer, uniform, weighted
from dsia_gen.sampling.floor_plan import Wall, draw_plan, walls_of
from dsia_gen.sampling.furnish import Piece, lay_out
from dsia_gen.sampling.light_profiles import aim_down
from dsia_gen.sampling.rigid_trajectories import Body, standing
from dsia_gen.sampling.scene_builder import LampSlot, SceneBuilder
from dsia_gen.sampling.space import Block, Bounds, Occupant
from dsia_gen.spec.asset import ParamValue, ProceduralObject
from dsia_gen.spec.motion import Still

Array = NDArray[np.float64]
TRIES = 30
SHELVED = 0.6
"""How often a room surely has open shelves; else they come by chance, as all furniture does."""
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

    bounds: Bounds
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
    """Plan, size and openings of a room."""
    bounds = draw_plan(rng, config)
    beams = choose(rng, (0, 0, 3, 4))
    room = Room(bounds, uniform(rng, (0.12, 0.22)), beams, uniform(rng, (0.1, 0.16)), ())
    windows = _draw_windows(rng, room, integer(rng, config.windows))
    return Room(bounds, room.thickness, room.beams, room.beam_depth, windows)


def _draw_windows(rng: Rng, room: Room, count: int) -> tuple[Window, ...]:
    """At most two windows a wall, apart from each other and from the corners; some reach down to the floor."""
    windows: list[Window] = []
    walls = [wall for wall in _seen(room) if wall.outer]
    for _ in range(TRIES):
        if len(windows) == count:
            break
        wall = _any_wall(rng, walls)
        window = _draw_window(rng, room, wall)
        if abs(window.offset) + window.width / 2 + 0.35 > wall.length / 2:
            continue
        beside = [w for w in windows if w.wall == wall.name]
        if len(beside) < 2 and all(_apart(window, w) for w in beside):
            windows.append(window)
    return tuple(windows)


def _draw_window(rng: Rng, room: Room, wall: Wall) -> Window:
    """A window, or one time in four a door of glass to a balcony, somewhere along a wall."""
    width, sill, height = uniform(rng, (0.9, 1.7)), uniform(rng, (0.75, 1.0)), uniform(rng, (1.0, 1.5))
    if rng.uniform() < 0.25:
        width, sill, height = uniform(rng, (0.9, 1.4)), 0.04, uniform(rng, (1.95, 2.15))
    offset = uniform(rng, (-wall.length / 2, wall.length / 2))
    return Window(wall.name, offset, sill, width, min(height, room.height - sill - 0.25))


def _seen(room: Room) -> list[Wall]:
    """The walls that the camera may see: all but those behind it that look its way."""
    return [wall for wall in room.walls().values() if wall.side != "front" and wall.length > 0.5]


def _any_wall(rng: Rng, walls: list[Wall]) -> Wall:
    """A wall, long ones more often, and twice as often one that faces the camera."""
    return walls[weighted(rng, {k: w.length * (2 if w.side == "back" else 1) for k, w in enumerate(walls)})]


def _apart(a: Window, b: Window) -> bool:
    return abs(a.offset - b.offset) > (a.width + b.width) / 2 + 0.7


@dataclass
class _Furnished:
    """Intervals of each wall that are taken: (start, end, top of what stands there); and places seen from above."""

    taken: dict[str, list[tuple[float, float, float]]] = field(default_factory=dict)
    stood: list[tuple[Block, float]] = field(default_factory=list)
    """What stands on the floor or hangs, seen from above, and its top."""

    def free(self, wall: Wall, offset: float, width: float, bottom: float, margin: float = 0.08) -> bool:
        """Whether a stretch is inside the wall and nothing there reaches above `bottom`."""
        low, high = offset - width / 2 - margin, offset + width / 2 + margin
        if low < -wall.length / 2 or high > wall.length / 2:
            return False
        return all(high <= a or low >= b or top <= bottom for a, b, top in self.taken.get(wall.name, []))

    def take(self, wall: Wall, offset: float, width: float, top: float) -> None:
        self.taken.setdefault(wall.name, []).append((offset - width / 2, offset + width / 2, top))

    def stands_free(self, place: Block, bottom: float = 0.0) -> bool:
        """Whether nothing in a rectangle seen from above reaches higher than `bottom`."""
        return not any(top > bottom and _overlap(place, other) for other, top in self.stood)


def _overlap(a: Block, b: Block, margin: float = 0.03) -> bool:
    apart = (p[1] + margin <= q[0] or q[1] + margin <= p[0] for p, q in ((a.x, b.x), (a.y, b.y)))
    return not any(apart)


def _from_above(wall: Wall, offset: float, width: float, inside: tuple[float, float]) -> Block:
    """The floor under something at a wall, between two distances from it."""
    corners = np.stack([wall.at(offset + s * width / 2, d) for s in (-1, 1) for d in inside])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return Block((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))


def add_room(draft: SceneBuilder, room: Room) -> None:
    """Build the shell, let light in, hang lamps, and furnish the walls."""
    rng = draft.rng("furnish")
    done = _Furnished()
    _add_shell(rng, draft, room)
    for window in room.windows:
        _add_window(rng, draft, room, window, done)
    _add_lamps(rng, draft, room)
    _add_door(rng, draft, room, done)
    _add_furniture(rng, draft, room, done)
    _add_pictures(rng, draft, room, done)
    _add_rug(rng, draft, room)


def _part(draft: SceneBuilder, family: str) -> Entry:
    """The manifest entry of a built-in family."""
    for entry in draft.library.of("object"):
        if entry.builtin == family:
            return entry
    raise AssetError(f"indoor scenes need the built-in family {family!r}; add the manifest `objects` to the scene")


def _draw_part(rng: Rng, draft: SceneBuilder, family: str, **fixed: ParamValue) -> tuple[Entry, ProceduralObject]:
    return _part(draft, family), draw_object(rng, FAMILIES[family], fixed)


def _body(shape: ProceduralObject) -> Body:
    return Body(FAMILIES[shape.family].extent(shape.params))


def _add_shell(rng: Rng, draft: SceneBuilder, room: Room) -> None:
    (x0, x1), (y0, y1) = room.bounds.x, room.bounds.y
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2, 0.0])
    length, width = x1 - x0 + 2 * room.thickness, y1 - y0 + 2 * room.thickness
    entry, floor = _draw_part(rng, draft, "floor_slab", length=length, width=width, thickness=0.1)
    floor = _finished(rng, floor, 0, FLOORS)
    draft.add(entry, floor, standing(middle - np.array([0, 0, 0.1]), 0.0), "room")
    entry, ceiling = _draw_part(
        rng, draft, "ceiling_slab", length=length, width=width, thickness=0.1, beams=room.beams, crossbeams=0,
        beam_depth=room.beam_depth,
    )  # fmt: skip
    draft.add(entry, ceiling, standing(middle + np.array([0, 0, room.height]), 0.0), "room")
    entry, first = _draw_part(rng, draft, "wall")
    first, accent = (_finished(rng, _finished(rng, first, 1, DADOS), 0, WALLS) for _ in range(2))
    accented = rng.uniform() < 0.5
    for wall in room.walls().values():
        if wall.length + sum(wall.more) > 0.02:
            _add_wall(draft, room, wall, entry, accent if wall.name == "back" and accented else first, first)


def _finished(rng: Rng, shape: ProceduralObject, slot: int, finishes: tuple[Slot, ...]) -> ProceduralObject:
    """A part of the shell with one of the finishes on a slot."""
    materials = list(shape.materials)
    materials[slot] = draw_material(rng, choose(rng, finishes))
    return shape.model_copy(update={"materials": tuple(materials)})


def _add_wall(
    draft: SceneBuilder, room: Room, wall: Wall, entry: Entry, style: ProceduralObject, base: ProceduralObject
) -> None:
    shift = (wall.more[1] - wall.more[0]) / 2
    params: dict[str, ParamValue] = dict(base.params)
    params |= {"length": wall.length + sum(wall.more), "height": room.wall_height}
    params |= {"thickness": room.thickness, "opening_1": (), "opening_2": ()}
    for k, window in enumerate([w for w in room.windows if w.wall == wall.name], start=1):
        params[f"opening_{k}"] = (window.offset - shift, window.sill, window.width, window.height)
    shape = ProceduralObject(family="wall", params=params, materials=style.materials)
    draft.add(entry, shape, standing(wall.at(shift, -room.thickness / 2), wall.yaw), "room")


def _add_window(rng: Rng, draft: SceneBuilder, room: Room, window: Window, done: _Furnished) -> None:
    wall = room.walls()[window.wall]
    entry, frame = _draw_part(
        rng, draft, "window_frame", width=window.width, height=window.height, depth=room.thickness, pane=False
    )
    draft.add(entry, frame, standing(wall.at(window.offset, -room.thickness / 2, window.sill), wall.yaw), "room")
    done.take(wall, window.offset, window.width, window.sill + window.height)
    if rng.uniform() < 0.6:
        _add_curtains(rng, draft, room, window, done)


def _add_curtains(rng: Rng, draft: SceneBuilder, room: Room, window: Window, done: _Furnished) -> None:
    wall = room.walls()[window.wall]
    top = min(window.sill + window.height + 0.18, room.height - 0.02)
    height = top - (0.05 if rng.uniform() < 0.6 else window.sill - 0.15)
    width = uniform(rng, (0.35, 0.55))
    entry, cloth = _draw_part(rng, draft, "curtain", width=width, height=height, depth=0.1)
    for side in (-1, 1):
        offset = window.offset + side * (window.width / 2 + width / 2 - 0.12)
        if abs(offset) + width / 2 < wall.length / 2 and done.free(wall, offset, width - 0.3, 0.0, 0.0):
            draft.add(entry, cloth, standing(wall.at(offset, 0.09, top - height), wall.yaw), "room")
            done.take(wall, offset, width, top)
            done.stood.append((_from_above(wall, offset, width, (0.0, 0.16)), top))


def _add_lamps(rng: Rng, draft: SceneBuilder, room: Room) -> None:
    """Daylight through each window, a lamp that hangs over the middle of the stage, and sometimes a carried one."""
    draft.sockets += [_daylight(rng, room, window) for window in room.windows]
    entry, lamp = _draw_part(rng, draft, "ceiling_lamp", height=uniform(rng, (0.45, 0.7)))
    height = _body(lamp).size[2]
    place = _open_floor(rng, room, 0.5)
    draft.add(entry, lamp, standing(place + np.array([0, 0, room.wall_height - height]), 0.0), "room")
    middle = place + np.array([0, 0, room.wall_height - height / 2])
    draft.space.add(Occupant(middle[None], _body(lamp).flat_radius, height / 2))
    seat = standing(place + np.array([0, 0, room.wall_height - height - 0.07]), 0.0)
    draft.sockets.append(LampSlot("point", seat, uniform(rng, (110, 190)), _warm(rng), 0.07))
    if rng.uniform() < draft.config.light.torch:
        draft.sockets.append(_torch(rng, room))


def _open_floor(rng: Rng, room: Room, radius: float) -> Array:
    """A place (3,) near the middle of the stage around which the plan is free."""
    (x0, x1), (_, y1) = room.bounds.x, room.bounds.y
    for _ in range(TRIES):
        place = np.array([(x0 + x1) / 2 + uniform(rng, (-0.6, 0.6)), uniform(rng, (1.6, min(3.2, y1 - 1.2))), 0.0])
        if all(block.clear_of(Occupant(place[None], radius, 0.0)) for block in room.bounds.blocks):
            return place
    return np.array([0.0, 2.0, 0.0])


def _warm(rng: Rng) -> Array:
    return np.array([1.0, uniform(rng, (0.78, 0.92)), uniform(rng, (0.55, 0.8))])


def _daylight(rng: Rng, room: Room, window: Window) -> LampSlot:
    """The sky seen through a window, as an area lamp in the opening that shines inside."""
    wall = room.walls()[window.wall]
    place = wall.at(window.offset, -room.thickness - 0.05, window.sill + window.height / 2)
    # Lamps shine along their -Z: Z points out of the room.
    z = -wall.inward
    turn = quaternion(np.stack([np.cross(np.array([0.0, 0.0, 1.0]), z), np.array([0.0, 0.0, 1.0]), z], axis=1))
    seat = Still(position=tuple(place.tolist()), rotation=tuple(turn.tolist()))
    size = min(window.width, window.height)
    return LampSlot("area", seat, uniform(rng, (120, 260)), np.array([0.9, 0.97, 1.08]), size)


def _torch(rng: Rng, room: Room) -> LampSlot:
    """A lamp that somebody beside the camera holds up and turns."""
    (x0, x1), (y0, _) = room.bounds.x, room.bounds.y
    place = (uniform(rng, (x0 + 0.4, x1 - 0.4)), y0 + 0.3, min(2.1, room.height - 0.3))
    yaw = math.atan2(place[1] - 3.0, place[0] - (x0 + x1) / 2)
    return LampSlot(
        "spot",
        Still(position=place, rotation=tuple(aim_down(yaw, 0.35).tolist())),
        uniform(rng, (150, 350)),
        np.array([1.0, 0.95, 0.88]),
        0.12,
        carried=True,
    )


def _add_door(rng: Rng, draft: SceneBuilder, room: Room, done: _Furnished) -> None:
    entry, door = _draw_part(rng, draft, "door")
    width, depth, height = _body(door).size
    for _ in range(TRIES):
        wall = _any_wall(rng, _seen(room))
        offset = uniform(rng, (-wall.length / 2, wall.length / 2))
        if done.free(wall, offset, width, 0.0, 0.12):
            draft.add(entry, door, standing(wall.at(offset, 0.05 - depth / 2), wall.yaw), "room")
            done.take(wall, offset, width, height)
            done.stood.append((_from_above(wall, offset, width, (0.0, 0.6)), height))
            draft.space.add(Occupant(wall.at(offset, 0.1, height / 2)[None], width / 2, height / 2))
            return


def _add_furniture(rng: Rng, draft: SceneBuilder, room: Room, done: _Furnished) -> None:
    count = integer(rng, draft.config.room.furniture)
    entries = [e for e in draft.library.of("object", (), ("furniture", "indoor")) if e.builtin and "flat" not in e.tags]
    tables = [e for e in entries if "table" in e.tags]
    order = [choose(rng, tables)] if tables and count > 1 else []
    order += [e for e in entries if e.builtin == "open_shelf" and order and rng.uniform() < SHELVED]
    order += [entries[int(k) % len(entries)] for k in rng.permutation(len(entries) * 2)]
    for entry in order[:count]:
        shape = draw_object(rng, FAMILIES[str(entry.builtin)])
        for _ in range(TRIES):
            if _stand_at_wall(rng, draft, room, done, entry, shape):
                break


def _stand_at_wall(
    rng: Rng, draft: SceneBuilder, room: Room, done: _Furnished, entry: Entry, shape: ProceduralObject
) -> bool:
    width, depth, height = _body(shape).size
    wall = _any_wall(rng, _seen(room))
    offset = uniform(rng, (-wall.length / 2, wall.length / 2))
    if not _window_stays_free(room, wall, offset, width, height) or not done.free(wall, offset, width, 0.0):
        return False
    inside = depth / 2 + 0.04
    floor = _from_above(wall, offset, width, (0.02, depth + 0.06))
    taken = _room_at(wall, wall.at(offset, inside, height / 2), width, depth, height)
    if not done.stands_free(floor) or any(_overlap(floor, block) for block in room.bounds.blocks):
        return False
    if not all(taken.clear_of(thing) for thing in draft.space.things):
        return False
    draft.space.add(taken)
    place = wall.at(offset, inside)
    draft.add(entry, shape, standing(place, wall.yaw), "dressing")
    top = max(height, lay_out(rng, draft, Piece(shape, place, wall.yaw, (taken,))))
    done.take(wall, offset, width, top)
    done.stood.append((floor, top))
    return True


def _window_stays_free(room: Room, wall: Wall, offset: float, width: float, height: float) -> bool:
    return all(
        abs(window.offset - offset) > (window.width + width) / 2 or height < window.sill + 0.1
        for window in room.windows
        if window.wall == wall.name
    )


def _room_at(wall: Wall, middle: Array, width: float, depth: float, height: float) -> Occupant:
    """The room that something takes at a wall."""
    return Occupant(middle[None], 0.0, height / 2, half=(width / 2, depth / 2), yaw=wall.yaw)


def _add_pictures(rng: Rng, draft: SceneBuilder, room: Room, done: _Furnished) -> None:
    for _ in range(integer(rng, (5, 9))):
        family = choose(rng, ("picture", "picture", "wall_shelf"))
        entry, picture = _draw_part(rng, draft, family)
        width, depth, height = _body(picture).size
        for _ in range(TRIES // 2):
            wall = _any_wall(rng, _seen(room))
            offset, bottom = uniform(rng, (-wall.length / 2, wall.length / 2)), uniform(rng, (1.2, 1.5))
            above = _from_above(wall, offset, width, (0.0, depth))
            fits = bottom + height < room.height - 0.1 and done.free(wall, offset, width, bottom)
            if fits and done.stands_free(above, bottom):
                draft.add(entry, picture, standing(wall.at(offset, depth / 2, bottom), wall.yaw), "dressing")
                done.take(wall, offset, width, room.height)
                done.stood.append((above, room.height))
                middle = wall.at(offset, depth / 2, bottom + height / 2)
                draft.space.add(_room_at(wall, middle, width, depth, height))
                break


def _add_rug(rng: Rng, draft: SceneBuilder, room: Room) -> None:
    if rng.uniform() < 0.25:
        return
    width = min(uniform(rng, (1.6, 2.8)), room.bounds.x[1] - room.bounds.x[0] - 1.6)
    entry, rug = _draw_part(rng, draft, "rug", width=width, depth=min(2.0, width))
    place = _open_floor(rng, room, math.hypot(width, min(2.0, width)) / 2) - np.array([0.0, 0.0, RUG_SINK])
    draft.add(entry, rug, standing(place, uniform(rng, (-0.3, 0.3))), "dressing")

"""Parts of rooms and furniture: what an indoor scene is composed of."""

from __future__ import annotations

from dsia_gen.procedural.room.decoration import CeilingLamp, FloorLamp, FramedPicture, PlantPot, Rug, TableLamp
from dsia_gen.procedural.room.furniture import (
    Armchair,
    Bed,
    Chair,
    CoffeeTable,
    Desk,
    DiningTable,
    FoldingScreen,
    RoundTable,
    Sofa,
    Stool,
)
from dsia_gen.procedural.room.room_part import RoomPart
from dsia_gen.procedural.room.shell import CeilingSlab, Curtain, Door, FloorSlab, RoomWall, WindowFrame
from dsia_gen.procedural.room.shelving import Bookshelf, Cabinet, ClothesCupboard, OpenShelf, WallShelf

ROOM_PARTS: tuple[RoomPart, ...] = (
    RoomWall(), FloorSlab(), CeilingSlab(), WindowFrame(), Curtain(), Door(), Rug(), FramedPicture(), CeilingLamp(),
    FloorLamp(), TableLamp(), PlantPot(), WallShelf(), Bookshelf(), OpenShelf(), Cabinet(), ClothesCupboard(), Chair(),
    Stool(), Sofa(), Armchair(), Bed(), DiningTable(), RoundTable(), CoffeeTable(), Desk(), FoldingScreen(),
)  # fmt: skip

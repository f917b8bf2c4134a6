"""Props of outdoor scenes."""

from __future__ import annotations

from dsia_gen.procedural.props.barriers import BrickWall, ConcreteBarrier, Fence
from dsia_gen.procedural.props.buildings import Facade, Shed
from dsia_gen.procedural.props.car import Car
from dsia_gen.procedural.props.market import CrateStack, MarketStall
from dsia_gen.procedural.props.plants import Bush, Conifer, Flowers, GrassTuft, Hedge, Tree
from dsia_gen.procedural.props.prop import OutdoorProp
from dsia_gen.procedural.props.stones import BoulderGroup, LogPile, Rock
from dsia_gen.procedural.props.street import Banner, Bench, FlutedColumn, LampPost, LitterBin, Planter, Signboard

PROPS: tuple[OutdoorProp, ...] = (
    Rock(), BoulderGroup(), Bush(), Tree(), Conifer(), GrassTuft(), Flowers(), Hedge(), LogPile(), Fence(), BrickWall(),
    ConcreteBarrier(), LampPost(), Bench(), Planter(), Signboard(), CrateStack(), MarketStall(), FlutedColumn(),
    Banner(), LitterBin(), Car(), Shed(), Facade(),
)  # fmt: skip

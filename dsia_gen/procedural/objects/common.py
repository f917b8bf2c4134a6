"""What the modules of foreground families share: kinds of material, settings, ways to tell a size."""

from __future__ import annotations

from dsia_gen.procedural.family import USUAL_FILL, Family, Setting, Slot, Use
from dsia_gen.procedural.params import Params, Range
from dsia_gen.procedural.room.families_room import Size, number
from dsia_gen.procedural.table_family import TableFamily
from dsia_gen.spec.material import MaterialKind

GRAPHIC: tuple[MaterialKind, ...] = ("patches", "stripes", "checker", "dots", "print")
CLOTH: tuple[MaterialKind, ...] = ("fabric", "knit", "denim", "patches", "stripes", "checker")
STEEL: tuple[MaterialKind, ...] = ("metal",)
RUBBER: tuple[MaterialKind, ...] = ("plain", "noise")
TIMBER: tuple[MaterialKind, ...] = ("wood",)

EVERYWHERE: frozenset[Setting] = frozenset({"outdoor", "indoor"})
OUTDOOR: frozenset[Setting] = frozenset({"outdoor"})
INDOOR: frozenset[Setting] = frozenset({"indoor"})


def box(params: Params) -> tuple[float, float, float]:
    """A size of `width`, `depth` and `height`."""
    return number(params, "width"), number(params, "depth"), number(params, "height")


def multiple_of(name: str, x: float, y: float, z: float) -> Size:
    """A size that is a fixed multiple of one parameter."""

    def size(params: Params) -> tuple[float, float, float]:
        length = number(params, name)
        return x * length, y * length, z * length

    return size


def upright(x: float = 1.0, y: float = 1.0) -> Size:
    """A size of `diameter` times x and y, and `height`."""

    def size(params: Params) -> tuple[float, float, float]:
        diameter = number(params, "diameter")
        return x * diameter, y * diameter, number(params, "height")

    return size


def turned(x: float = 1.0, y: float = 1.0) -> Size:
    """A size of x and y times `diameter`, and `tallness` times `diameter` high."""

    def size(params: Params) -> tuple[float, float, float]:
        diameter = number(params, "diameter")
        return x * diameter, y * diameter, number(params, "tallness") * diameter

    return size


def foreground(
    name: str,
    about: str,
    params: dict[str, Range],
    slots: tuple[Slot, ...],
    size: Size,
    extra: tuple[Use, ...] = (),
    settings: frozenset[Setting] = EVERYWHERE,
    rolls: bool = False,
    tags: tuple[str, ...] = (),
    solidity: float = USUAL_FILL,
) -> Family:
    """A family of the foreground, which may move in every way."""
    uses: frozenset[Use] = frozenset(("foreground", *extra))
    return TableFamily(
        name, about, params, slots, size, uses, settings, moves=True, rolls=rolls, tags=tags, solidity=solidity
    )

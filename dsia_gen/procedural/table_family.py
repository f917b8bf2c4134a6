"""Families that are still split into a row of a table and a builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dsia_gen.procedural.family import USUAL_FILL, Family, Setting, Slot, Use
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.params import Params, Range, TypedParams
from dsia_gen.procedural.sizes import Extent

Builder = Callable[[TypedParams], MeshData]


class TableFamily(Family):
    """A row of a table; its builder is joined to it in `families`."""

    builder: Builder

    def __init__(
        self, name: str, about: str, params: Mapping[str, Range], slots: tuple[Slot, ...],
        size: Callable[[Params], Extent], uses: frozenset[Use], settings: frozenset[Setting], moves: bool = True,
        rolls: bool = False, tags: tuple[str, ...] = (), solidity: float = USUAL_FILL,
    ) -> None:  # fmt: skip
        vars(self).update(
            name=name, __doc__=about, params=params, slots=slots, uses=uses, settings=settings, moves=moves,
            rolls=rolls, tags=tags, silhouette_fill=solidity, table_size=size,
        )  # fmt: skip

    def build(self, p: TypedParams) -> MeshData:
        """The mesh, in its final size."""
        return self.builder(p)

    def extent(self, params: Params) -> Extent:
        """The size that the table says."""
        size: Extent = vars(self)["table_size"](params)
        return size

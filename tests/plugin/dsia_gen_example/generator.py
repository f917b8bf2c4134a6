"""An asset generator of one family: pyramids."""

from dsia_gen.assets.generators import FamilyGenerator
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData, mesh
from dsia_gen.procedural.params import Span, TypedParams


class Pyramid(Family):
    """A pyramid on a square."""

    name = "example:pyramid"
    params = {"side": Span(0.2, 0.5), "height": Span(0.2, 0.6)}
    slots = (Slot("faces", ("brick", "plaster"), palette="stone"),)

    def build(self, p: TypedParams) -> MeshData:
        half, height = p.real("side") / 2, p.real("height")
        corners = [(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0), (0, 0, height)]
        return mesh(corners, [[3, 2, 1, 0], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])


GENERATOR = FamilyGenerator((Pyramid(),), source="dsia-gen-example", licence="CC0-1.0")

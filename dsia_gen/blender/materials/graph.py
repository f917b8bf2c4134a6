"""Shader nodes as expressions: numbers, vectors and colours that are added, mixed and looked up by name.

A graph is a description; `node_groups` makes the nodes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dsia_gen.blender.mesh_objects import REST_NORMAL, REST_POSITION
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Rgb


class Stated(float):
    """A number that a material states, or that is computed of one: what differs between materials of one kind."""


def _kept(name: str) -> Any:
    plain = getattr(float, name)

    def method(self: float, other: Any) -> Any:
        result = plain(self, other)
        return result if result is NotImplemented else Stated(result)

    return method


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"):
    setattr(Stated, f"__{_name}__", _kept(f"__{_name}__"))


def stated(material: Material) -> Material:
    """The same material, whose numbers are known as such."""
    numbers = ("scale", "roughness", "metallic", "bump", "emission")
    colours = tuple(tuple(map(Stated, colour)) for colour in material.colours)
    return material.model_copy(update={"colours": colours, **{n: Stated(getattr(material, n)) for n in numbers}})


@dataclass(eq=False)
class Node:
    """A shader node to be: its Blender type, its properties, and its inputs, by name or index, in the order given."""

    kind: str
    properties: dict[str, Any]
    inputs: dict[int | str, Any] = field(default_factory=dict)
    stops: Sequence[tuple[float, Rgb]] = ()
    """Of a colour ramp."""


class Signal:
    """The output of a node, a number unless said otherwise. Arithmetic on it adds nodes to its graph."""

    def __init__(self, graph: Graph, node: Node, key: int | str = 0) -> None:
        self.graph, self.node, self.key = graph, node, key

    def __add__(self, other: Signal | float) -> Signal:
        return self.graph.math("ADD", self, other)

    __radd__ = __add__

    def __sub__(self, other: Signal | float) -> Signal:
        return self.graph.math("SUBTRACT", self, other)

    def __rsub__(self, other: float) -> Signal:
        return self.graph.math("SUBTRACT", other, self)

    def __mul__(self, other: Signal | float) -> Signal:
        return self.graph.math("MULTIPLY", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Signal | float) -> Signal:
        return self.graph.math("DIVIDE", self, other)

    def __rtruediv__(self, other: float) -> Signal:
        return self.graph.math("DIVIDE", other, self)

    def __gt__(self, other: Signal | float) -> Signal:
        return self.graph.math("GREATER_THAN", self, other)

    def __lt__(self, other: Signal | float) -> Signal:
        return self.graph.math("LESS_THAN", self, other)

    def floor(self) -> Signal:
        return self.graph.math("FLOOR", self)

    def fract(self) -> Signal:
        return self.graph.math("FRACT", self)

    def abs(self) -> Signal:
        return self.graph.math("ABSOLUTE", self)

    def sin(self) -> Signal:
        return self.graph.math("SINE", self)

    def clamp(self) -> Signal:
        return self.graph.math("ADD", self, 0.0, clamp=True)

    def power(self, exponent: float) -> Signal:
        return self.graph.math("POWER", self, exponent)

    def min(self, other: Signal | float) -> Signal:
        return self.graph.math("MINIMUM", self, other)

    def max(self, other: Signal | float) -> Signal:
        return self.graph.math("MAXIMUM", self, other)

    def rise(self, low: float, high: float) -> Signal:
        """0 up to `low`, 1 from `high`, smooth between; falls instead where low > high."""
        first, last = (0.0, 1.0) if low <= high else (1.0, 0.0)
        node = self.graph.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP", clamp=True)
        self.graph.feed(node, {0: self, 1: min(low, high), 2: max(low, high) + 1e-6, 3: first, 4: last})
        return Signal(self.graph, node)

    def span(self, low: float, high: float) -> Signal:
        """A number in [0, 1] stretched to [low, high]."""
        return self.graph.math("MULTIPLY_ADD", self, high - low, low)


class Graph:
    """The nodes of a material with the coordinates that every pattern starts from.

    `position` is the rest position in pattern elements (metres / scale), moved by a vector drawn from the seed;
    `normal` is the rest normal.
    """

    def __init__(self, material: Material) -> None:
        self.nodes: list[Node] = []
        self.material = stated(material)
        offset = np.random.default_rng([material.seed, 104729]).uniform(-40, 40, 3)
        self.metres = self.attribute(REST_POSITION)
        scaled = self.vector("SCALE", self.metres, scale=1.0 / self.material.scale)
        self.position = self.vector("ADD", scaled, tuple(map(Stated, offset)))
        # The rest normal, or the object-space normal on a mesh that has none stored.
        stored = self.attribute(REST_NORMAL)
        length = self.out(self.feed(self.node("ShaderNodeVectorMath", operation="LENGTH"), {0: stored}), "Value")
        fallback = self.out(self.node("ShaderNodeTexCoord"), "Normal")
        self.normal = self.vector("ADD", stored, self.vector("SCALE", fallback, scale=length < 0.1))

    # -- nodes ---------------------------------------------------------------------------------------------

    def node(self, kind: str, **properties: Any) -> Node:
        """A new node with its properties set."""
        self.nodes.append(Node(kind, properties))
        return self.nodes[-1]

    def feed(self, node: Node, inputs: Mapping[Any, Any]) -> Node:
        """Links signals to, and sets values of, inputs given by name or index; None leaves an input as it is."""
        node.inputs |= {key: value for key, value in inputs.items() if value is not None}
        return node

    def out(self, node: Node, key: int | str = 0) -> Signal:
        """One output of a node."""
        return Signal(self, node, key)

    def attribute(self, name: str) -> Signal:
        """A vector attribute of the mesh."""
        return self.out(self.node("ShaderNodeAttribute", attribute_name=name), "Vector")

    # -- arithmetic ----------------------------------------------------------------------------------------

    def math(
        self, operation: str, a: Signal | float, b: Signal | float | None = None, c: Signal | float | None = None,
        clamp: bool = False,
    ) -> Signal:  # fmt: skip
        """A Math node."""
        return self.out(
            self.feed(self.node("ShaderNodeMath", operation=operation, use_clamp=clamp), {0: a, 1: b, 2: c})
        )

    def vector(
        self, operation: str, a: Signal | Sequence[float], b: Signal | Sequence[float] | None = None,
        scale: Signal | float | None = None,
    ) -> Signal:  # fmt: skip
        """A Vector Math node with a vector result."""
        return self.out(self.feed(self.node("ShaderNodeVectorMath", operation=operation), {0: a, 1: b, 3: scale}))

    def split(self, vector: Signal) -> tuple[Signal, Signal, Signal]:
        """The three components of a vector."""
        node = self.feed(self.node("ShaderNodeSeparateXYZ"), {0: vector})
        return self.out(node, 0), self.out(node, 1), self.out(node, 2)

    def join(self, x: Signal | float, y: Signal | float = 0.0, z: Signal | float = 0.0) -> Signal:
        """A vector of three numbers."""
        return self.out(self.feed(self.node("ShaderNodeCombineXYZ"), {0: x, 1: y, 2: z}))

    def choose(self, factor: Signal | float, a: Signal | float, b: Signal | float) -> Signal:
        """The number a where factor is 0, b where it is 1."""
        node = self.node("ShaderNodeMix", data_type="FLOAT", clamp_factor=True)
        return self.out(self.feed(node, {0: factor, 2: a, 3: b}), 0)

    # -- colour --------------------------------------------------------------------------------------------

    def mix(self, factor: Signal | float, a: Signal | Rgb, b: Signal | Rgb, blend: str = "MIX") -> Signal:
        """The colour a where factor is 0, b (or the blend of both) where it is 1."""
        node = self.node("ShaderNodeMix", data_type="RGBA", blend_type=blend, clamp_factor=True)
        return self.out(self.feed(node, {0: factor, 6: a, 7: b}), 2)

    def grey(self, value: Signal | float) -> Signal:
        """A number as a colour."""
        return self.out(self.feed(self.node("ShaderNodeCombineColor"), {0: value, 1: value, 2: value}))

    def shade(self, colour: Signal | Rgb, brightness: Signal | float) -> Signal:
        """A colour times a number."""
        return self.mix(1.0, colour, self.grey(brightness), "MULTIPLY")

    def ramp(self, value: Signal, stops: Sequence[tuple[float, Rgb]], interpolation: str = "LINEAR") -> Signal:
        """A colour looked up by a number in [0, 1]; 2 to 32 stops in ascending order."""
        node = self.node("ShaderNodeValToRGB", interpolation=interpolation)
        node.stops = stops
        return self.out(self.feed(node, {0: value}))

    # -- textures ------------------------------------------------------------------------------------------

    def noise(
        self, at: Signal, scale: float = 1.0, detail: float = 3.0, roughness: float = 0.55, distortion: float = 0.0
    ) -> Signal:
        """Fractal Perlin noise in about [0.2, 0.8], one bump to 1 / scale of `at`."""
        node = self.node("ShaderNodeTexNoise", noise_dimensions="3D", normalize=True)
        self.feed(node, {"Vector": at, "Scale": scale, "Detail": detail, "Roughness": roughness})
        return self.out(self.feed(node, {"Distortion": distortion}), 0)

    def jitter(self, at: Signal, scale: float, amount: float, detail: float = 2.0) -> Signal:
        """The vector `at` pushed about by up to `amount`."""
        node = self.node("ShaderNodeTexNoise", noise_dimensions="3D", normalize=True)
        self.feed(node, {"Vector": at, "Scale": scale, "Detail": detail})
        push = self.vector("SUBTRACT", self.out(node, 1), (0.5, 0.5, 0.5))
        return self.vector("ADD", at, self.vector("SCALE", push, scale=2 * amount))

    def voronoi(self, at: Signal, scale: float = 1.0, feature: str = "F1", randomness: float = 1.0) -> Node:
        """A Voronoi node: outputs "Distance", "Color" (a random one for each cell), "Position"."""
        node = self.node("ShaderNodeTexVoronoi", voronoi_dimensions="3D", feature=feature)
        return self.feed(node, {"Vector": at, "Scale": scale, "Randomness": randomness})

    def cells(self, at: Signal, scale: float = 1.0, randomness: float = 1.0) -> tuple[Signal, Signal]:
        """Distance to the nearest of scattered points, and a random vector of that point."""
        node = self.voronoi(at, scale, randomness=randomness)
        return self.out(node, "Distance"), self.out(node, "Color")

    def cracks(self, at: Signal, scale: float = 1.0, randomness: float = 1.0) -> Signal:
        """Distance to the border between Voronoi cells."""
        return self.out(self.voronoi(at, scale, "DISTANCE_TO_EDGE", randomness), "Distance")

    def random(self, key: Signal) -> tuple[Signal, Signal]:
        """A random number in [0, 1] and a random vector for each value of a vector key."""
        node = self.feed(self.node("ShaderNodeTexWhiteNoise", noise_dimensions="3D"), {"Vector": key})
        return self.out(node, "Value"), self.out(node, "Color")

    # -- patterns ------------------------------------------------------------------------------------------

    def flat(self, at: Signal | None = None) -> tuple[Signal, Signal, Signal]:
        """Coordinates in the plane that the surface faces (u right, v up on upright sides) and the plane's number."""
        x, y, z = self.split(self.position if at is None else at)
        nx, ny, nz = (component.abs() for component in self.split(self.normal))
        level = nz > nx.max(ny)
        side = (nx > ny) * (1.0 - level)
        return self.choose(side, x, y), self.choose(level, z, y), side + level * 2.0

    def bond(
        self, u: Signal, v: Signal, length: float, height: float, shift: float | None = 0.5
    ) -> tuple[Signal, Signal, Signal, Signal]:
        """Rows of blocks: a key vector for each block, distance to its edge, and u and v from its centre.

        `shift` moves each row against the last, in blocks; None moves each row at random (planks).
        """
        across = v / height
        row = across.floor()
        if shift is None:
            along = u / length + self.random(self.join(row, 3.7, 1.3))[0] * 7.0
        else:
            along = u / length + row * shift
        column = along.floor()
        du = (along.fract() - 0.5) * length
        dv = (across.fract() - 0.5) * height
        edge = (length / 2 - du.abs()).min(height / 2 - dv.abs())
        return self.join(column, row, 0.5), edge, du, dv

    def pick(self, value: Signal, count: int) -> Signal:
        """One of the material's first `count` colours for a random number in [0, 1].

        Colours of a ramp cannot be inputs of a group: every material would need nodes of its own.
        """
        colour: Signal | Rgb = self.colour(0)
        for k in range(1, count):
            colour = self.mix(value > k / count, colour, self.colour(k))
        assert isinstance(colour, Signal), "one colour needs no pick"
        return colour

    def colour(self, index: int) -> Rgb:
        """Colour `index` of the material; where it has fewer, a darker or lighter relative of one it has."""
        colours = self.material.colours
        return colours[index] if index < len(colours) else relative(colours[index % len(colours)], index)


def relative(colour: Rgb, step: int) -> Rgb:
    """A believable companion of a colour: darker for odd steps, lighter and paler for even ones."""
    return tint(colour, 0.55, 0.0) if step % 2 else tint(colour, 0.9, 0.25)


def tint(colour: Rgb, brightness: float, white: float = 0.0) -> Rgb:
    """A colour times `brightness`, then mixed with white."""
    r, g, b = (min(1.0, c * brightness) * (1 - white) + white * 0.85 for c in colour)
    return r, g, b

"""Fences, free-standing walls and road barriers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, merge
from dsia_gen.procedural.organic_shapes import board
from dsia_gen.procedural.params import Choice, Span, TypedParams
from dsia_gen.procedural.primitives import box, extrude
from dsia_gen.procedural.props.prop import ANY_SEED, OutdoorProp
from dsia_gen.procedural.sizes import Extent, sides

ALONG_X = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""Turns a prism drawn in (y, z) and raised along Z into one that lies along X."""


class Fence(OutdoorProp):
    """A wooden fence along X."""

    name = "fence"
    params = {
        "length": Span(1.6, 4.0),
        "height": Span(0.8, 1.8),
        "style": Choice(("boards", "rails", "pickets")),
        "seed": ANY_SEED,
    }
    slots = (
        Slot("board", ("wood", "wood"), "wood", (0.08, 0.15)),
        Slot("post", ("wood", "concrete"), "wood", (0.1, 0.2)),
    )
    tags = ("long",)
    silhouette_fill = 1.0

    def size(self, p: TypedParams) -> Extent:
        return p.real("length"), 0.14, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        """Posts with rails, and boards or pickets on them at -Y."""
        length, height, style = p.real("length"), p.real("height"), p.text("style")
        styles = {"boards": 0.135, "pickets": 0.085, "rails": 0.0}
        if style not in styles:
            raise AssetError(f"family {p.family!r}: style {style!r} is not known; the styles are {', '.join(styles)}")
        rng = np.random.default_rng(p.count("seed"))
        post = 0.09
        places = np.linspace(-(length - post) / 2, (length - post) / 2, max(2, round(length / 1.4) + 1))
        parts = [board((post, post, height), (x, 0.02, 0), slot=1, bevel=0.008, seed=k) for k, x in enumerate(places)]
        levels, tall = ((0.25, 0.55, 0.85), 0.11) if style == "rails" else ((0.2, 0.78), 0.07)
        for k, level in enumerate(levels):
            parts.append(board((length, 0.03, tall), (0, -0.038, height * level), seed=50 + k, bevel=0.006))
        if style == "rails":
            return merge(parts)
        # Upright boards side by side, of slightly different heights; pickets are pointed and spaced.
        wide, pointed = styles[style], style == "pickets"
        half, count = wide / 2, int(length / (wide * (1.75 if pointed else 1.05)))
        for k in range(count):
            x = (k - (count - 1) / 2) * length / count
            tall = height * rng.uniform(0.93, 0.99) - 0.05
            shoulder = tall - wide * 0.6 if pointed else tall
            top = [(half, shoulder), *([(0.0, tall)] if pointed else []), (-half, shoulder)]
            paling = extrude([(-half, 0), (half, 0), *top], 0.018).turned("x", np.pi / 2)
            paling = paling.turned("y", rng.normal(0, 0.008))
            parts.append(paling.grained("z", int(rng.integers(1 << 30))).moved(x, -0.052, 0.05))
        return merge(parts)


class BrickWall(OutdoorProp):
    """A free-standing wall along X with piers and a coping."""

    name = "brick_wall"
    params = {"length": Span(1.5, 4.0), "height": Span(0.7, 2.2), "thickness": Span(0.22, 0.34)}
    slots = (Slot("wall", ("brick",), "earth", (0.2, 0.26)), Slot("coping", ("concrete", "rock"), "stone", (0.2, 0.5)))
    tags = ("long",)
    silhouette_fill = 1.0
    fitted = False
    size = sides("length", "thickness", "height")

    def build(self, p: TypedParams) -> MeshData:
        """A wall between two piers under a coping."""
        length, height, thick = p.real("length"), p.real("height"), p.real("thickness")
        cap, pier = 0.07, thick * 0.92
        body = thick * 0.7
        parts = [box((length - 0.1, body, height - cap * 2)), box((length - 0.06, body + 0.06, cap), 0.012, slot=1)]
        parts[1] = parts[1].moved(z=height - 2 * cap)
        for side in (-1, 1):
            x = side * (length - thick) / 2
            parts.append(box((pier, pier, height - cap)).moved(x))
            parts.append(box((thick, thick, cap), 0.02, slot=1).moved(x, 0, height - cap))
        return merge(parts)


class ConcreteBarrier(OutdoorProp):
    """A road barrier along X with a painted band."""

    name = "concrete_barrier"
    params = {"length": Span(1.2, 3.0), "depth": Span(0.45, 0.6), "height": Span(0.7, 0.95)}
    slots = (
        Slot("body", ("concrete",), "stone", (0.2, 0.5)),
        Slot("band", ("stripes", "checker", "print"), "vivid", (0.12, 0.3)),
    )
    tags = ("long",)
    silhouette_fill = 1.0
    fitted = False
    size = sides("length")

    def build(self, p: TypedParams) -> MeshData:
        """The well-known profile with two slopes, its upper slope painted."""
        length, depth, height = p.real("length"), p.real("depth"), p.real("height")
        half = depth / 2
        side = [(half, 0.0), (half, 0.09), (half * 0.62, height * 0.36), (half * 0.52, height * 0.52),
                (half * 0.38, height * 0.9), (half * 0.34, height)]  # fmt: skip
        outline = [*side, *((-y, z) for y, z in reversed(side))]
        prism = extrude(outline, length)
        slots = prism.slots.copy()
        walls = len(prism.sizes) - len(outline)
        slots[[walls + 3, walls + len(outline) - 5]] = 1
        return replace(prism, slots=slots).transformed(ALONG_X).moved(x=-length / 2)

"""The base class of a parametric family: its parameters, its material slots, where it belongs, and its mesh."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.mesh import MeshData, fit, on_lattice
from dsia_gen.procedural.params import Params, Range, TypedParams
from dsia_gen.procedural.silhouette import silhouette_fill
from dsia_gen.procedural.sizes import Extent
from dsia_gen.spec.asset import ParamValue
from dsia_gen.spec.material import AnyMaterial, MaterialKind

Use = Literal["foreground", "props", "furniture", "shelf", "room", "lamp"]
Setting = Literal["outdoor", "indoor"]
USUAL_FILL = 0.6
"""Silhouette fill ratio of a mesh that is not known before it is loaded."""


@dataclass(frozen=True)
class Slot:
    """A material slot: what the sampler may draw for it.

    Parameters
    ----------
    name : str
        Its name, for messages and reports.
    kinds : tuple of str
        Kinds of material that suit it; one that stands twice is drawn twice as often.
    palette : str
        Group of colours (see sampling/palettes.py): "vivid", "muted", "earth", "wood", "stone", "metal", "dark",
        "light", "foliage", "skin", "hair", "cloth", "red", "gold", "fruit", "icing", "wall" or "paint".
    scale : tuple of float
        Least and greatest size of an element of the pattern, metres.
    roughness : tuple of float
        Least and greatest roughness, in [0, 1].
    """

    name: str
    kinds: tuple[MaterialKind, ...]
    palette: str = "vivid"
    scale: tuple[float, float] = (0.03, 0.12)
    roughness: tuple[float, float] = (0.3, 0.8)


class Family:
    """A parametric family of the built-in library: subclasses say what varies, and build the mesh of given values.

    Attributes
    ----------
    name : str
        The family in manifests and specifications, lower case with underscores.
    params : mapping of str to Span, Count or Choice
        Range of each parameter, by name; lengths in metres, angles in radians.
    slots : tuple of Slot
        Material slots, in the order of the mesh's slot numbers.
    uses : tuple of str
        What the sampler may use it for.
    settings : tuple of str
        Where it belongs: "outdoor", "indoor" or both.
    moves : bool
        Whether it may fly, tumble, slide or fall as a foreground object.
    rolls : bool
        Whether it is a body of revolution that may roll about X.
    fitted : bool
        Whether the mesh is scaled to `size`; False for a mesh that is built to that size already.
    tags : tuple of str
        Free words for the manifest.
    silhouette_fill : float
        Share of its bounding box that it fills in an image. It follows from the mesh; many families state the value
        that was measured in other views, since specifications drawn with it are to stay what they are.
    """

    name: ClassVar[str]
    params: ClassVar[Mapping[str, Range]]
    slots: ClassVar[tuple[Slot, ...]]
    uses: ClassVar[tuple[Use, ...]] = ("foreground",)
    settings: ClassVar[tuple[Setting, ...]] = ("outdoor", "indoor")
    moves: ClassVar[bool] = True
    rolls: ClassVar[bool] = False
    fitted: ClassVar[bool] = True
    tags: ClassVar[tuple[str, ...]] = ()

    def build(self, p: TypedParams) -> MeshData:
        """The mesh of given parameters; `mesh` brings it to the size that `size` says.

        Parameters
        ----------
        p : TypedParams
            Values of all parameters.

        Returns
        -------
        MeshData
            In metres, Z up, the front towards -Y, origin on the floor below the centre of the bounding box. The
            slots of its faces are indices of `slots`.
        """
        raise NotImplementedError(f"family {self.name!r} has no build()")

    def size(self, p: TypedParams) -> Extent | None:
        """The size that the mesh is scaled to, where the parameters state it.

        A rule of `sizes` (`size = turned()`) may stand for the method. Without it the mesh stays as it is built, and
        each `extent` costs a mesh, about 20 ms.

        Parameters
        ----------
        p : TypedParams
            Values of all parameters.

        Returns
        -------
        tuple of float, or None
            Width (X), depth (Y) and height (Z) of the bounding box, metres.
        """
        return None

    def mesh(self, params: Params) -> MeshData:
        """The mesh of given parameters in its final size.

        Parameters
        ----------
        params : mapping of str to value
            Values of all parameters, by name.

        Returns
        -------
        MeshData
            In metres, standing on z = 0, centred in X and Y, the front towards -Y.

        Raises
        ------
        AssetError
            If a value has the wrong type or does not go with the others.
        """
        p = TypedParams(self.name, params)
        size, data = self.size(p), self.build(p)
        data = fit(data, size) if size is not None and self.fitted else data
        uv, rest = (None if values is None else on_lattice(values) for values in (data.uv, data.rest))
        return replace(data, vertices=on_lattice(data.vertices), uv=uv, rest=rest)

    def extent(self, params: Params) -> Extent:
        """The size of the bounding box of the mesh.

        Parameters
        ----------
        params : mapping of str to value
            Values of all parameters, by name.

        Returns
        -------
        tuple of float
            Width (X), depth (Y) and height (Z), metres.
        """
        return self.size(TypedParams(self.name, params)) or _bounds(self, tuple(sorted(params.items())))

    @functools.cached_property
    def silhouette_fill(self) -> float:
        """Share of its bounding box that the mesh fills in an image, at the middle of all parameters.

        Returns
        -------
        float
            In [0, 1], a multiple of 0.05.
        """
        return round(20.0 * silhouette_fill(self.mesh(self.at(0.5)))) / 20.0

    def draw(self, rng: np.random.Generator) -> dict[str, ParamValue]:
        """Draws values of all parameters, in their order.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of chance.

        Returns
        -------
        dict of str to value
            A value for each parameter.
        """
        return {name: values.draw(rng) for name, values in self.params.items()}

    def at(self, share: float) -> Params:
        """Parameters at one share of all ranges.

        Parameters
        ----------
        share : float
            0 for the low ends, 1 for the high ends.

        Returns
        -------
        dict
            A value for each parameter.
        """
        return {name: values.at(share) for name, values in self.params.items()}

    def check(self, params: Params, materials: Sequence[AnyMaterial]) -> None:
        """Compares names of parameters and the number of materials with what the family has.

        Parameters
        ----------
        params : mapping of str to value
            Values by name.
        materials : sequence of material
            One for each slot.

        Raises
        ------
        AssetError
            For unknown or missing parameters, or the wrong number of materials.
        """
        problems = [f"unknown parameter {name!r}" for name in sorted(set(params) - set(self.params))]
        problems += [f"missing parameter {name!r}" for name in sorted(set(self.params) - set(params))]
        if len(materials) != len(self.slots):
            names = ", ".join(slot.name for slot in self.slots)
            problems.append(f"{len(materials)} materials where {len(self.slots)} are needed ({names})")
        if problems:
            known = ", ".join(self.params)
            raise AssetError(f"family {self.name!r}: {'; '.join(problems)}; its parameters are {known}")


@functools.lru_cache(maxsize=4096)
def _bounds(family: Family, params: tuple[tuple[str, ParamValue], ...]) -> Extent:
    low, high = family.mesh(dict(params)).bounds()
    width, depth, height = (high - low).tolist()
    return width, depth, height

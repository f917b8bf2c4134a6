"""Generators of objects: the built-in library, and those that packages add; and every family by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Protocol

import numpy as np

from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError, PluginError
from dsia_gen.core.registry import Registry
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.params import Params
from dsia_gen.procedural.sizes import Extent
from dsia_gen.spec.asset import ParamValue, Permission, ProceduralObject
from dsia_gen.spec.material import AnyMaterial

BUILTIN = "builtin"
"""Name of the generator whose families have no prefix."""


class ObjectFamily(Protocol):
    """A kind of object with drawn parameters; `procedural.family.Family` is a base class that keeps this contract.

    Values are drawn when a scene is sampled, and stand in its specification. The mesh is built from them alone, later
    and in another process.
    """

    @property
    def name(self) -> str:
        """Name in manifests and specifications: `generator:family`, or `family` in the built-in library."""

    @property
    def slots(self) -> Sequence[Slot]:
        """Material slots, in the order of the mesh's slot numbers; the sampler draws a material for each."""

    @property
    def moves(self) -> bool:
        """Whether it may fly, tumble, slide or fall as a foreground object."""

    @property
    def rolls(self) -> bool:
        """Whether it is a body of revolution that may roll about X."""

    @property
    def silhouette_fill(self) -> float:
        """Share of its bounding box that it fills in an image, in [0, 1]."""

    def draw(self, rng: np.random.Generator) -> dict[str, ParamValue]:
        """Draw the parameters of one object.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of chance.

        Returns
        -------
        dict of str to ParamValue
            Values that decide the mesh: numbers, words, flags, or tuples of numbers.
        """

    def extent(self, params: Params) -> Extent:
        """Tell the size of the bounding box, without building the mesh where that can be avoided.

        Parameters
        ----------
        params : Mapping of str to ParamValue
            Drawn parameters.

        Returns
        -------
        tuple of float
            Width (X), depth (Y) and height (Z), metres.
        """

    def mesh(self, params: Params) -> MeshData:
        """Build the mesh.

        Parameters
        ----------
        params : Mapping of str to ParamValue
            Drawn parameters.

        Returns
        -------
        MeshData
            In metres, Z up, front towards -Y, origin on the floor below the centre of the bounding box.
        """

    def check(self, params: Params, materials: Sequence[AnyMaterial]) -> None:
        """Compare what a specification says with what the family has.

        Parameters
        ----------
        params : Mapping of str to ParamValue
            Parameters of a specification.
        materials : Sequence of Material
            One for each slot.

        Raises
        ------
        AssetError
            A parameter is missing, unknown or of the wrong type, or the number of materials is wrong.
        """


class AssetGenerator(Protocol):
    """Offers objects that are made, not read from files. Entry points of `dsia_gen.asset_generators` name one."""

    def entries(self) -> Sequence[Entry]:
        """List what scenes may draw.

        Returns
        -------
        Sequence of Entry
            Entries of the kind `object`, whose `builtin` is the name of a family; the manifest `generator:NAME`.
        """

    def families(self) -> Sequence[ObjectFamily]:
        """List the families.

        Returns
        -------
        Sequence of ObjectFamily
            Their names begin with that of the generator and a colon.
        """


@dataclass(frozen=True)
class FamilyGenerator:
    """A generator of subclasses of `Family`, with an entry for each.

    Parameters
    ----------
    members : tuple of Family
        The families.
    source : str
        Where they come from, for the ledger of licences.
    licence : str
        Licence of images of them, by SPDX.
    attribution : str, optional
        Whom to credit.
    redistribution, training : {"yes", "no", "unknown"}, optional
        What the licence allows.
    """

    members: tuple[Family, ...]
    source: str
    licence: str
    attribution: str = ""
    redistribution: Permission = "yes"
    training: Permission = "yes"

    def entries(self) -> list[Entry]:
        """List an entry for each family, tagged with its uses, settings and words.

        Returns
        -------
        list of Entry
            In the order of the families; `plugin:family` has the id `plugin/object/family`.
        """
        terms: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "members"}
        found = []
        for family in self.members:
            generator, _, name = family.name.rpartition(":")
            ident = f"{generator or BUILTIN}/object/{name}"
            tags = list(dict.fromkeys([*family.uses, *family.settings, *family.tags]))
            found.append(Entry(id=ident, kind="object", builtin=family.name, tags=tags, **terms))
        return found

    def families(self) -> tuple[Family, ...]:
        """List the families.

        Returns
        -------
        tuple of Family
            As they were given.
        """
        return self.members


GENERATORS: Registry[AssetGenerator] = Registry(
    "asset_generators",
    "asset generator",
    {BUILTIN: "dsia_gen.assets.builtin_library:LIBRARY"},
    members=("entries", "families"),
    instances=True,
)
"""Every generator by name."""


@cache
def _families_of(generator: str) -> dict[str, ObjectFamily]:
    prefix = "" if generator == BUILTIN else f"{generator}:"
    found = {family.name: family for family in GENERATORS.get(generator).families()}
    wrong = [name for name in found if not name.startswith(prefix) or ":" in name.removeprefix(prefix)]
    if wrong:
        raise PluginError(f"the asset generator {generator!r} names a family {wrong[0]!r}; call it {prefix}NAME")
    return found


class _Families(Mapping[str, ObjectFamily]):
    """Every family by its name in specifications; a generator is loaded when one of its families is looked up."""

    def __getitem__(self, name: str) -> ObjectFamily:
        return _families_of(name.partition(":")[0] if ":" in name else BUILTIN)[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        return (name for generator, _ in GENERATORS.items() for name in _families_of(generator))

    def __len__(self) -> int:
        return sum(1 for _ in self)


FAMILIES: Mapping[str, ObjectFamily] = _Families()
"""Every family by its name in specifications."""


def family_of(shape: ProceduralObject) -> ObjectFamily:
    """Find the family of a shape, whose parameters and materials are checked against it.

    Parameters
    ----------
    shape : ProceduralObject
        A shape of a specification.

    Returns
    -------
    ObjectFamily
        Its family.

    Raises
    ------
    AssetError
        The family is unknown, or does not have these parameters and materials.
    UnknownNameError, PluginError
        The generator is not installed, or cannot be loaded.
    """
    if shape.family not in FAMILIES:
        raise AssetError(f"family {shape.family!r} is not known{suggestion(shape.family, list(FAMILIES))}")
    family = FAMILIES[shape.family]
    family.check(shape.params, shape.materials)
    return family

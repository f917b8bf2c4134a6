"""Families by name: those of the built-in library, and what is said of unknown ones."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.assets.catalogue import load_manifest
from dsia_gen.assets.generators import BUILTIN, FAMILIES, GENERATORS, family_of
from dsia_gen.core.errors import AssetError, UnknownNameError
from dsia_gen.sampling.draw import draw_object


def test_the_built_in_library_is_a_generator() -> None:
    entries = GENERATORS.get(BUILTIN).entries()
    assert {entry.builtin for entry in entries} <= set(FAMILIES)
    listed = {entry.id: entry for entry in load_manifest("objects")[1].assets if entry.builtin}
    assert {entry.id: set(entry.tags) for entry in entries} == {name: set(e.tags) for name, e in listed.items()}
    assert load_manifest("generator:builtin")[1].assets == entries


def test_a_drawn_object_is_checked_and_built() -> None:
    shape = draw_object(np.random.default_rng(3), FAMILIES["mug"])
    family = family_of(shape)
    low, high = family.mesh(shape.params).bounds()
    np.testing.assert_allclose(high - low, family.extent(shape.params), atol=1e-6)
    with pytest.raises(AssetError, match="did you mean 'mug'"):
        family_of(shape.model_copy(update={"family": "mugg"}))
    with pytest.raises(AssetError, match="unknown parameter 'colour'"):
        family_of(shape.model_copy(update={"params": {**shape.params, "colour": "red"}}))


def test_a_family_of_a_package_that_is_not_installed() -> None:
    with pytest.raises(UnknownNameError, match=r"'nowhere' is not a known asset generator \(known: builtin"):
        FAMILIES["nowhere:chair"]

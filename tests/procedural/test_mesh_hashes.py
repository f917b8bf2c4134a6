"""Built-in meshes have the same bits with every Blender, Python and numpy: those of the kept hashes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dsia_gen.procedural.families import FAMILIES
from dsia_gen.procedural.mesh import LATTICE, on_lattice
from dsia_gen.procedural.people.named_people import PEOPLE
from tests.procedural.mesh_hashes import KEPT, family_hash, person_hash

KNOWN = json.loads(KEPT.read_text(encoding="utf-8"))
CHANGED = "where the mesh was changed on purpose: python -m tests.procedural.mesh_hashes --write"


def test_every_mesh_has_a_hash() -> None:
    assert KNOWN.keys() == {*FAMILIES, *(f"person {name}" for name in PEOPLE)}


def test_objects_have_the_kept_bits() -> None:
    other = [name for name in FAMILIES if family_hash(name, 1) != KNOWN[name][:1]]
    assert not other, CHANGED


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lena", "bruno", "yusuf"])
def test_people_have_the_kept_bits(name: str) -> None:
    assert person_hash(name) == KNOWN[f"person {name}"], CHANGED


def test_noise_in_the_last_bits_does_not_reach_the_lattice() -> None:
    values = np.random.default_rng(3).uniform(-1.0, 1.0, 10_000)
    noisy = np.concatenate([np.nextafter(values, 2.0), np.nextafter(values, -2.0), [1e-17, -1e-17, -0.0]])
    expected = np.concatenate([on_lattice(values), on_lattice(values), np.zeros(3)])
    assert on_lattice(noisy).tobytes() == expected.tobytes()
    assert np.abs(on_lattice(values) - values).max() <= LATTICE / 2
    single = on_lattice(values).astype(np.float32)
    assert np.array_equal(single.astype(np.float64), on_lattice(values)), "below one metre single precision holds them"

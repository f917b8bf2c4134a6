"""Hashes of the built-in meshes, to be the same on every version of Blender, Python and numpy.

`python -m tests.procedural.mesh_hashes` compares all of them, people included, with those of `mesh_hashes.json`;
with `--write` it replaces the file, which a change of a mesh asks for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dsia_gen.procedural.families import FAMILIES
from dsia_gen.procedural.mesh_hash import mesh_hash
from dsia_gen.procedural.people.named_people import PEOPLE
from dsia_gen.procedural.people.person import skinned_person

KEPT = Path(__file__).with_name("mesh_hashes.json")
SEEDS = 2
"""How many drawn objects of each family are compared."""


def family_hash(name: str, seeds: int = SEEDS) -> list[str]:
    """Of the first drawn objects of a family."""
    family = FAMILIES[name]
    drawn = (family.draw(np.random.default_rng([seed, 5])) for seed in range(seeds))
    return [mesh_hash(family.mesh(params)) for params in drawn]


def person_hash(name: str) -> str:
    """Of the skinned mesh of a person: surface, weights, joints."""
    person = skinned_person(PEOPLE[name].character)
    places = [place for points in (person.joints, person.tips) for _, place in sorted(points.items())]
    return mesh_hash(person.mesh, person.weights, np.array(places))


def hashes() -> Iterator[tuple[str, str | list[str]]]:
    """The name and hash of every family and person."""
    for name in FAMILIES:
        yield name, family_hash(name)
    for name in PEOPLE:
        yield f"person {name}", person_hash(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.procedural.mesh_hashes", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep these hashes")
    given = parser.parse_args()
    found = dict(hashes())
    if given.write:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    other = sorted(name for name in found.keys() | kept.keys() if found.get(name) != kept.get(name))
    print(f"{len(found)} hashes, {len(other)} differ: {', '.join(other) or 'none'}")  # noqa: T201
    sys.exit(bool(other))

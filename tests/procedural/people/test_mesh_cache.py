"""Kept meshes of people: the same bits as made ones, shared by rivals, bounded, never a damaged one."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import dsia_gen
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.locations import MESH_CACHE
from dsia_gen.motion.skeleton import JOINTS
from dsia_gen.procedural.mesh import mesh
from dsia_gen.procedural.people.mesh_cache import SOURCES, PeopleCache, bare, cache_limit, made_person
from dsia_gen.procedural.people.named_people import PEOPLE
from dsia_gen.procedural.people.person import SkinnedPerson, skinned_person
from dsia_gen.spec.asset import BodyShape, Headwear, Overwear, ParametricCharacter
from dsia_gen.spec.material import Material

ADA = PEOPLE["ada"].character
RED = Material(colours=((0.8, 0.1, 0.1),), kind="fabric", seed=5)
LARGE = 1 << 30


class Maker:
    """Makes a person of one triangle that its height decides, and counts."""

    def __init__(self) -> None:
        self.made: list[ParametricCharacter] = []

    def __call__(self, character: ParametricCharacter) -> SkinnedPerson:
        self.made.append(character)
        points = np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.0, 0.0, character.body.height]])
        weights = np.zeros((3, len(JOINTS)))
        weights[:, 3], weights[0, 4] = 0.75, 0.25
        return SkinnedPerson(
            mesh(points, np.array([[0, 1, 2]]), smooth=True), weights, ("skin", "sole"), {"Hips": points[1]},
            {"Head": points[2]},
        )  # fmt: skip


def tall(height: float) -> ParametricCharacter:
    return ADA.model_copy(update={"body": BodyShape(height=height)})


def same(one: SkinnedPerson, two: SkinnedPerson) -> bool:
    arrays = [
        (p.mesh.vertices, p.mesh.corners, p.mesh.sizes, p.mesh.slots, p.mesh.smooth, p.weights, *p.joints.values(),
         *p.tips.values()) for p in (one, two)
    ]  # fmt: skip
    names = [(p.worn, tuple(p.joints), tuple(p.tips)) for p in (one, two)]
    equal = [a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*arrays, strict=True)]
    return all(equal) and names[0] == names[1]


@pytest.mark.slow
def test_a_kept_person_has_the_bits_of_one_that_is_made(tmp_path: Path) -> None:
    made = skinned_person(ADA)
    first, second = (PeopleCache(tmp_path, LARGE).person(ADA) for _ in range(2))
    assert same(first, made) and same(second, made)
    assert len(list(tmp_path.iterdir())) == 1


def test_colours_share_a_mesh_and_nothing_else_does(tmp_path: Path) -> None:
    maker = Maker()
    cache = PeopleCache(tmp_path, LARGE, maker)
    dressed = ADA.outfit.model_copy(update={
        "hair_style": "short", "beard": "none", "glasses": "none", "sleeves": "long", "legs": "trousers", "scarf": RED,
        "bag": RED, "over": Overwear(style="coat", cloth=RED), "headwear": Headwear(style="hat", cloth=RED),
    })  # fmt: skip
    person = ADA.model_copy(update={"outfit": dressed})
    for name in type(dressed).model_fields:
        if isinstance(getattr(dressed, name), Material):
            cache.person(person.model_copy(update={"outfit": dressed.model_copy(update={name: RED})}))
    cache.person(person.model_copy(update={"outfit": dressed.model_copy(update={"eyes": (0.1, 0.2, 0.3)})}))
    assert len(maker.made) == 1 and maker.made[0] == bare(person)
    others = [
        {"hair_style": "bob"}, {"beard": "full"}, {"glasses": "round"}, {"sleeves": "none"}, {"legs": "skirt"},
        {"headwear": None}, {"headwear": Headwear(style="cap", cloth=RED)}, {"over": None},
        {"over": Overwear(style="vest", cloth=RED)}, {"scarf": None}, {"bag": None},
    ]  # fmt: skip
    for change in others:
        cache.person(person.model_copy(update={"outfit": dressed.model_copy(update=change)}))
    for field in BodyShape.model_fields:
        body = person.body.model_copy(update={field: getattr(person.body, field) * 1.01})
        cache.person(person.model_copy(update={"body": body}))
    assert len(maker.made) == 1 + len(others) + len(BodyShape.model_fields)


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    maker = Maker()
    cache = PeopleCache(tmp_path, LARGE, maker)
    whole = cache.person(ADA)
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-200] + bytes([data[-200] ^ 1]) + data[-199:] if damage is None else damage)
    assert same(cache.person(ADA), whole) and len(maker.made) == 2
    assert path.read_bytes() == data
    cache.person(ADA)
    assert len(maker.made) == 2


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    maker = Maker()
    PeopleCache(tmp_path, LARGE, maker).person(tall(1.5))
    size = next(tmp_path.iterdir()).stat().st_size
    cache = PeopleCache(tmp_path, 3 * size + size // 2, maker)
    for step, height in enumerate((1.5, 1.6, 1.7, 1.5, 1.8)):
        before = {path.name for path in tmp_path.iterdir()}
        cache.person(tall(height))
        for path in tmp_path.iterdir():
            if path.name not in before or height == 1.5:
                os.utime(path, ns=(step, path.stat().st_mtime_ns if path.name in before and step != 3 else step))
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= cache.limit
    made = len(maker.made)
    cache.person(tall(1.8))
    assert len(maker.made) == made, "the newest is kept"


def test_rivals_share_a_folder_that_is_too_small_for_them(tmp_path: Path) -> None:
    expected = {height: Maker()(tall(height)) for height in (1.4, 1.5, 1.6, 1.7)}
    PeopleCache(tmp_path, LARGE, Maker()).person(tall(1.4))
    limit = 2 * next(tmp_path.iterdir()).stat().st_size
    wrong: list[float] = []

    def work() -> None:
        for height in [*expected] * 10:
            if not same(PeopleCache(tmp_path, limit, Maker()).person(tall(height)), expected[height]):
                wrong.append(height)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")], "no unfinished file is left"


def test_a_folder_that_cannot_be_written_is_said_and_costs_no_scene(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "people").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        person = PeopleCache(tmp_path / "people", LARGE, Maker()).person(tall(1.5))
    assert same(person, Maker()(tall(1.5))) and str(tmp_path) in caplog.text


@pytest.mark.slow
def test_the_variable_bounds_the_cache_and_switches_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path))
    monkeypatch.setenv(MESH_CACHE, "0")
    made_person(ADA)
    assert cache_limit() == 0 and not list(tmp_path.iterdir())
    monkeypatch.setenv(MESH_CACHE, "16")
    assert cache_limit() == 16 * 2**20
    for wrong in ("much", "-1", "1.5", "9999999999"):
        monkeypatch.setenv(MESH_CACHE, wrong)
        with pytest.raises(ConfigError, match=MESH_CACHE):
            cache_limit()


def test_all_code_that_decides_a_mesh_is_in_its_name() -> None:
    code = (
        "import json, sys, dsia_gen.procedural.people.person\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.startswith('dsia_gen.')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    root = Path(dsia_gen.__file__).parent
    used = {Path(name).relative_to(root).as_posix() for name in json.loads(done.stdout) if name}
    hashed = {path.relative_to(root).as_posix() for pattern in SOURCES for path in root.glob(pattern)}
    beside = {name for name in used - hashed if not name.startswith(("spec/", "core/")) and "__init__" not in name}
    assert not beside, "add these to SOURCES, or see that they decide nothing of a mesh"
    assert {"core/rotations.py", "procedural/people/decimation.py"} <= used & hashed

"""Rays, alpha tests, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.annotate.alpha_test import sample_alpha
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.spec.frozen_geometry import Cutout, Part
from dsia_gen.spec.outputs import Occlusion
from tests.annotate import make

RIGHT_HALF = np.repeat(np.array([[0, 0, 0, 0, 1, 1, 1, 1]], dtype=np.float32), 4, axis=0)


def card_uv(mesh: make.Mesh, repeat: float = 1.0) -> np.ndarray:
    """(F, 3, 2) u along X and v along Z, 0 to 1 over an upright card."""
    corners = mesh[0][mesh[1]][..., [0, 2]]
    low, high = corners.reshape(-1, 2).min(0), corners.reshape(-1, 2).max(0)
    return ((corners - low) / (high - low) * repeat).astype(np.float32)


def cut_card(instance: int, y: float, alpha: np.ndarray = RIGHT_HALF, repeat: float = 1.0, size: float = 2.0) -> Part:
    mesh = make.upright(size, size, 3)
    uv = card_uv(mesh, repeat)
    return make.part(mesh, instance, [make.rigid((0, y, 0))], uv=uv, cutout=Cutout(alpha, 0.5))


def test_alpha_is_bilinear_and_repeats() -> None:
    alpha = np.array([[0, 1], [0.5, 0.25]], dtype=np.float32)
    uv = np.array([[0.25, 0.75], [0.5, 0.75], [0.25, 0.25], [0.25, 0.5], [1.25, -1.25], [0.0, 0.75]])
    # Row 0 is the top, v = 1; texel centres at quarters; u = 0 lies half-way between the last and the first column.
    assert np.allclose(sample_alpha(alpha, uv), [0, 0.5, 0.5, 0.25, 0, 0.5])


@pytest.mark.parametrize("repeat", [1.0, 3.0])
def test_a_cut_out_is_seen_through_where_alpha_is_low(repeat: float) -> None:
    wall = make.part(make.upright(30, 30), 2, [make.rigid((0, 6, 0))])
    spec = make.camera(((0.003, 0, 0.004), make.FORWARD), width=120, height=90)
    truth = make.see(make.scene(cut_card(1, 3.0, repeat=repeat), wall, times=1), spec)
    point = make.rays(spec) * 3
    x, z = point[..., 0] + 0.003, point[..., 2] + 0.004
    opaque = (np.abs(x) < 1) & (np.abs(z) < 1) & ((x + 1) / 2 * repeat % 1 > 0.5)
    assert (truth.instances == np.where(opaque, 1, 2)).all()
    assert opaque.any()


def test_the_top_row_of_alpha_is_at_v_one() -> None:
    top = np.array([[1], [0]], dtype=np.float32).repeat(2, axis=1)
    spec = make.camera(((0, 0, 0), make.FORWARD), lens=90)
    truth = make.see(make.scene(cut_card(1, 3.0, top, size=3.0), times=1), spec)
    rows = np.flatnonzero(truth.instances.any(axis=1))
    assert rows.min() == 0 and rows.max() == spec.height // 2 - 1
    assert (truth.instances[: spec.height // 2] == 1).all()


def test_many_transparent_layers_are_passed() -> None:
    cards = [cut_card(k + 1, 3 + 0.01 * k) for k in range(40)]
    wall = make.part(make.upright(30, 30), 99, [make.rigid((0, 6, 0))])
    truth = make.see(make.scene(*cards, wall, times=1), make.camera(((0, 0, 0), make.FORWARD), lens=90))
    assert (truth.instances[:, : 64 // 2] == 99).all() and (truth.instances[:, 64 // 2 :] == 1).all()


def test_cut_outs_hide_only_where_they_are() -> None:
    wall = make.part(make.upright(30, 30), 2, [make.rigid((0, 6, 0))])
    spec = make.camera(((0, -40, 0), make.FORWARD), ((0, 0, 0), make.FORWARD), lens=90)
    card = cut_card(1, 3.0)
    apart = make.part(make.upright(2, 2, 3), 1, [make.rigid((99, 3, 0)), make.rigid((0, 3, 0))])
    moving = Part("card", 1, apart.triangles, apart.vertices, apart.matrices, uv=card.uv, cutout=card.cutout)
    source, truth = make.flow(make.scene(wall, moving), spec, (0, 1), (1, 1))
    assert (source.instances == 2).all()
    assert (truth.occlusion[:, :32] == Occlusion.VISIBLE).all()
    assert (truth.occlusion[:, 32:] == Occlusion.OCCLUDED).all()


@pytest.mark.parametrize("gap", [0.001, 0.02])
def test_the_border_of_a_cut_out_is_unreliable_before_another_part(gap: float) -> None:
    behind = make.part(make.upright(30, 30), 1, [make.rigid((0, 3 + gap, 0))])  # too close for an edge in depth
    spec = make.camera(((0, 0, 0), make.FORWARD), lens=90, width=63)
    truth = make.see(make.scene(cut_card(1, 3.0), behind, times=1), spec)
    assert truth.unreliable[:, 31].all()
    assert not truth.unreliable[:, :29].any() and not truth.unreliable[:, 34:].any()


def test_the_border_of_a_cut_out_is_unreliable_before_another_card_of_its_part() -> None:
    front, back = make.upright(2, 2, 3), make.upright(30, 30)
    vertices = np.concatenate([front[0] + [0, 3, 0], back[0] + [0, 3.02, 0]]).astype(np.float32)
    triangles = np.concatenate([front[1], back[1] + len(front[0])])
    uv = np.concatenate([card_uv(front), np.full((len(back[1]), 3, 2), 0.75, dtype=np.float32)])
    leaves = make.part((vertices, triangles), 1, uv=uv, cutout=Cutout(RIGHT_HALF, 0.5))
    truth = make.see(make.scene(leaves, times=1), make.camera(((0, 0, 0), make.FORWARD), lens=90, width=63))
    assert truth.unreliable[:, 31].all()
    assert not truth.unreliable[:, :29].any() and not truth.unreliable[:, 34:].any()


def test_nearest_of_static_and_moving_parts() -> None:
    wall = make.part(make.upright(30, 30), 2, [make.rigid((0, 6, 0))])
    ball = make.part(make.sphere(24), 1, [make.rigid((0, 3, 0)), make.rigid((0, 9, 0))])
    frozen = FrozenScene(make.scene(ball, wall))
    o, d = np.zeros((1, 3)), np.array([[0.01, 2.0, 0.02]])
    for time, instance, distance in ((0, 1, 1.0), (1, 2, 3.0)):
        scene = frozen.at(time)
        hits = scene.cast(o, d)
        assert scene.instance(hits.triangle) == instance and abs(hits.distance[0] - distance) < 0.01
    assert frozen.at(1).cast(o, -d).triangle == -1
    # Static parts come first in the numbering, whatever their order in the scene.
    assert frozen.part_of[0] == 1 and frozen.static_triangles == 2


@pytest.mark.parametrize("cut_out", [False, True])
@pytest.mark.parametrize("kinds", ["static and moving", "static", "moving"])
def test_a_blocker_is_the_first_hit_that_is_within_reach(kinds: str, cut_out: bool) -> None:
    rng = np.random.default_rng(7)
    places = [make.rigid((x, y, z)) for x, y, z in rng.uniform((-2, 3, -2), (2, 9, 2), (12, 3))]
    parts = []
    for number, place in enumerate(places):
        moves = kinds == "moving" or (kinds != "static" and number % 2)
        parts.append(make.part(make.upright(2, 2), number + 1, [place, make.rigid((0, 5, 0))] if moves else [place]))
    if cut_out:
        parts.append(cut_card(99, 2.5))
    scene = FrozenScene(make.scene(*parts, times=2)).at(0)
    directions = rng.normal((0, 1, 0), (0.3, 0.1, 0.3), (4000, 3)).astype(np.float32)
    origins = np.zeros_like(directions)
    hits = scene.cast(origins, directions)
    for reach in (np.full(4000, np.inf), rng.uniform(0, 9, 4000), hits.distance * 1.01, hits.distance * 0.99):
        found = scene.blockers(origins, directions, reach.astype(np.float32))
        assert np.array_equal(found, np.where(hits.distance <= reach, hits.triangle, -1))
    assert 500 < (hits.triangle >= 0).sum() < 4000
    assert len(scene.blockers(origins[:0], directions[:0], np.zeros(0, np.float32))) == 0


def refused(**changes: object) -> Part:
    mesh = make.cube()
    fields = {"triangles": mesh[1], "vertices": mesh[0][None], "matrices": np.eye(4)[None], **changes}
    return Part(name="crate", instance=1, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (refused(triangles=np.array([[0, 1, 8]], dtype=np.int32)), "does not exist"),
        (refused(triangles=np.zeros((2, 4), dtype=np.int32)), r"\(F, 3\)"),
        (refused(vertices=np.zeros((3, 8, 3), dtype=np.float32)), "vertices"),
        (refused(matrices=np.eye(4)), "matrices"),
        (refused(matrices=np.full((1, 4, 4), np.nan)), "finite"),
        (refused(cutout=Cutout(RIGHT_HALF, 0.5)), "texture coordinates"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(part: Part, what: str) -> None:
    with pytest.raises(ValueError, match=f"crate.*{what}"):
        FrozenScene(make.scene(part))


def test_a_time_that_was_not_frozen_is_refused() -> None:
    with pytest.raises(ValueError, match="time 5"):
        FrozenScene(make.scene()).at(5)

"""What rests is taken from another view of its pose: every array is the same as if it were computed for itself."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.annotate.flow import FlowTruth, annotate_flow
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.spec.frozen_geometry import Cutout, Part
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import View
from tests.annotate import make

SPEC = make.camera(((0, 0, 0), make.FORWARD), ((0.3, 0.1, 0.05), make.FORWARD), width=64, height=48).model_copy(
    update={"clip_end": 9.0}
)
ALPHA = np.array([[0, 1], [1, 1]], dtype=np.float32)


def crowd(seed: int, cut_out: bool = False) -> FrozenScene:
    """Balls and cards that rest or move, before a wall that leaves some sky and reaches beyond the far plane."""
    rng = np.random.default_rng(seed)
    parts: list[Part] = [make.part(make.upright(9, 3), 9, [make.rigid((2, 8, 0), make.spin((0, 0, 1), 0.5))])]
    for number in range(1, 7):
        place, turn = rng.uniform((-2, 3, -1.5), (2, 7, 1.5)), rng.uniform(-0.5, 0.5)
        step = np.zeros(3) if number % 2 else rng.uniform(-0.4, 0.4, 3)
        matrices = [make.rigid(place + t * step, make.spin((0, 0, 1), turn)) for t in range(2)]
        shape = make.upright(1.2, 1.2) if number > 3 else make.sphere(16, 0.6)
        cutout, uv = None, None
        if cut_out and number > 4:
            cutout, uv = Cutout(ALPHA, 0.5), rng.uniform(0, 1, (len(shape[1]), 3, 2)).astype(np.float32)
        parts.append(make.part(shape, number, matrices[:1] if number % 2 else matrices, uv=uv, cutout=cutout))
    return FrozenScene(make.scene(*parts))


def equal(one: ViewTruth | FlowTruth, two: ViewTruth | FlowTruth) -> bool:
    arrays = {name: value for name, value in vars(one).items() if isinstance(value, np.ndarray)}
    return all(np.array_equal(value, getattr(two, name), equal_nan=value.dtype.kind == "f")
               for name, value in arrays.items())  # fmt: skip


@pytest.mark.parametrize("cut_out", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_a_view_from_a_known_pose_is_the_same(seed: int, cut_out: bool) -> None:
    frozen = crowd(seed, cut_out)
    before = annotate_view(frozen.at(0), SPEC, View(0, 0))
    fresh, taken = (annotate_view(frozen.at(1), SPEC, View(1, 0), known) for known in (None, before))
    assert equal(fresh, taken)
    assert not equal(fresh, before)


def test_a_view_in_which_nothing_moves_is_the_same() -> None:
    frozen = FrozenScene(make.scene(make.part(make.sphere(16), 1, [make.rigid((0, 4, 0))])))
    before = annotate_view(frozen.at(0), SPEC, View(0, 0))
    assert equal(before, annotate_view(frozen.at(1), SPEC, View(1, 0), before))


def test_a_view_from_another_pose_is_refused() -> None:
    frozen = crowd(0)
    with pytest.raises(ValueError, match="not from the pose"):
        annotate_view(frozen.at(0), SPEC, View(0, 1), annotate_view(frozen.at(0), SPEC, View(0, 0)))


@pytest.mark.parametrize("cut_out", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_a_flow_whose_rest_is_known_is_the_same(seed: int, cut_out: bool) -> None:
    frozen = crowd(seed, cut_out)
    views = {key: annotate_view(frozen.at(key[0]), SPEC, View(*key)) for key in ((0, 0), (1, 0), (1, 1))}
    target = View(1, 1)
    other = (views[1, 0], annotate_flow(views[1, 0], frozen.at(1), SPEC, target))
    alone = annotate_flow(views[0, 0], frozen.at(1), SPEC, target)
    assert equal(alone, annotate_flow(views[0, 0], frozen.at(1), SPEC, target, alike=other))
    assert {Occlusion.VISIBLE, Occlusion.OCCLUDED} <= set(np.unique(alone.occlusion))


@pytest.mark.parametrize("seed", range(2))
def test_a_flow_under_a_fixed_camera_is_zero_where_it_rests(seed: int) -> None:
    frozen = crowd(seed)
    source, seen = (annotate_view(frozen.at(time), SPEC, View(time, 0)) for time in (0, 1))
    alone, known = (annotate_flow(source, frozen.at(1), SPEC, View(1, 0), view) for view in (None, seen))
    assert equal(alone, known)
    rests = (source.instances % 2 == 1) & (source.triangle >= 0)
    assert rests.any() and (known.flow[rests] == 0).all() and (known.scene_flow[rests] == 0).all()
    assert (known.scene_flow[(source.instances % 2 == 0) & (source.triangle >= 0)] != 0).any()

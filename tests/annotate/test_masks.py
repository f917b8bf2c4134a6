"""What moved, and where only the light changed."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.annotate.masks import dynamic_mask, light_change, moved_instances, moved_parts
from dsia_gen.annotate.rays import FrozenScene
from tests.annotate import make


def shapes(displacement: float) -> list[np.ndarray]:
    mesh, _ = make.cube()
    after = mesh.copy()
    after[3, 2] += displacement
    return [mesh, after]


def test_instances_move_as_a_whole_and_the_environment_by_parts() -> None:
    still, away = make.rigid((0, 3, 0)), make.rigid((0, 3.01, 0))
    geometry = make.scene(
        make.part(make.cube(), 1, [still, away]),
        make.part(make.cube(), 1, [still]),  # the other half of an instance that moves
        make.part(make.cube(), 2, [still, still]),
        make.part(make.cube(), 3, shapes=shapes(0.01)),
        make.part(make.cube(), 4, shapes=shapes(5e-5)),  # below a tenth of a millimetre
        make.part(make.cube(), 0, [still, away]),
        make.part(make.cube(), 0, [still]),
    )
    expected = [True, True, False, True, False, True, False, False]  # the last stands for infinity
    assert moved_parts(geometry, 0, 1).tolist() == expected
    assert moved_parts(geometry, 1, 0).tolist() == expected
    assert not moved_parts(geometry, 1, 1).any()
    assert moved_instances(geometry, moved_parts(geometry, 0, 1)) == (0, 1, 3)
    assert moved_parts(geometry, 0, 1, tolerance=1e-5)[4]


def test_a_turn_that_returns_is_no_motion() -> None:
    matrices = [make.rigid((0, 3, 0)), make.rigid((1, 3, 0)), make.rigid((0, 3, 0))]
    geometry = make.scene(make.part(make.cube(), 1, matrices), times=3)
    assert (
        moved_instances(geometry, moved_parts(geometry, 0, 1)) == (1,)
        and moved_instances(geometry, moved_parts(geometry, 0, 2)) == ()
    )


def test_dynamic_mask_is_where_moving_things_are_seen() -> None:
    geometry = make.scene(
        make.part(make.upright(), 1, [make.rigid((-1, 3, 0)), make.rigid((1, 3, 0))]),
        make.part(make.upright(), 2, [make.rigid((0, 3, 1))]),
    )
    spec = make.camera(((0, 0, 0), make.FORWARD))
    moved = moved_parts(geometry, 0, 1)
    for time in (0, 1):
        view = make.see(geometry, spec, time)
        assert (dynamic_mask(FrozenScene(geometry), view, moved) == (view.instances == 1)).all()
        assert (view.instances == 1).any()


def grey(rng: np.random.Generator, sigma: float = 6.0, level: float = 120.0) -> np.ndarray:
    return np.clip(rng.normal(level, sigma, (80, 120, 3)), 0, 255).astype(np.uint8)


def test_noise_alone_is_no_change_of_light() -> None:
    rng = np.random.default_rng(1)
    nothing = np.zeros((80, 120), dtype=bool)
    assert light_change(grey(rng), grey(rng), nothing).mean() < 1e-3


def test_a_shadow_in_noise_is_found() -> None:
    rng = np.random.default_rng(2)
    shadow = np.zeros((80, 120), dtype=bool)
    shadow[20:50, 30:90] = True
    first, second = grey(rng), grey(rng)
    second[shadow] -= 25
    found = light_change(first, second, np.zeros_like(shadow))
    assert (found & shadow).sum() / (found | shadow).sum() > 0.85
    assert (light_change(second, first, np.zeros_like(shadow)) == found).all()


def test_one_channel_is_enough() -> None:
    first = np.full((30, 30, 3), 100, dtype=np.uint8)
    second = first.copy()
    second[..., 2] += 12
    assert light_change(first, second, np.zeros((30, 30), dtype=bool)).all()
    assert not light_change(first, second, np.zeros((30, 30), dtype=bool), threshold=12.5).any()


def test_what_moves_neither_counts_nor_leaks() -> None:
    first = np.full((80, 120, 3), 100, dtype=np.uint8)
    second = first.copy()
    dynamic = np.zeros((80, 120), dtype=bool)
    dynamic[20:50, 30:90] = True
    second[dynamic] = 255
    second[19, 30:90] = 180  # an anti-aliased outline
    assert not light_change(first, second, dynamic).any()
    assert not light_change(first, second, np.ones_like(dynamic)).any()


def test_images_must_fit_the_mask() -> None:
    image = np.zeros((8, 9, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="do not fit"):
        light_change(image, image, np.zeros((9, 8), dtype=bool))

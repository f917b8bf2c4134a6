"""Correlation against closed forms: shifts are found, what is outside is zero, permutations come back."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.matching.correlation import (  # noqa: E402
    correlation_around,
    cost_volume,
    displacements,
    features_around,
    global_correlation,
    hard_argmax,
    mutual,
    soft_argmax,
    unit_features,
)
from dsia_gen.align.matching.geometry import pixel_points  # noqa: E402

pytestmark = pytest.mark.torch
SIZE = (7, 9)


def features(seed: int = 0, size: tuple[int, int] = SIZE, channels: int = 16) -> torch.Tensor:
    return torch.randn(1, channels, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_local_correlation_is_the_global_one_looked_up_on_the_grid() -> None:
    a, b = features(), features(1)
    grid = pixel_points(*SIZE, a)
    local = cost_volume(unit_features(a), unit_features(b), 5)
    found = correlation_around(global_correlation(a, b), grid, SIZE, 2)
    assert torch.allclose(found, local, atol=1e-9)
    assert torch.allclose(features_around(a, b, grid, 2), local, atol=1e-9)


def test_between_cells_and_beyond_the_border_both_ways_to_look_up_agree() -> None:
    a, b = features(), features(1, (6, 11))
    unit = torch.nn.functional.normalize(b, dim=1)  # bilinear products are products of bilinear features
    points = pixel_points(*SIZE, a) * 1.3 - 1.7
    found = correlation_around(global_correlation(a, unit), points, (6, 11), 1)
    assert torch.allclose(found, features_around(a, unit, points, 1), atol=1e-9)
    far = correlation_around(global_correlation(a, b), points + 100, (6, 11), 1)
    assert torch.equal(far, torch.zeros_like(far))


def test_displacements_are_in_the_order_of_the_local_correlation() -> None:
    offsets = displacements(4, torch.zeros(1))
    assert offsets.shape == (81, 2) and offsets[40].tolist() == [0, 0] and offsets[41].tolist() == [1, 0]


def test_a_shift_by_whole_cells_is_the_best_cell() -> None:
    a = features()
    b = torch.roll(a, (1, -2), dims=(2, 3))  # row + 1, column - 2
    correlation = global_correlation(a, b)
    inner = (..., slice(2, -2), slice(3, -3))
    flow = hard_argmax(correlation, SIZE, SIZE)
    assert (flow[:, 0][inner] == -2).all() and (flow[:, 1][inner] == 1).all()
    local = correlation_around(correlation, pixel_points(*SIZE, a) + flow, SIZE, 4)
    assert (local.argmax(dim=1)[inner] == 40).all()


def test_the_soft_argmax_of_one_hot_correlations_is_the_displacement_and_tends_to_the_best_cell() -> None:
    count = SIZE[0] * SIZE[1]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(3))
    one_hot = torch.eye(count, dtype=torch.float64)[order][None]
    exact = hard_argmax(one_hot, SIZE, SIZE)
    assert torch.allclose(soft_argmax(one_hot, SIZE, SIZE, 0.02), exact, atol=1e-5)
    blurred = global_correlation(features(), features(1))
    apart = [(soft_argmax(blurred, SIZE, SIZE, t) - hard_argmax(blurred, SIZE, SIZE)).abs().max() for t in (0.1, 1e-4)]
    assert apart[1] < apart[0] and apart[1] < 1e-2


@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_mutual_nearest_rows_of_a_permuted_set_are_the_permutation(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import dsia_gen.align.matching.correlation as correlation

    monkeypatch.setattr(correlation, "_LARGEST_BLOCK", block)
    rows = features(5)[0].flatten(1).T
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(4))
    here, there, cosine = mutual(rows, 3 * rows[order])
    assert torch.equal(order[there], here) and len(here) == len(rows) and torch.allclose(cosine, torch.ones(1).double())


def test_nothing_matches_nothing() -> None:
    assert [len(part) for part in mutual(torch.zeros(0, 4), torch.randn(3, 4))] == [0, 0, 0]
    assert [len(part) for part in mutual(torch.randn(3, 4), torch.zeros(0, 4))] == [0, 0, 0]

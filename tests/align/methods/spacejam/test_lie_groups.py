"""Transforms as exponentials: what each group keeps, how groups nest, and what zero and products do to images."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bench.textured_sets import similarity, texture  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_network import warped  # noqa: E402
from dsia_gen.align.methods.spacejam.lie_groups import displacement, exponential, mirrored, project  # noqa: E402
from dsia_gen.align.methods.spacejam.spacejam_config import GroupName  # noqa: E402

pytestmark = pytest.mark.torch
GROUPS: tuple[GroupName, ...] = ("translation", "rigid", "similarity", "affine", "homography")


def outputs(count: int = 40, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 3, 3, generator=torch.Generator().manual_seed(seed)) * 0.8


@pytest.mark.parametrize("group", GROUPS)
def test_groups_keep_what_they_promise(group: GroupName) -> None:
    element = project(outputs(), group)
    found = exponential(element)
    unit = torch.eye(3, dtype=torch.float64).expand_as(found)
    assert torch.allclose(exponential(-element) @ found, unit, atol=1e-10)
    left, determinant = found[:, :2, :2], torch.linalg.det(found)
    if group != "homography":
        assert torch.equal(found[:, 2], unit[:, 2])
        assert (torch.linalg.det(left) > 0).all()
    if group in ("translation", "rigid"):
        assert torch.allclose(left @ left.transpose(1, 2), unit[:, :2, :2], atol=1e-10)
        assert torch.allclose(determinant, torch.ones_like(determinant), atol=1e-10)
    if group == "similarity":
        gram = left @ left.transpose(1, 2)
        assert torch.allclose(gram, gram[:, :1, :1] * unit[:, :2, :2], atol=1e-9)
    if group == "homography":
        assert (determinant - 1).abs().max() < 1e-5


def test_each_group_holds_those_before_it() -> None:
    for k, group in enumerate(GROUPS):
        element = project(outputs(seed=k), group)
        for larger in GROUPS[k:4]:
            assert torch.allclose(project(element, larger), element, atol=1e-12)
        found, inside = exponential(element), exponential(project(element, "homography"))
        if group in ("translation", "rigid"):  # their trace is 0
            assert torch.allclose(found, inside)


def test_huge_outputs_stay_finite() -> None:
    for group in GROUPS:
        found = exponential(project(outputs() * 1e6, group))
        assert torch.isfinite(found).all()
    broken = torch.full((1, 3, 3), 1e9, dtype=torch.float64)
    assert torch.isfinite(warped(torch.rand(1, 2, 9, 9), broken)).all()


@pytest.mark.parametrize("size", [(7, 7), (8, 8), (9, 12)])
def test_zero_is_the_identity_bit_for_bit(size: tuple[int, int]) -> None:
    maps = torch.rand(2, 3, *size)
    matrices = exponential(project(torch.zeros(2, 3, 3), "homography"))
    assert torch.equal(matrices, torch.eye(3, dtype=torch.float64).expand(2, 3, 3))
    assert torch.count_nonzero(displacement(matrices, size)) == 0
    assert torch.equal(warped(maps, matrices), maps)
    assert torch.equal(warped(maps, matrices, torch.rand(1, 3, 1, 1)), maps)
    assert torch.equal(warped(maps, matrices @ matrices @ torch.linalg.inv(matrices)), maps)


def test_a_product_is_a_sequence_of_warps() -> None:
    steps = exponential(project(outputs(5, 3) * 0.06, "homography"))
    world = torch.nn.functional.avg_pool2d(torch.from_numpy(texture(256))[None], 9, 1, 4)
    whole, sequence = torch.eye(3, dtype=torch.float64)[None], world
    for step in steps:
        # I o T_1 o T_2 reads at T_1 T_2 x
        sequence = warped(sequence, step[None])
        whole = whole @ step[None]
    inner = (..., slice(60, 196), slice(60, 196))
    assert (warped(world, whole)[inner] - sequence[inner]).abs().max() < 0.02
    assert (world[inner] - sequence[inner]).abs().max() > 0.1


def test_points_and_images_move_alike() -> None:
    matrix = torch.from_numpy(similarity(0.4, 1.1, (0.2, -0.1)))[None]
    places = (2 * torch.arange(65, dtype=torch.float64) + 1) / 65 - 1
    y, x = torch.meshgrid(places, places, indexing="ij")
    blob = torch.exp(-((x - 0.3) ** 2 + (y + 0.2) ** 2) / 0.01)[None, None].float()
    shown = warped(blob, matrix)[0, 0].double()
    centre = torch.stack([(shown * x).sum(), (shown * y).sum()]) / shown.sum()
    expected = torch.linalg.inv(matrix[0]) @ torch.tensor([0.3, -0.2, 1.0], dtype=torch.float64)
    assert (centre - expected[:2]).abs().max() < 1e-3


def test_a_mirrored_version_is_read_from_the_image_as_it_is() -> None:
    maps = torch.rand(2, 3, 12, 12)
    matrices = exponential(project(outputs(2) * 0.2, "affine"))
    versions = torch.tensor([True, False])
    through = warped(maps, mirrored(matrices, versions))
    assert torch.allclose(through[0], warped(maps.flip(-1), matrices)[0], atol=1e-5)
    assert torch.equal(through[1], warped(maps, matrices)[1])


def test_a_common_factor_on_the_right_leaves_pairs_as_they_are() -> None:
    """T_i S (T_j S)^-1 is T_i T_j^-1: the loss of pairs does not see where the shared frame is."""
    matrices = exponential(project(outputs(4), "homography"))
    common = exponential(project(outputs(1, 9), "homography"))
    moved = matrices @ common
    assert torch.allclose(moved[0] @ torch.linalg.inv(moved[1]), matrices[0] @ torch.linalg.inv(matrices[1]), atol=1e-7)
    assert np.isfinite(moved.numpy()).all()

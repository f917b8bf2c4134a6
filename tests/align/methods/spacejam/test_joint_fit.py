"""Fitting a set: numbers of weights, losses at the truth, versions, made-up sets, interruptions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bench.textured_sets import made_up_set, random_similarities, share_correct, similarity  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_features import JointMaps, principal_components  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_fit import centred, centred_images, compared, fit_set  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_network import JointNetwork  # noqa: E402
from dsia_gen.align.methods.spacejam.reflections import agreeing_versions, preference_for_same  # noqa: E402
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig  # noqa: E402
from dsia_gen.core.errors import AlignError, ConfigError  # noqa: E402

pytestmark = pytest.mark.torch


def settings(**changes: object) -> SpaceJamConfig:
    fields = {"name": "test", "size": 48, "mask": "none", "coder": {"steps": 3}, "steps": 6}
    return SpaceJamConfig.model_validate({**fields, "reflections": {"enabled": False}, **changes})


def test_the_weights_of_the_paper() -> None:
    network = JointNetwork(settings(), 25)
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    assert count == {"coder": 3036, "localiser": 13304}
    assert sum(count.values()) == 16340


def test_before_learning_every_transform_is_the_identity() -> None:
    network = JointNetwork(settings(), 25)
    with torch.no_grad():
        codes, empty = network.codes(torch.rand(3, 25, 48, 48))
    assert torch.equal(network.transforms(codes, empty, "homography"), torch.eye(3).double().expand(3, 3, 3))
    assert abs(float(codes.mean())) < 1e-5
    assert abs(float(codes.std()) - 1) < 1e-4


def test_principal_components_are_those_of_numpy() -> None:
    features = torch.randn(2, 9, 6, 5, generator=torch.Generator().manual_seed(1)).double()
    features[:, 3] += 2 * features[:, 4]
    inside = torch.ones(2, 6, 5, dtype=torch.bool)
    inside[0, :2] = False
    found = principal_components(features, inside, 4)
    cells = features.permute(0, 2, 3, 1)[inside].numpy()
    cells = (cells - cells.mean(axis=0)) / cells.std(axis=0)
    expected = cells @ np.linalg.svd(cells, full_matrices=False)[2][:4].T
    ours = found.permute(0, 2, 3, 1)[inside].numpy()
    assert np.allclose(np.abs(ours), np.abs(expected), atol=1e-6)
    assert torch.count_nonzero(found.permute(0, 2, 3, 1)[~inside]) == 0
    with pytest.raises(AlignError, match="no texture"):
        principal_components(torch.ones(2, 9, 6, 5), inside, 4)


def test_the_loss_of_pairs_is_least_at_the_truth() -> None:
    """Warps of one smooth map: what lies between the images at the true transforms is interpolation alone."""
    places = (2 * torch.arange(96) + 1) / 96 - 1
    y, x = torch.meshgrid(places, places, indexing="ij")

    def world(at: torch.Tensor) -> torch.Tensor:
        return torch.stack(
            [torch.exp(-7 * (at[0] ** 2 + at[1] ** 2)) * torch.sin(4 * at[0] + k * at[1]) for k in range(3)]
        )

    true = np.stack(
        [similarity(a, z, s) for a, z, s in ((0.2, 1.0, (0.1, 0)), (-0.2, 0.9, (0, 0.1)), (0, 1.1, (0, 0)))]
    )
    grid = torch.stack([x, y, torch.ones_like(x)]).reshape(3, -1)
    keys = torch.stack(
        [world((torch.from_numpy(np.linalg.inv(m)).float() @ grid).reshape(3, 96, 96)[:2]) for m in true]
    )
    network, pairs = JointNetwork(settings(), 3), torch.tensor([[0, 1, 2], [1, 2, 0]])
    codes, empty = network.codes(keys)
    right, wrong = (
        compared(network, keys, codes, empty, torch.from_numpy(m), pairs, "keys").max()
        for m in (true, np.tile(np.eye(3), (3, 1, 1)))
    )
    assert float(right) < 1e-4
    assert float(wrong) > 20 * float(right)


@pytest.mark.parametrize("wrong", [(), (1, 4), (0, 2, 3, 5)])
def test_versions_follow_what_pairs_prefer(wrong: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    true = np.zeros(8, bool)
    true[list(wrong)] = True
    pairs = np.array([(i, j) for i in range(8) for j in range(8) if i != j]).T
    preference = np.where(true[pairs[0]] == true[pairs[1]], 1.0, -1.0) + rng.normal(0, 0.8, pairs.shape[1])
    found = agreeing_versions(8, pairs, preference)
    assert np.array_equal(found, true) or np.array_equal(found, ~true)
    assert found.sum() <= 4


@pytest.mark.slow
def test_a_mirrored_version_has_to_be_better_by_a_margin() -> None:
    same, other = torch.tensor([1.0, 1.0, 1.0]), torch.tensor([1.2, 0.95, 0.8])
    assert (preference_for_same(same, other, 0.1) > 0).tolist() == [True, True, False]
    assert (preference_for_same(same, other, 0.0) > 0).tolist() == [True, False, False]


def test_a_centred_set_has_the_same_pairs_and_a_mean_of_identity() -> None:
    matrices = random_similarities(5) @ similarity(0.3, 1.3, (0.5, -0.3))
    found = centred(matrices)
    before, after = (m[0] @ np.linalg.inv(m[1]) for m in (matrices, found))
    assert np.allclose(before / before[2, 2], after / after[2, 2])
    assert np.linalg.norm(found.mean(axis=0) - np.eye(3)) < 0.1 < np.linalg.norm(matrices.mean(axis=0) - np.eye(3))
    versions = np.array([False, True, False, True, False])
    flips = np.where(versions[:, None, None], np.diag([-1.0, 1, 1]), np.eye(3))
    assert np.allclose(centred_images(flips @ matrices, versions), flips @ found)
    half_turns = np.stack([similarity(np.pi, 1, (0, 0)), np.eye(3)])
    assert np.isfinite(centred(half_turns)).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_set_and_an_interrupted_fit_goes_on(tmp_path: Path) -> None:
    made, config = made_up_set(3, 32), settings(size=32, coder={"steps": 4}, steps=8, batch=2, losses={"pairs": 2})
    whole = fit_set(made.maps, config)
    again = fit_set(made.maps, config)
    assert np.array_equal(whole.matrices, again.matrices)

    def stop(done: int, _: int) -> None:
        if done == 9:
            raise KeyboardInterrupt

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KeyboardInterrupt):
        fit_set(made.maps, config, progress=stop, checkpoint=path)
    assert path.is_file()
    seen: list[int] = []
    resumed = fit_set(made.maps, config, progress=lambda done, _: seen.append(done), checkpoint=path)
    assert seen[0] > 1
    assert np.array_equal(resumed.matrices, whole.matrices)
    assert not path.exists()
    path.write_bytes(b"damaged")
    assert np.array_equal(fit_set(made.maps, config, checkpoint=path).matrices, whole.matrices)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"losses": {"space": "keys"}}, {"losses": {"target": "atlas"}}, {"algebra": False}, {"recurrences": 1},
        {"coder": {"norm": "group", "steps": 0}}, {"reflections": {"enabled": True, "decisions": 2}, "steps": 12},
        {"curriculum": [{"begin": 0, "group": "translation"}, {"begin": 0.5, "group": "similarity"}]},
    ],
)  # fmt: skip
def test_settings_run_and_give_finite_transforms(changes: dict[str, object]) -> None:
    made = made_up_set(3, 32)
    found = fit_set(made.maps, settings(**{"size": 32, **changes}))
    assert np.isfinite(found.matrices).all()
    assert found.skipped == 0


def test_wrong_settings_and_a_set_of_one_are_told() -> None:
    made = made_up_set(2, 32)
    with pytest.raises(AlignError, match="set of one image"):
        fit_set(JointMaps(made.maps.keys[:1], made.maps.masks[:1]), settings())
    with pytest.raises(ConfigError, match="ascending"):
        SpaceJamConfig.load("spacejam_tiny", ["curriculum=[{begin: 0.5, group: rigid}]"])
    with pytest.raises(ConfigError, match=r"reflections\.begin"):
        SpaceJamConfig.load("spacejam_tiny", ["reflections.end=0.05"])


@pytest.mark.slow
def test_a_made_up_set_is_aligned() -> None:
    """A short fit of what `python -m bench.made_up_set` measures whole."""
    made = made_up_set(5, 32)
    before = share_correct(np.tile(np.eye(3), (5, 1, 1)), made.matrices)
    found = fit_set(made.maps, settings(size=32, coder={"steps": 40}, steps=110, losses={"pairs": 8}))
    assert before < 0.5
    assert share_correct(found.matrices, made.matrices) > 0.8

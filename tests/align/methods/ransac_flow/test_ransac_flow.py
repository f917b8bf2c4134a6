"""RANSAC-Flow whole: training, interruption, a run as a method, planes one after another, and bad input."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

import dsia_gen.align.methods.ransac_flow.ransac_pipeline as pipelines  # noqa: E402
from dsia_gen.align.matching.features.features_config import features_of  # noqa: E402
from dsia_gen.align.matching.robust_homography import homography_flow  # noqa: E402
from dsia_gen.align.methods import ImagePair, MethodOptions, UnavailableError, open_method  # noqa: E402
from dsia_gen.align.methods.ransac_flow.fine_network import build_fine_network  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_pairs import VALID, CoarsePairs, KnownHomographies, pair_key  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_pipeline import PlaneFlow, RansacPipeline, explained_region, put_together  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import open_run, trainable_of  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import noise_image  # noqa: E402
from tests.align.matching.fake_features import PlaceFeatures, matcher, places, seen_under, world_image  # noqa: E402
from tests.align.methods.ransac_flow.make import ransac_config  # noqa: E402

pytestmark = pytest.mark.torch
HEIGHT, WIDTH = 96, 160


def pipeline(**changes: Any) -> RansacPipeline:
    config = ransac_config(**changes)
    return RansacPipeline(config, build_fine_network(config.network, 0), matcher())


@pytest.mark.slow
def test_training_runs_through_its_three_stages_and_goes_on_bit_for_bit(tmp_path: Path) -> None:
    config = ransac_config()
    whole = train(config, tmp_path / "whole", progress=False)
    assert len(whole.losses) == 10 and np.isfinite(whole.losses).all()
    assert {"epe/coarse", "epe/fine"} <= set(whole.validation)
    kept = ransac_config(train={"checkpoint_every": 7, "keep": 5})
    train(kept, tmp_path / "again", progress=False)
    shutil.rmtree(tmp_path / "again" / "checkpoints" / "step_00000010")
    rest = train(kept, tmp_path / "again", progress=False)
    assert rest.start == 7 and rest.losses == whole.losses[7:]


@pytest.mark.slow
def test_matchability_learns_in_the_last_stage_alone(tmp_path: Path) -> None:
    def head(steps: int) -> torch.Tensor:
        run = tmp_path / str(steps)
        config = ransac_config(train={"steps": steps}, stages={"cycle": 0.5, "matchability": 1.0 if steps < 4 else 0.5})
        train(config, run, progress=False)
        network = RansacPipeline.read_network(run)
        return network.match_head.conv1.weight.detach()

    fresh = build_fine_network(ransac_config().network, ransac_config().train.seed).match_head.conv1.weight
    assert torch.equal(head(2), fresh) and not torch.equal(head(4), fresh)


def test_a_run_is_a_method_and_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(ransac_config(train={"steps": 1}), tmp_path / "run", progress=False)
    assert trainable_of(str(tmp_path / "run")).name == "ransac"
    monkeypatch.setattr(pipelines, "open_features", lambda config: PlaceFeatures())
    method = open_run(tmp_path / "run", "mine", MethodOptions(device="cpu"))
    first, second = world_image(places(HEIGHT, WIDTH)), seen_under(np.eye(3), HEIGHT, WIDTH)
    answer = method.align(ImagePair(first, second))
    assert answer.flow is not None and answer.confidence is not None and answer.flow.shape == (HEIGHT, WIDTH, 2)
    assert 0 <= answer.confidence.min() <= answer.confidence.max() <= 1 and "mine" in method.info.title
    with pytest.raises(UnavailableError, match="train ransac"):
        open_method("ransac_flow", MethodOptions())
    (tmp_path / "run" / "pipeline" / "ransac.json").write_text("{")
    with pytest.raises(AlignError, match=r"ransac\.json cannot be read"):
        open_run(tmp_path / "run", "mine", MethodOptions(device="cpu"))


def test_the_features_of_a_method_are_named_by_kind_file_or_run(tmp_path: Path) -> None:
    assert features_of("lite0").kind == "lite0" and features_of("vgg16:w.pth").weights == "w.pth"
    assert features_of(str(tmp_path)).kind == "encoder"
    assert features_of("lite0:expand5").layer == "expand5" and features_of("lite0:expand5").weights is None
    both = features_of("vgg16:pool4:C:/w.pth")
    assert (both.layer, both.weights) == ("pool4", "C:/w.pth")
    assert features_of("vgg16:C:/w.pth").weights == "C:/w.pth"
    with pytest.raises(AlignError, match="'xfaet' is neither"):
        features_of("xfaet")


def test_planes_are_found_one_after_another_until_little_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fine stage that matches exactly what a homography explains."""
    right = np.array([[1.0, 0, -24], [0, 1, 12], [0, 0, 1]])
    first, second = world_image(places(HEIGHT, WIDTH)), seen_under(np.eye(3), HEIGHT, WIDTH)
    other = seen_under(right, HEIGHT, WIDTH)
    border = 90
    second[other[..., 0] >= border] = other[other[..., 0] >= border]
    flows = [homography_flow(m, HEIGHT, WIDTH) for m in (np.eye(3), right)]
    exact = np.where((np.arange(WIDTH) < border)[None, :, None], *flows)

    def exact_fine(network: Any, config: Any, a: Any, b: Any, coarse: Any) -> Any:
        return coarse, (np.linalg.norm(coarse - exact, axis=-1) < 2).astype(np.float32)

    monkeypatch.setattr(pipelines, "fine_flow", exact_fine)
    aligner = pipeline()
    found = aligner.planes(first, second)
    assert len(found) == 2
    answer = aligner.align_rgb(first, second)
    assert answer.flow is not None and np.linalg.norm(answer.flow - exact, axis=-1).mean() < 0.5
    single = np.linalg.norm(found[0].flow - exact, axis=-1)
    assert max(single[:, :border].mean(), single[:, border:].mean()) > 5
    assert len(pipeline(planes=1).planes(first, second)) == 1


def test_a_pixel_takes_the_first_plane_that_matches_it_or_its_nearest_neighbour() -> None:
    flow = [np.full((4, 6, 2), value, np.float32) for value in (1.0, 2.0)]
    match = [np.zeros((4, 6), np.float32) for _ in range(2)]
    match[0][:, :2], match[1][:, 1:4] = 0.97, 0.99
    found = [PlaneFlow(flow[0], flow[0], match[0]), PlaneFlow(flow[1], flow[1], match[1])]
    joined, trust = put_together(found, 0.95, interpolate=False)
    assert joined[0, :, 0].tolist() == [1, 1, 2, 2, 1, 1]
    assert trust[0, 3] == pytest.approx(0.99) and trust[0, 5] == 0
    assert put_together(found, 0.95, interpolate=True)[0][0, :, 0].tolist() == [1, 1, 2, 2, 2, 2]


def test_small_regions_are_not_explained() -> None:
    match = np.zeros((20, 20), np.float32)
    match[:10], match[15, 15] = 1.0, 1.0
    region = explained_region(match, 0.01)
    assert region[:10].all() and not region[15, 15]
    assert not explained_region(np.zeros((20, 20), np.float32), 0.01).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 31), (HEIGHT, WIDTH)])
@pytest.mark.parametrize("kind", ["grey", "identical", "noise"])
def test_any_input_has_an_answer_without_nan(size: tuple[int, int], kind: str) -> None:
    noise = noise_image(*size)
    first, second = {
        "grey": (np.full((*size, 3), 90, np.uint8), np.full((*size, 3), 95, np.uint8)),
        "identical": (noise, noise.copy()), "noise": (noise, noise_image(*size, seed=1)),
    }[kind]  # fmt: skip
    answer = pipeline().align_rgb(first, second)
    assert answer.image.shape == first.shape
    assert answer.flow is not None and answer.confidence is not None and np.isfinite(answer.flow).all()
    if answer.note:
        assert ("equal" if kind == "identical" else "too few matches") in answer.note
        assert np.array_equal(answer.image, second) and not answer.flow.any()
        assert (answer.confidence == (kind == "identical")).all()
    else:
        assert kind == "noise"


def test_homographies_are_kept_by_the_pixels_of_the_images(tmp_path: Path) -> None:
    first, second = noise_image(seed=1), noise_image(seed=2)
    kept = KnownHomographies(tmp_path, "abc")
    matrix = np.diag([1.0, 1.0, 1.0])
    matrix[0, 2] = 3
    kept.write({pair_key(first, second): matrix}, "0")
    (tmp_path / "abc_torn.npz").write_bytes(b"PK\x03\x04torn")

    def refuse(a: Any, b: Any) -> Any:
        raise AssertionError("it is known")

    pairs = CoarsePairs(refuse, KnownHomographies(tmp_path, "abc"))
    assert np.array_equal(pairs.matrix(first, second), matrix)
    assert KnownHomographies(tmp_path, "other").read() == {}


def test_a_pair_is_warped_onto_its_first_image_and_says_what_it_shows() -> None:
    matrix = np.eye(3)
    matrix[0, 2] = 5.0
    pairs = CoarsePairs(lambda a, b: matrix)
    images = {role: noise_image(seed=k) for k, role in enumerate(("1", "2", "gt"))}
    made = [pairs(images, np.random.default_rng(k)) for k in range(12)]
    assert {pair["1"].tobytes() for pair in made} == {image.tobytes() for image in images.values()}
    for pair in made:
        assert (pair[VALID] == 0).sum() == 5 * pair["1"].shape[0]
    again = pairs(images, np.random.default_rng(3))
    assert all(np.array_equal(made[3][name], again[name]) for name in again)

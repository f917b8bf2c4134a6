"""Latents on disk are those that a step would have made, and are made again when what they depend on changes."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.codecs.codec import LosslessCodec, build_codec  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_task import AlignerTask  # noqa: E402
from dsia_gen.align.methods.dmaligner.latent_cache import LatentCache, open_cache  # noqa: E402
from dsia_gen.align.training.data import CropView, Triplets, collate, random_view  # noqa: E402
from dsia_gen.align.training.synthetic import SyntheticTriplets  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config, codec_config  # noqa: E402

pytestmark = pytest.mark.torch


def filled(task: AlignerTask) -> tuple[LatentCache, int]:
    cache = task.latents
    assert isinstance(cache, LatentCache)
    source = SyntheticTriplets(task.config.data.synthetic)
    count = cache.fill(source, task.config.data, task.codec, task.motion, torch.device("cpu"), lambda done, total: None)
    return cache, count


def task_with(folder: Path, **changes: Any) -> AlignerTask:
    config = aligner_config(**changes).model_copy(update={"latents": str(folder)})
    return AlignerTask(config, LosslessCodec())


@pytest.mark.parametrize("motion", [None, {"kind": "homography", "light": True}])
def test_a_step_with_stored_latents_has_the_loss_of_one_that_encodes(motion: Any, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    task = task_with(tmp_path, model={"motion": motion}, data={"synthetic": {"count": 5, "width": 45, "height": 35}})
    cache, count = filled(task)
    assert count == 5 * 4 * (3 if motion is None else 4)
    data = task.config.data
    triplets = Triplets(SyntheticTriplets(data.synthetic), data, 0, task.multiple, prepare=task.prepare, latents=cache)
    batch = collate([triplets[k] for k in range(8)]).to(torch.device("cpu"))
    assert set(batch.latents) == set(task.roles)
    encoded = {
        role: task.codec.encode(batch.images[role]) for role in task.roles if role in batch.images and motion is None
    }
    for role, latents in encoded.items():
        torch.testing.assert_close(batch.latents[role], latents, atol=1e-3, rtol=0)
    with_store, _ = task.loss(task.phases[0].module, batch)
    assert torch.isfinite(with_store)


@pytest.mark.parametrize("flip", list(product((False, True), repeat=2)))
def test_a_cut_of_a_latent_is_the_latent_of_a_cut(flip: tuple[bool, bool], tmp_path: Path) -> None:
    """For the lossless codec exactly, whatever the flip, also where the image is no multiple of the factor."""
    task = task_with(tmp_path, data={"synthetic": {"count": 1, "width": 45, "height": 35}})
    cache, _ = filled(task)
    sample = SyntheticTriplets(task.config.data.synthetic)[0]
    images = {role: sample.image(role) for role in ("1", "2", "gt")}
    view = CropView(8, 12, 16, 24, *flip)
    found = cache.cut(images, view)
    for role, image in images.items():
        cut = torch.from_numpy(view.cut(image)).permute(2, 0, 1)[None].float() / 127.5 - 1
        torch.testing.assert_close(found[role], task.codec.encode(cut)[0], atol=1e-3, rtol=0)


def test_corners_lie_on_the_grid_of_the_codec_and_reach_both_ends() -> None:
    config = aligner_config().data
    views = [random_view(np.random.default_rng(k), (35, 45), (16, 24), config, 4) for k in range(200)]
    assert {view.top for view in views} == {0, 4, 8, 12, 16} and {view.left for view in views} == {0, 4, 8, 12, 16, 20}
    plain = [random_view(np.random.default_rng(k), (35, 45), (16, 24), config) for k in range(50)]
    assert {view.top % 4 for view in plain} == {0, 1, 2, 3}


def test_only_what_changed_is_encoded_again(tmp_path: Path) -> None:
    data = {"synthetic": {"count": 2, "width": 32, "height": 24}, "flip_horizontal": False, "flip_vertical": False}
    assert filled(task_with(tmp_path, data=data))[1] == 2 * 3
    assert filled(task_with(tmp_path, data=data))[1] == 0
    assert filled(task_with(tmp_path, data={**data, "flip_vertical": True}))[1] == 2 * 3
    more = {**data, "synthetic": {**data["synthetic"], "count": 3}}
    assert filled(task_with(tmp_path, data=more))[1] == 3
    keys = {open_cache(str(tmp_path), build_codec(codec_config().codec, seed), ("1",)).codec_key for seed in (0, 1)}
    assert len({*keys, open_cache(str(tmp_path), LosslessCodec(), ("1",)).codec_key}) == 3, "other weights, other codec"


def test_a_folder_that_is_a_file_and_a_latent_that_is_gone_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AlignError, match="which is not a folder"):
        open_cache(str(tmp_path / "file"), LosslessCodec(), ("1",))
    cache, _ = filled(task_with(tmp_path / "cache"))
    for path in (tmp_path / "cache").rglob("*.safetensors"):
        path.unlink()
    config = aligner_config().data
    with pytest.raises(AlignError, match="is missing"):
        Triplets(SyntheticTriplets(config.synthetic), config, 0, 8, latents=cache)[0]

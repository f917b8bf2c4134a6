"""Training of the feature encoder: cells that flow joins, and a run that others use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.matching.features.features_config import FeaturesConfig  # noqa: E402
from dsia_gen.align.matching.features.features_run_config import FeaturesRunConfig  # noqa: E402
from dsia_gen.align.matching.features.features_task import cells_of, joined_cells  # noqa: E402
from dsia_gen.align.matching.features.open_features import open_features  # noqa: E402
from dsia_gen.align.matching.geometry import pixel_points  # noqa: E402
from dsia_gen.align.methods import MethodOptions  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import open_run, trainable_of  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch


def make_config(**changes: Any) -> FeaturesRunConfig:
    base = aligner_config().model_dump()
    data = {**base["data"], "synthetic": {"count": 3, "width": 64, "height": 48}, "crop": [48, 32]}
    document = {"name": "test", "encoder": {"widths": [6, 8, 12], "stride": 4}, "direction": "gt_to_2", "data": data,
                "train": {**base["train"], "steps": 12, "ema": 0, "learning_rate": 3e-3, **changes}}  # fmt: skip
    return FeaturesRunConfig.model_validate(document)


def test_cells_are_joined_by_a_flow_that_is_known_and_seen() -> None:
    flow = torch.tensor([8.0, -4.0]).view(1, 2, 1, 1).repeat(1, 1, 32, 48)
    flow[..., 17:19, 17:19] = torch.nan
    hidden = torch.zeros(1, 1, 32, 48)
    hidden[..., 25:27, 9:11] = 3
    places, seen = joined_cells(flow, hidden, (8, 12))
    exact = pixel_points(8, 12, flow) + torch.tensor([2.0, -1.0]).view(1, 2, 1, 1)
    assert torch.allclose(torch.where(seen, places, exact), exact, atol=1e-5)
    assert not seen[0, 0, 4, 4] and not seen[0, 0, 6, 2], "unknown, hidden"
    assert not seen[0, 0, 0].any() and not seen[..., 10:].any(), "beyond the border"
    assert seen.sum() == 7 * 10 - 2


def test_cells_are_drawn_by_the_position_of_the_sample() -> None:
    seen = torch.ones(6, 7, dtype=torch.bool)
    seen[0] = False
    drawn = [cells_of(seen, 10, 0, position) for position in (3, 3, 4)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert drawn[0].min() >= 7 and len(set(drawn[0].tolist())) == 10


@pytest.mark.slow
def test_features_learn_go_on_and_are_used_by_their_run(tmp_path: Path) -> None:
    config = make_config(checkpoint_every=8, keep=5)
    whole = train(config, tmp_path / "run", progress=False)
    assert np.mean(whole.losses[-3:]) < np.mean(whole.losses[:3])
    assert 0 <= whole.validation["within_a_cell"] <= 1
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step_00000012")
    assert train(config, tmp_path / "run", progress=False).losses == whole.losses[8:]
    extractor = open_features(FeaturesConfig(kind="encoder", weights=str(tmp_path / "run")))
    assert extractor.channels == 12 and trainable_of(str(tmp_path / "run")).name == "features"
    with pytest.raises(AlignError, match="align nothing alone"):
        open_run(tmp_path / "run", "mine", MethodOptions())

"""Small configurations of RANSAC-Flow for tests, and a pipeline with features that need no weights."""

from __future__ import annotations

from typing import Any

from dsia_gen.align.methods.ransac_flow.ransac_config import RansacConfig
from tests.align.make import aligner_config


def ransac_config(**changes: Any) -> RansacConfig:
    """A network of a few thousand weights on synthetic samples; `changes` are sections."""
    base = aligner_config().model_dump()
    document: dict[str, Any] = {
        "name": "test",
        "network": {"encoder": {"widths": [6, 8, 12], "stride": 4}, "head": [16, 12, 8]},
        "pairs": {"coarse": "dis"},
        "sides": [48],
        "data": {**base["data"], "synthetic": {"count": 3, "width": 64, "height": 48}, "crop": [48, 32]},
        "train": {**base["train"], "steps": 10, "weight_decay": 0, "ema": 0},
    }
    for section, values in changes.items():
        merged = isinstance(values, dict) and isinstance(document.get(section), dict)
        document[section] = {**document[section], **values} if merged else values
    return RansacConfig.model_validate(document)

"""A small motion-compensated aligner for tests."""

from __future__ import annotations

from typing import Any

from dsia_gen.align.methods.mc_aligner.mc_config import McConfig

SIZE = (64, 48)


def mc_config(**changes: Any) -> McConfig:
    """An aligner of a few thousand weights on made-up scenes; `changes` are sections."""
    document: dict[str, Any] = {
        "name": "test",
        "model": {"widths": [8, 8, 8], "features": [8, 8], "windows": [3, 3], "head": 8},
        "data": {"synthetic": {"kind": "layered", "count": 4, "width": SIZE[0], "height": SIZE[1]}, "crop": None,
                 "workers": 0, "flip_vertical": False},
        "train": {"steps": 12, "batch_size": 2, "learning_rate": 3e-3, "warmup": 1, "ema": 0.0, "device": "cpu",
                  "validation_samples": 1, "validate_every": 0, "checkpoint_every": 6, "log_every": 1},
    }  # fmt: skip
    for section, values in changes.items():
        document[section] = {**document.get(section, {}), **values} if isinstance(values, dict) else values
    return McConfig.model_validate(document)

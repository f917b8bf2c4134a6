"""GPUs that a scheduler gave to a process, handed down in its environment. Any package may ask."""

from __future__ import annotations

import os
from collections.abc import Sequence

VARIABLE = "DSIA_GEN_GPUS"
"""Ids, comma-separated; empty for none. Not set without a scheduler."""

MASKS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")
"""What drivers of NVIDIA, AMD and Intel read: a process sees these GPUs only."""


def environment_for(gpus: Sequence[str]) -> dict[str, str]:
    """The variables of a process that may use the GPUs with these ids, and no other."""
    ids = ",".join(gpus)
    return {VARIABLE: ids, **dict.fromkeys(MASKS, ids)}


def assigned_gpus() -> tuple[str, ...] | None:
    """Ids of the GPUs that this process was given, none being (); None without a scheduler."""
    ids = os.environ.get(VARIABLE)
    return None if ids is None else tuple(filter(None, ids.split(",")))

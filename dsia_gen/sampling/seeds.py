"""Seeds: job seed -> scene seed -> named child generators, the only source of randomness of scenes."""

from __future__ import annotations

import hashlib

import numpy as np


def scene_seed(job_seed: int, index: int) -> int:
    """Seed of scene `index` of a job: 63 bits of SHA-256, so that neighbouring jobs share no scene."""
    return _digest(f"dsia-gen/scene/{job_seed}/{index}") >> 1


def child(seed: int, name: str) -> np.random.Generator:
    """The generator called `name` of a scene. Adding a draw to one child changes no other."""
    return np.random.Generator(np.random.PCG64(_digest(f"dsia-gen/child/{seed}/{name}")))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

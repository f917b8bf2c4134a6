"""How far images of a set are rolled: angles by which the maps of all pairs agree best, before any step of a fit."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.methods.spacejam.joint_network import warped

STEPS = 36
"""Angles of a full turn that are tried."""
LARGEST_ROLL = 60.0
"""Degrees between two images that are tried: what is turned over is seldom meant, and round things agree anyhow."""
_ROUNDS = 20


def rolls(keys: Tensor) -> NDArray[np.float64]:
    """(N, 3, 3) rotations about the middle under which maps (N, K, s, s) agree best; their mean angle is about 0.

    The correlation of each pair is taken at every relative angle. The leading eigenvector of the best angles is where
    single changes begin (Singer, 2011: angular synchronisation), until none makes the sum of correlations larger.
    """
    count = len(keys)
    angles = 2 * np.pi * np.arange(STEPS) / STEPS
    matrices = torch.from_numpy(np.stack([rotation(angle) for angle in angles]))
    flat = keys.flatten(1)
    agreement = np.empty((count, count, STEPS))
    for i in range(count):
        turned = warped(keys[i].expand(STEPS, *keys.shape[1:]), matrices).flatten(1)
        turned = turned / turned.norm(dim=1, keepdim=True).clamp(min=1e-6)
        agreement[i] = (turned @ flat.T).T.numpy() / np.maximum(flat.norm(dim=1).numpy()[:, None], 1e-6)
    far = np.abs(np.angle(np.exp(1j * angles))) > np.radians(LARGEST_ROLL) + 1e-9
    # image i turned by a agrees with j as j turned by -a does with i
    agreement = (agreement + np.roll(agreement.transpose(1, 0, 2)[..., ::-1], 1, axis=-1)) / 2
    agreement[..., far] = -1.0
    steps = _synchronised(agreement, angles)
    for _ in range(_ROUNDS):
        before = steps.copy()
        for i in range(count):
            others = np.flatnonzero(np.arange(count) != i)
            relative = (np.arange(STEPS)[:, None] - steps[others]) % STEPS
            steps[i] = int(agreement[i, others[None], relative].sum(axis=1).argmax())
        if np.array_equal(before, steps):
            break
    mean = np.angle(np.exp(1j * angles[steps]).mean())
    return np.stack([rotation(angle) for angle in angles[steps] - mean])


def rotation(angle: float) -> NDArray[np.float64]:
    """(3, 3) in coordinates from -1 to 1."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _synchronised(agreement: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.intp]:
    """(N,) numbers of angles whose differences are the best relative ones, as far as these agree with each other."""
    best = agreement.argmax(axis=-1)
    weight = np.clip(agreement.max(axis=-1) - np.median(agreement, axis=-1), 0, None)
    np.fill_diagonal(weight, 0)
    hermitian = weight * np.exp(1j * angles[best])
    vector = np.linalg.eigh((hermitian + hermitian.conj().T) / 2)[1][:, -1]
    phases = np.angle(vector / vector[0]) if abs(vector[0]) > 1e-9 else np.angle(vector)
    found: NDArray[np.intp] = np.rint(phases / (2 * np.pi) * STEPS).astype(np.intp) % STEPS
    return found

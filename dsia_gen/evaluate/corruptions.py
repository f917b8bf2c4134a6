"""Five corruptions of images that test how robust a method is, in the severities of ImageNet-C. Numpy and SciPy.

Hendrycks and Dietterich, ICLR 2019: five of its kinds with the published strengths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, gaussian_filter

from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.evaluate.flow_sets import FlowPair
from dsia_gen.evaluate.samples import EvaluationSample, fingerprint

Image = NDArray[np.uint8]
Levels = NDArray[np.float64]
SEVEREST = 5


def gaussian_noise(levels: Levels, severity: int, rng: np.random.Generator) -> Levels:
    """Noise of one deviation, as in low light."""
    return levels + rng.normal(0, (0.08, 0.12, 0.18, 0.26, 0.38)[severity - 1], levels.shape)


def shot_noise(levels: Levels, severity: int, rng: np.random.Generator) -> Levels:
    """Noise of counted photons."""
    photons = (60, 25, 12, 5, 3)[severity - 1]
    return rng.poisson(levels * photons) / photons


def impulse_noise(levels: Levels, severity: int, rng: np.random.Generator) -> Levels:
    """Levels that are lost: black or white, salt and pepper alike."""
    draw = rng.random(levels.shape)
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[severity - 1]
    return np.where(draw < share / 2, 0.0, np.where(draw < share, 1.0, levels))


def defocus_blur(levels: Levels, severity: int, rng: np.random.Generator) -> Levels:  # noqa: ARG001  (of the contract)
    """The mean over a disc whose rim is softened."""
    radius, rim = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))[severity - 1]
    steps = np.arange(-radius - 2, radius + 3)
    disc = gaussian_filter((np.hypot(*np.meshgrid(steps, steps)) <= radius).astype(np.float64), rim, mode="constant")
    return np.stack([convolve(levels[..., k], disc / disc.sum(), mode="mirror") for k in range(3)], axis=-1)


def contrast(levels: Levels, severity: int, rng: np.random.Generator) -> Levels:  # noqa: ARG001  (of the contract)
    """Levels nearer to the mean of their channel."""
    mean = levels.mean(axis=(0, 1), keepdims=True)
    return (levels - mean) * (0.4, 0.3, 0.2, 0.1, 0.05)[severity - 1] + mean


CORRUPTIONS: Mapping[str, Callable[[Levels, int, np.random.Generator], Levels]] = {
    "gaussian_noise": gaussian_noise, "shot_noise": shot_noise, "impulse_noise": impulse_noise,
    "defocus_blur": defocus_blur, "contrast": contrast,
}  # fmt: skip


def corrupted(image: Image, name: str, severity: int, rng: np.random.Generator) -> Image:
    """An image (H, W, 3) under one of `CORRUPTIONS`, 1 is mild and 5 severe."""
    levels = CORRUPTIONS[name](image.astype(np.float64) / 255, severity, rng)
    return np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)


def checked_corruptions(names: Sequence[str]) -> tuple[str, ...]:
    """The names, or all of them for `all`. AlignError names one that is not known."""
    if tuple(names) == ("all",):
        return tuple(CORRUPTIONS)
    for name in names:
        if name not in CORRUPTIONS:
            known = ", ".join(CORRUPTIONS)
            hint = suggestion(name, list(CORRUPTIONS))
            raise AlignError(f"{name!r} is not a corruption{hint}; --corruptions knows {known}, and all")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class CorruptedSample:
    """A sample whose I2 is corrupted; the noise depends on the sample's name, the corruption and the seed alone."""

    sample: EvaluationSample | FlowPair
    corruption: str
    severity: int
    seed: int

    @property
    def id(self) -> str:
        return self.sample.id

    @property
    def data_key(self) -> str:
        return fingerprint([self.sample.data_key, self.corruption, self.severity, self.seed, 1])

    @property
    def group(self) -> str:
        return self.sample.group

    @property
    def subset(self) -> str:
        return self.sample.subset

    def pairs(self) -> list[tuple[Image, Image]]:
        """I1 as it is, and I2 corrupted."""
        first, second = self.sample.images()
        rng = np.random.default_rng(int(fingerprint([self.id, self.corruption, self.severity, self.seed])[:8], 16))
        return [(first, corrupted(second, self.corruption, self.severity, rng))]

    def truth(self, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """That of the sample."""
        return self.sample.truth(outputs)

    def truths(self, outputs: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
        """That of its pair."""
        return [self.truth(outputs)]

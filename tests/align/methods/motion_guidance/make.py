"""A prior in closed form, a blob that moves over a still background, and a sharp search for where it went."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from dsia_gen.align.codecs.codec import LosslessCodec
from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule, build_noise_schedule
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig
from dsia_gen.align.methods.motion_guidance.guidance_prior import GuidancePrior

HEIGHT, WIDTH = 32, 48
TOP, LEFT, SIDE, MOVE = 12, 14, 10, (5, -3)


class GaussianPrior(GuidancePrior):
    """Images of independent normal values, grey on average, 1 deviation from black and white: its denoiser is exact."""

    def __init__(self, mean: float = 0.0, deviation: float = 1.0, timesteps: int = 1000) -> None:
        self.codec = LosslessCodec(1)
        self.codec.register_parameter("device", nn.Parameter(torch.zeros(1)))
        self.schedule: NoiseSchedule = build_noise_schedule("x0", DiffusionConfig(timesteps=timesteps))
        self.multiple = 1
        self.mean, self.variance = mean, deviation**2

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return (self.codec,)

    def denoise(self, z: torch.Tensor, t: int) -> torch.Tensor:
        """E[x0 | z] of x0 ~ N(mean, variance)."""
        alpha, sigma = self.schedule.alpha_sigma(torch.tensor([t]), z)
        return (alpha * self.variance * z + sigma**2 * self.mean) / (alpha**2 * self.variance + sigma**2)


def settings(**changes: Any) -> GuidanceConfig:
    """Fifty steps with the weights of the release, w for latents of 4,608 values."""
    given = {"step_size": 20, "repeats": 3, "weight": 3000 * 16384 / (3 * HEIGHT * WIDTH), "flow_width": WIDTH,
             "begin": 1.0, "margin": 2}  # fmt: skip
    return GuidanceConfig.model_validate({**given, **changes})


def square(move: tuple[int, int] = (0, 0)) -> Any:
    """(H, W) bool of the square, moved."""
    where = np.zeros((HEIGHT, WIDTH), bool)
    where[TOP + move[1] : TOP + move[1] + SIDE, LEFT + move[0] : LEFT + move[0] + SIDE] = True
    return where


def blob(seed: int = 0) -> tuple[Any, Any, Any]:
    """The source (H, W, 3), the flow (H, W, 2) of its textured square, and what the square looks like where it ends."""
    rng = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    texture = rng.uniform(0, 255, (SIDE // 2, SIDE // 2, 3)).repeat(2, axis=0).repeat(2, axis=1)
    image[square()] = texture.reshape(-1, 3).astype(np.uint8)
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    flow[square()] = MOVE
    moved = image.copy()
    moved[square(MOVE)] = image[square()]
    return image, flow, moved


def displacement(source: Any, image: Any, reach: int = 8) -> Any:
    """The displacement (2,) of the square of the source that fits an image best, to a tenth of a pixel."""
    patch = source[square()].reshape(SIDE, SIDE, 3).astype(float)
    costs = {}
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            part = image[TOP + dy : TOP + dy + SIDE, LEFT + dx : LEFT + dx + SIDE].astype(float)
            if part.shape == patch.shape:
                costs[dx, dy] = float(((part - patch) ** 2).mean())
    best = min(costs, key=costs.__getitem__)

    def vertex(before: float, here: float, after: float) -> float:
        curve = before - 2 * here + after
        return 0.5 * (before - after) / curve if curve > 0 else 0.0

    far = max(costs.values())
    x = vertex(costs.get((best[0] - 1, best[1]), far), costs[best], costs.get((best[0] + 1, best[1]), far))
    y = vertex(costs.get((best[0], best[1] - 1), far), costs[best], costs.get((best[0], best[1] + 1), far))
    return np.array([best[0] + x, best[1] + y])

"""The forward process (eq. 4, 5), what a network may predict of it, and one step back (eq. 13, 14)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dsia_gen.align.config import DiffusionConfig, Target


@dataclass(frozen=True)
class NoiseSchedule:
    """x_t = signal_t x_0 + noise_t eps, for t = 0 (almost clean) to T - 1 (noise), and what is predicted.

    `signal` and `noise` are (T,) float64. For x0, epsilon and v, signal^2 + noise^2 = 1, and signal^2 is alpha-bar;
    for rectified flow, signal + noise = 1.
    """

    target: Target
    signal: Tensor
    noise: Tensor

    @property
    def timesteps(self) -> int:
        return len(self.signal)

    def rates(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """signal_t and noise_t as (B, 1, 1, 1) of the type and device of `like`. t is (B,), and t = -1 is clean."""
        index, clean = t.clamp(min=0), t < 0
        signal = torch.where(clean, 1.0, self.signal.to(t.device)[index])
        noise = torch.where(clean, 0.0, self.noise.to(t.device)[index])
        return signal.to(like).view(-1, 1, 1, 1), noise.to(like).view(-1, 1, 1, 1)

    def diffuse(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """x_t (eq. 5)."""
        signal, noise = self.rates(t, x0)
        return signal * x0 + noise * eps

    def answer(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """What the network should say."""
        if self.target == "x0":
            return x0
        if self.target == "epsilon":
            return eps
        if self.target == "flow":
            return eps - x0
        signal, noise = self.rates(t, x0)
        return signal * eps - noise * x0

    def to_x0(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The estimate of x_0 that the network's output means."""
        if self.target == "x0":
            return output
        signal, noise = self.rates(t, x_t)
        if self.target == "epsilon":
            return (x_t - noise * output) / signal
        if self.target == "flow":
            return x_t - noise * output
        return signal * x_t - noise * output

    def to_eps(self, x0: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The noise that leads from an estimate of x_0 to x_t (eq. 14)."""
        signal, noise = self.rates(t, x_t)
        return (x_t - signal * x0) / noise

    def trajectory(self, step_size: int) -> list[tuple[int, int]]:
        """Pairs (t, next t) of the way back, from T - 1 by `step_size` (trailing); the last ends at -1, clean."""
        times = list(range(self.timesteps - 1, -1, -step_size))
        return list(zip(times, [*times[1:], -1], strict=True))

    def step(
        self, x0: Tensor, x_t: Tensor, t: int, before: int, eta: float = 0.0, draw: Tensor | None = None
    ) -> Tensor:
        """x at the timestep `before` t from the estimate of x_0 (eq. 13, DDIM).

        At eta 0 this is Euler's step for rectified flow. `draw` is the standard normal noise that eta > 0 needs.
        """
        here, there = torch.tensor([t]), torch.tensor([before])
        signal, noise = self.rates(there, x_t)
        eps = self.to_eps(x0, x_t, here)
        if eta == 0 or before < 0 or draw is None:
            return signal * x0 + noise * eps
        sigma = eta * self._deviation(here, there, x_t)
        return signal * x0 + (noise**2 - sigma**2).clamp(min=0).sqrt() * eps + sigma * draw

    def _deviation(self, here: Tensor, there: Tensor, like: Tensor) -> Tensor:
        signal, noise = self.rates(here, like.double())
        signal_there, noise_there = self.rates(there, like.double())
        return (noise_there / noise * (1 - (signal / signal_there) ** 2).clamp(min=0).sqrt()).to(like)


def build_process(target: Target, config: DiffusionConfig) -> NoiseSchedule:
    """The process of a configuration; beta schedules are those of diffusers' DDIMScheduler."""
    if target == "flow":
        noise = torch.arange(1, config.timesteps + 1, dtype=torch.float64) / config.timesteps
        return NoiseSchedule(target, 1 - noise, noise)
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(
        num_train_timesteps=config.timesteps,
        beta_schedule=config.beta_schedule,
        beta_start=config.beta_start,
        beta_end=config.beta_end,
        clip_sample=False,
    )
    alpha_bar = torch.cumprod(1 - scheduler.betas.double(), dim=0)
    return NoiseSchedule(target, alpha_bar.sqrt(), (1 - alpha_bar).sqrt())

"""The forward process (eq. 4, 5), what a network may predict of it, and one reverse step (eq. 13, 14)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig, Target


@dataclass(frozen=True)
class NoiseSchedule:
    """The process x_t = alpha_t x_0 + sigma_t noise, for t = 0 (almost clean) to T - 1 (noise), and what is predicted.

    Parameters
    ----------
    target : Target
        What the network predicts: "x0", "epsilon", "v" or "flow" (rectified flow).
    alpha : Tensor
        (T,) float64 factor of the signal.
    sigma : Tensor
        (T,) float64 standard deviation of the noise.

    Notes
    -----
    For x0, epsilon and v, alpha^2 + sigma^2 = 1 and alpha^2 is the paper's alpha-bar (Ho et al., NeurIPS 2020, eq. 4);
    for rectified flow, alpha + sigma = 1 (Liu et al., ICLR 2023, eq. 1). The tables of diffusers' schedulers are the
    same to float32; they are kept in float64 here because training and sampling depend on their last bits.
    """

    target: Target
    alpha: Tensor
    sigma: Tensor

    @property
    def timesteps(self) -> int:
        return len(self.alpha)

    def alpha_sigma(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """Both factors at timesteps.

        Parameters
        ----------
        t : Tensor
            (B,) int64 timesteps; -1 is clean.
        like : Tensor
            Gives type and device.

        Returns
        -------
        tuple of Tensor
            alpha_t and sigma_t, each (B, 1, 1, 1).
        """
        index, clean = t.clamp(min=0), t < 0
        alpha = torch.where(clean, 1.0, self.alpha.to(t.device)[index])
        sigma = torch.where(clean, 0.0, self.sigma.to(t.device)[index])
        return alpha.to(like).view(-1, 1, 1, 1), sigma.to(like).view(-1, 1, 1, 1)

    def add_noise(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Diffuse clean latents (eq. 5).

        Parameters
        ----------
        x0 : Tensor
            (B, N, h, w) clean latents.
        noise : Tensor
            (B, N, h, w) standard normal.
        t : Tensor
            (B,) timesteps.

        Returns
        -------
        Tensor
            x_t, (B, N, h, w).
        """
        alpha, sigma = self.alpha_sigma(t, x0)
        return alpha * x0 + sigma * noise

    def network_target(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """What the network should predict.

        Parameters
        ----------
        x0 : Tensor
            (B, N, h, w) clean latents.
        noise : Tensor
            (B, N, h, w) the noise that was added.
        t : Tensor
            (B,) timesteps.

        Returns
        -------
        Tensor
            (B, N, h, w): x0, the noise, v (Salimans and Ho, ICLR 2022, section 4) or the velocity of rectified flow.
        """
        if self.target == "x0":
            return x0
        if self.target == "epsilon":
            return noise
        if self.target == "flow":
            return noise - x0
        alpha, sigma = self.alpha_sigma(t, x0)
        return alpha * noise - sigma * x0

    def to_x0(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The estimate of x_0 that a network's output implies.

        Parameters
        ----------
        output : Tensor
            (B, N, h, w) prediction of the network.
        x_t : Tensor
            (B, N, h, w) its input.
        t : Tensor
            (B,) timesteps.

        Returns
        -------
        Tensor
            (B, N, h, w) estimate of x_0.
        """
        if self.target == "x0":
            return output
        alpha, sigma = self.alpha_sigma(t, x_t)
        if self.target == "epsilon":
            return (x_t - sigma * output) / alpha
        if self.target == "flow":
            return x_t - sigma * output
        return alpha * x_t - sigma * output

    def to_noise(self, x0: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The noise that leads from an estimate of x_0 to x_t (eq. 14).

        Parameters
        ----------
        x0 : Tensor
            (B, N, h, w) estimate of x_0.
        x_t : Tensor
            (B, N, h, w) noisy latents.
        t : Tensor
            (B,) timesteps.

        Returns
        -------
        Tensor
            (B, N, h, w) noise.
        """
        alpha, sigma = self.alpha_sigma(t, x_t)
        return (x_t - alpha * x0) / sigma

    def timestep_pairs(self, step_size: int) -> list[tuple[int, int]]:
        """Timesteps of the reverse process, from T - 1 by `step_size` ("trailing" spacing).

        Parameters
        ----------
        step_size : int
            Timesteps between two denoising steps.

        Returns
        -------
        list of tuple of int
            Pairs (t, next t); the last one ends at -1, clean.
        """
        times = list(range(self.timesteps - 1, -1, -step_size))
        return list(zip(times, [*times[1:], -1], strict=True))

    def step(
        self, x0: Tensor, x_t: Tensor, t: int, before: int, eta: float = 0.0, noise: Tensor | None = None
    ) -> Tensor:
        """One reverse step.

        Parameters
        ----------
        x0 : Tensor
            (B, N, h, w) estimate of x_0 at timestep `t`.
        x_t : Tensor
            (B, N, h, w) latents at timestep `t`.
        t : int
            The timestep of `x_t`.
        before : int
            The timestep to go to; -1 is clean.
        eta : float
            0 is deterministic DDIM, 1 adds as much noise as DDPM.
        noise : Tensor, optional
            (B, N, h, w) standard normal, which eta > 0 needs.

        Returns
        -------
        Tensor
            (B, N, h, w) latents at timestep `before`.

        Notes
        -----
        DDIM (Song et al., ICLR 2021, eq. 12 and 16). At eta 0 this is Euler's step for rectified flow.
        """
        here, there = torch.tensor([t]), torch.tensor([before])
        alpha, sigma = self.alpha_sigma(there, x_t)
        estimate = self.to_noise(x0, x_t, here)
        if eta == 0 or before < 0 or noise is None:
            return alpha * x0 + sigma * estimate
        # in float64: a difference of numbers near 1
        alpha_t, sigma_t = self.alpha_sigma(here, x_t.double())
        alpha_s, sigma_s = self.alpha_sigma(there, x_t.double())
        deviation = eta * (sigma_s / sigma_t * (1 - (alpha_t / alpha_s) ** 2).clamp(min=0).sqrt()).to(x_t)
        return alpha * x0 + (sigma**2 - deviation**2).clamp(min=0).sqrt() * estimate + deviation * noise


def build_noise_schedule(target: Target, config: DiffusionConfig) -> NoiseSchedule:
    """The noise schedule of a configuration.

    Parameters
    ----------
    target : Target
        What the network predicts.
    config : DiffusionConfig
        Timesteps and beta schedule.

    Returns
    -------
    NoiseSchedule
        The schedule; betas are those of diffusers' DDIMScheduler.
    """
    if target == "flow":
        sigma = torch.arange(1, config.timesteps + 1, dtype=torch.float64) / config.timesteps
        return NoiseSchedule(target, 1 - sigma, sigma)
    from diffusers import DDIMScheduler

    betas = config.model_dump(exclude={"timesteps"})
    scheduler = DDIMScheduler(num_train_timesteps=config.timesteps, clip_sample=False, **betas)
    alpha_bar = torch.cumprod(1 - scheduler.betas.double(), dim=0)
    return NoiseSchedule(target, alpha_bar.sqrt(), (1 - alpha_bar).sqrt())

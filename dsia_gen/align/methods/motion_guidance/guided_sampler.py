"""Sampling that an energy guides: the reverse process with guided noise, an edit mask and repeated steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig
from dsia_gen.align.step_progress import StepProgress, silent

_REFERENCE_VALUES = 16384
"""Values of the latents that the weight of the release belongs to: 4 x 64 x 64."""
_FADE = 0.1
"""Share of the steps over which the schedule `cosine` falls to zero."""
Denoise = Callable[[Tensor, int], Tensor]
"""(z_t (1, N, h, w), t) -> the estimate of clean latents."""


@dataclass(frozen=True)
class KeptLatents:
    """What the edit leaves as it is: latents (1, N, h, w) of the source at each timestep, where `where` is True."""

    where: Tensor
    clean: Tensor
    at: Mapping[int, Tensor]


@dataclass(frozen=True)
class GuidedLatents:
    """A guided sample, and the steps that were not guided since energy or gradient was not finite."""

    latents: Tensor
    skipped: int = 0


def guided_latents(
    denoise: Denoise,
    schedule: NoiseSchedule,
    begun: Tensor,
    energy: Callable[[Tensor], Tensor],
    config: GuidanceConfig,
    generator: torch.Generator,
    kept: KeptLatents | None = None,
    first: int | None = None,
    on_step: StepProgress = silent,
) -> GuidedLatents:
    """Latents (1, N, h, w) of one sample, from `begun` at timestep `first` (by default the last one) to clean.

    `energy` takes an estimate of clean latents to a scalar. Without weight, repeats and edit mask it is the plain
    reverse process, bit for bit.
    """
    pairs = schedule.timestep_pairs(config.step_size)
    pairs = pairs if first is None else [(t, before) for t, before in pairs if t <= first]
    z, skipped = begun, 0
    for number, (t, before) in enumerate(pairs):
        guided = t < config.begin * schedule.timesteps or config.begin == 1
        weight = step_weight(config, number, len(pairs)) * z[0].numel() / _REFERENCE_VALUES if guided else 0.0
        repeats = config.repeats if guided else 1
        for repeat in range(repeats):
            if kept is not None:
                z = torch.where(kept.where, kept.at[t], z)
            x0, sound = guided_estimate(denoise, schedule, z, t, energy, weight, config)
            skipped += not sound
            after = schedule.step(x0, z, t, before)
            z = after if repeat == repeats - 1 else renoised(schedule, after, t, before, generator)
        on_step(number + 1, len(pairs))
    if kept is not None:
        z = torch.where(kept.where, kept.clean, z)
    return GuidedLatents(z, skipped)


def guided_estimate(
    denoise: Denoise,
    schedule: NoiseSchedule,
    z: Tensor,
    t: int,
    energy: Callable[[Tensor], Tensor],
    weight: float,
    config: GuidanceConfig,
) -> tuple[Tensor, bool]:
    """The estimate of clean latents, guided; and False where it could not be.

    The noise e of the estimate is changed against the gradient g = -weight grad_z energy: e - sigma g, of a length of
    at most c; the estimate follows from it.
    """
    if weight == 0:
        with torch.no_grad():
            return denoise(z, t), True
    with torch.enable_grad():
        leaf = z.detach().requires_grad_()
        x0 = denoise(leaf, t)
        value = energy(x0)
        (gradient,) = torch.autograd.grad(value, leaf)
    x0 = x0.detach()
    if not bool(torch.isfinite(value) & torch.isfinite(gradient).all()):
        return x0, False
    alpha, sigma = schedule.alpha_sigma(torch.tensor([t]), z)
    change = clipped(weight * gradient * (sigma if config.scale == "sigma" else 1.0), config.clip)
    return x0 - sigma / alpha * change, True


def clipped(change: Tensor, clip: float) -> Tensor:
    """A change (B, N, h, w) whose length is at most `clip` times the root of its number of values."""
    length = change.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    longest = clip * math.sqrt(change[0].numel())
    return torch.where(length > longest, change * (longest / length.clamp(min=1e-30)), change)


def renoised(schedule: NoiseSchedule, after: Tensor, t: int, before: int, generator: torch.Generator) -> Tensor:
    """From latents at timestep `before` back to `t`, with new noise; the distribution is that of `t`."""
    here, there = (torch.tensor([time]) for time in (t, before))
    # in float64: differences of numbers near 1
    alpha_t, sigma_t = schedule.alpha_sigma(here, after.double())
    alpha_s, sigma_s = schedule.alpha_sigma(there, after.double())
    factor = alpha_t / alpha_s
    deviation = (sigma_t**2 - (factor * sigma_s) ** 2).clamp(min=0).sqrt()
    noise = torch.randn(after.shape[1:], generator=generator)[None].to(after)
    return factor.to(after) * after + deviation.to(after) * noise


def step_weight(config: GuidanceConfig, number: int, steps: int) -> float:
    """w s_t of step `number`."""
    if config.schedule == "constant":
        return config.weight
    left = (steps - 1 - number) / max(1.0, _FADE * steps)
    return config.weight * (0.5 - 0.5 * math.cos(math.pi * min(1.0, left)))


@torch.no_grad()
def inverted(denoise: Denoise, schedule: NoiseSchedule, clean: Tensor, step_size: int) -> dict[int, Tensor]:
    """Latents of a source at each timestep of the reverse process: DDIM backwards (Song et al., ICLR 2021).

    From clean latents to the first timestep the noise is that which the network sees in the clean ones there.
    """
    found: dict[int, Tensor] = {}
    z, at = clean, -1
    for t, _ in reversed(schedule.timestep_pairs(step_size)):
        seen = max(at, 0) if at >= 0 else t
        x0 = denoise(z, seen)
        noise = schedule.to_noise(x0, z, torch.tensor([seen]))
        alpha, sigma = schedule.alpha_sigma(torch.tensor([t]), z)
        z = alpha * (clean if at < 0 else x0) + sigma * noise
        found[t], at = z, t
    return found


def noised(schedule: NoiseSchedule, clean: Tensor, step_size: int, generator: torch.Generator) -> dict[int, Tensor]:
    """The source with one noise, at each timestep of the reverse process."""
    noise = torch.randn(clean.shape[1:], generator=generator)[None].to(clean)
    times = [t for t, _ in schedule.timestep_pairs(step_size)]
    return {t: schedule.add_noise(clean, noise, torch.tensor([t])) for t in times}

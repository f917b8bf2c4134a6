"""The forward process and one step back, against closed forms and against diffusers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig  # noqa: E402
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = DiffusionConfig()
TARGETS = ["x0", "epsilon", "v", "flow"]


def normal(*shape: int, seed: int = 0) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_alpha_bar_is_the_product_of_one_minus_beta() -> None:
    schedule = build_noise_schedule("x0", CONFIG)
    beta = np.linspace(1e-4, 0.02, 1000)
    np.testing.assert_allclose(schedule.alpha.numpy() ** 2, np.cumprod(1 - beta), rtol=1e-4)
    np.testing.assert_allclose(schedule.alpha.numpy() ** 2 + schedule.sigma.numpy() ** 2, 1, atol=1e-12)
    assert schedule.alpha[-1] < 0.01  # x_T is noise


def test_scaled_linear_alpha_bar() -> None:
    config = DiffusionConfig(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
    beta = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    np.testing.assert_allclose(build_noise_schedule("v", config).alpha.numpy() ** 2, np.cumprod(1 - beta), rtol=1e-4)


def test_q_has_the_mean_and_variance_of_eq_5() -> None:
    schedule = build_noise_schedule("x0", CONFIG)
    x0 = torch.full((1, 1, 300, 300), 0.7, dtype=torch.float64)
    alpha_bar = math.prod(1 - (1e-4 + (0.02 - 1e-4) * i / 999) for i in range(400))
    x_t = schedule.add_noise(x0, normal(1, 1, 300, 300), torch.tensor([399]))
    assert x_t.mean().item() == pytest.approx(0.7 * alpha_bar**0.5, abs=0.01)
    assert x_t.var().item() == pytest.approx(1 - alpha_bar, abs=0.01)


@pytest.mark.parametrize("target", TARGETS)
def test_the_right_answer_means_the_right_x0_and_noise(target: Any) -> None:
    schedule = build_noise_schedule(target, CONFIG)
    x0, eps = normal(4, 3, 2, 2), normal(4, 3, 2, 2, seed=1)
    t = torch.tensor([0, 19, 500, 998])
    x_t = schedule.add_noise(x0, eps, t)
    back = schedule.to_x0(schedule.network_target(x0, eps, t), x_t, t)
    torch.testing.assert_close(back, x0, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(schedule.to_noise(back, x_t, t), eps, rtol=1e-5, atol=1e-5)


def test_conversions_of_one_state_agree() -> None:
    """x0, epsilon and v are three names of one thing: each answer, converted, gives the same x0."""
    x0, eps, t = normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1), torch.tensor([321])
    found = []
    for target in ("x0", "epsilon", "v"):
        schedule = build_noise_schedule(target, CONFIG)
        x_t = schedule.add_noise(x0, eps, t)
        found.append(schedule.to_x0(schedule.network_target(x0, eps, t), x_t, t))
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(found[0], found[2])


def test_the_trajectory_is_trailing() -> None:
    schedule = build_noise_schedule("x0", CONFIG)
    way = schedule.timestep_pairs(20)
    assert [t for t, _ in way] == list(range(999, 0, -20))
    assert len(way) == 50
    assert way[-1] == (19, -1)
    assert [t for t, _ in schedule.timestep_pairs(300)] == [999, 699, 399, 99]


def test_ddim_step_is_eq_13_and_14() -> None:
    schedule = build_noise_schedule("x0", CONFIG)
    x_t, x0, noise = normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1), normal(1, 3, 4, 4, seed=2)
    alpha = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    a, b, eta = alpha[499], alpha[479], 0.6
    sigma = eta * math.sqrt((1 - b) / (1 - a)) * math.sqrt(1 - a / b)
    eps = (x_t - math.sqrt(a) * x0) / math.sqrt(1 - a)
    expected = math.sqrt(b) * x0 + math.sqrt(1 - b - sigma**2) * eps + sigma * noise
    torch.testing.assert_close(schedule.step(x0, x_t, 499, 479, eta, noise), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("target", "name"), [("x0", "sample"), ("epsilon", "epsilon"), ("v", "v_prediction")])
def test_ddim_agrees_with_diffusers(target: Any, name: str) -> None:
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(
        beta_start=1e-4, beta_end=0.02, prediction_type=name, clip_sample=False, timestep_spacing="trailing"
    )
    scheduler.set_timesteps(50)
    schedule = build_noise_schedule(target, CONFIG)
    x = mine = normal(1, 3, 4, 4).float()
    for (t, before), theirs in zip(schedule.timestep_pairs(20), scheduler.timesteps, strict=True):
        assert t == theirs
        output = torch.sin(3 * mine) * 0.3  # any function of the state
        x = scheduler.step(torch.sin(3 * x) * 0.3, theirs, x).prev_sample
        mine = schedule.step(schedule.to_x0(output, mine, torch.tensor([t])), mine, t, before)
        torch.testing.assert_close(mine, x, rtol=1e-3, atol=1e-3)


def test_flow_steps_are_those_of_diffusers() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=[(t + 1) / 1000 for t in range(999, -1, -20)])
    schedule = build_noise_schedule("flow", CONFIG)
    x = mine = normal(1, 3, 4, 4).float()
    for (t, before), theirs in zip(schedule.timestep_pairs(20), scheduler.timesteps, strict=True):
        x = scheduler.step(torch.cos(x), theirs, x).prev_sample
        mine = schedule.step(schedule.to_x0(torch.cos(mine), mine, torch.tensor([t])), mine, t, before)
    torch.testing.assert_close(mine, x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("step_size", [20, 77, 1000])
def test_a_perfect_denoiser_finds_x0_whatever_the_step(target: Any, step_size: int) -> None:
    schedule = build_noise_schedule(target, CONFIG)
    truth, x = normal(1, 2, 3, 3), normal(1, 2, 3, 3, seed=1)
    for t, before in schedule.timestep_pairs(step_size):
        time = torch.tensor([t])
        output = schedule.network_target(truth, schedule.to_noise(truth, x, time), time)
        x = schedule.step(schedule.to_x0(output, x, time), x, t, before)
    torch.testing.assert_close(x, truth, rtol=1e-6, atol=1e-6)


def test_the_tables_are_those_of_diffusers_to_float32() -> None:
    """Why they are kept in float64: the float32 product of diffusers differs in the last bits of most entries."""
    from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler

    theirs = DDIMScheduler(beta_start=1e-4, beta_end=0.02).alphas_cumprod
    ours = build_noise_schedule("x0", CONFIG).alpha ** 2
    torch.testing.assert_close(theirs.double(), ours, rtol=1e-5, atol=0)
    assert (theirs != ours.float()).float().mean() > 0.5
    flow = FlowMatchEulerDiscreteScheduler().sigmas[:1000].flip(0)
    torch.testing.assert_close(flow, build_noise_schedule("flow", CONFIG).sigma.float(), rtol=1e-6, atol=1e-7)

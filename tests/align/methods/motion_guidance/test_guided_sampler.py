"""Guided sampling against closed forms: the plain process, one step, the marginal after new noise, the clip."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from hypothesis import given  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig, SamplingConfig  # noqa: E402
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule  # noqa: E402
from dsia_gen.align.diffusion.sampler import sample_latents  # noqa: E402
from dsia_gen.align.methods.motion_guidance.guided_sampler import (  # noqa: E402
    KeptLatents,
    clipped,
    guided_estimate,
    guided_latents,
    inverted,
    noised,
    renoised,
    step_weight,
)
from tests.align.methods.motion_guidance.make import GaussianPrior, settings  # noqa: E402

pytestmark = pytest.mark.torch
SHAPE = (3, 6, 8)


def generator(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("target", ["x0", "flow"])
def test_without_weight_it_is_the_plain_process_bit_for_bit(target: Any) -> None:
    schedule = build_noise_schedule(target, DiffusionConfig())

    def denoise(z: Any, t: int) -> Any:
        return torch.tanh(z) * 0.7 + 0.001 * t

    like = torch.zeros(1, *SHAPE)
    plain = sample_latents(denoise, schedule, like, [generator()], SamplingConfig(step_size=50))
    begun = torch.randn(SHAPE, generator=generator())[None]
    config = settings(weight=0, repeats=1, step_size=50)
    found = guided_latents(denoise, schedule, begun, lambda x: x.sum(), config, generator())
    assert torch.equal(found.latents, plain) and found.skipped == 0


@given(st.floats(-0.8, 0.8), st.floats(0.1, 1.5), st.integers(0, 900), st.floats(0.1, 50))
@hypothesis_settings(max_examples=30, deadline=None)
def test_a_quadratic_energy_moves_a_gaussian_estimate_by_the_closed_form(
    mean: float, deviation: float, t: int, weight: float
) -> None:
    """x0(z) is affine in z, so the gradient of w/2 (x0 - target)^2 is w (x0 - target) dx0/dz."""
    prior = GaussianPrior(mean, deviation)
    z = torch.randn(1, *SHAPE, generator=generator(3)).double()
    alpha, sigma = (float(v) for v in prior.schedule.alpha_sigma(torch.tensor([t]), z))
    slope = alpha * deviation**2 / (alpha**2 * deviation**2 + sigma**2)
    offset = sigma**2 * mean / (alpha**2 * deviation**2 + sigma**2)
    plain = slope * z + offset
    expected = plain - sigma / alpha * sigma * weight * (plain - 1) * slope
    config = settings(clip=1e6)
    found, sound = guided_estimate(
        prior.denoise, prior.schedule, z, t, lambda x: 0.5 * (x - 1).square().sum(), weight, config
    )
    assert sound and torch.allclose(found, expected, atol=1e-8, rtol=1e-6)
    if sigma**2 / alpha * weight * slope < 1:
        assert ((found - 1).abs() <= (plain - 1).abs() + 1e-9).all(), "it moves towards the minimum"


@pytest.mark.parametrize("target", ["x0", "flow"])
def test_new_noise_keeps_the_distribution_of_the_timestep(target: Any) -> None:
    schedule = build_noise_schedule(target, DiffusionConfig())
    z0 = torch.full((1, 1, 100, 400), 0.6)
    for t, before in ((979, 959), (499, 479), (19, -1)):
        alpha, sigma = (float(v) for v in schedule.alpha_sigma(torch.tensor([t]), z0))
        there, noise = torch.tensor([before]), torch.randn(z0.shape, generator=generator(t))
        after = z0 if before < 0 else schedule.add_noise(z0, noise, there)
        found = renoised(schedule, after, t, before, generator(1 + t)).double()
        assert abs(found.mean() - alpha * 0.6) < 4 * sigma / math.sqrt(40_000)
        assert abs(found.var() / sigma**2 - 1) < 0.03


@pytest.mark.parametrize("scale", ["sigma", "none"])
def test_the_clip_leaves_short_changes_alone_and_shortens_long_ones(scale: str) -> None:
    change = torch.randn(1, *SHAPE, generator=generator())
    longest = 0.5 * math.sqrt(change.numel())
    assert torch.equal(clipped(0.1 * change, 0.5), 0.1 * change)
    assert float(clipped(9 * change, 0.5).norm()) == pytest.approx(longest, rel=1e-5)
    assert not clipped(torch.zeros(1, *SHAPE), 0.0).any()
    # in the sampler it is the change of the noise that is as long as that, by either definition
    prior, z, t = GaussianPrior(), torch.randn(1, *SHAPE, generator=generator(2)), 500
    config = settings(scale=scale, clip=0.5)
    plain = prior.denoise(z, t)
    found, _ = guided_estimate(prior.denoise, prior.schedule, z, t, lambda x: 1e6 * x.square().sum(), 1.0, config)
    here = torch.tensor([t])
    moved = prior.schedule.to_noise(found, z, here) - prior.schedule.to_noise(plain, z, here)
    assert float(moved.norm()) == pytest.approx(longest, rel=1e-3)


def test_steps_whose_gradient_is_no_number_are_not_guided_and_counted() -> None:
    prior, begun = GaussianPrior(), torch.randn(1, *SHAPE, generator=generator())
    config = settings(step_size=100, repeats=2)
    broken = guided_latents(prior.denoise, prior.schedule, begun, lambda x: x.sum() * torch.nan, config, generator())
    plain = guided_latents(prior.denoise, prior.schedule, begun, lambda x: 0 * x.sum(), config, generator())
    assert broken.skipped == 20 and torch.isfinite(broken.latents).all()
    assert torch.allclose(broken.latents, plain.latents, atol=1e-5)


def test_the_gradient_of_a_root_at_zero_is_passed_over() -> None:
    prior, z = GaussianPrior(), torch.zeros(1, *SHAPE)
    _, sound = guided_estimate(prior.denoise, prior.schedule, z, 500, lambda x: x.sum().sqrt(), 1.0, settings())
    assert not sound


def test_what_is_kept_is_the_source_at_every_step_and_at_the_end() -> None:
    prior, clean = GaussianPrior(), torch.rand(1, *SHAPE, generator=generator())
    where = torch.zeros(1, *SHAPE, dtype=torch.bool)
    where[..., :4] = True
    kept = KeptLatents(where, clean, noised(prior.schedule, clean, 100, generator(1)))
    seen = []

    def denoise(z: Any, t: int) -> Any:
        seen.append(torch.equal(z[where], kept.at[t][where]))
        return prior.denoise(z, t)

    config = settings(step_size=100, repeats=2)
    found = guided_latents(
        denoise, prior.schedule, torch.randn(1, *SHAPE), lambda x: x.sum(), config, generator(), kept
    )
    assert all(seen) and len(seen) == 20
    assert torch.equal(found.latents[where], clean[where]) and not torch.equal(found.latents, clean)


def test_an_inverted_source_is_drawn_again() -> None:
    """DDIM there and back; the error falls with the steps."""
    prior = GaussianPrior(0.1, 0.6)
    clean = (torch.rand(1, *SHAPE, generator=generator()) - 0.5).double()
    errors = []
    for step in (100, 20):
        at = inverted(prior.denoise, prior.schedule, clean, step)
        assert list(at) == sorted(at) and set(at) == {t for t, _ in prior.schedule.timestep_pairs(step)}
        config = settings(weight=0, repeats=1, step_size=step)
        back = guided_latents(prior.denoise, prior.schedule, at[999], lambda x: x.sum(), config, generator())
        errors.append(float((back.latents - clean).abs().max()))
    assert errors[1] < errors[0] and errors[1] < 0.1


def test_the_schedule_of_weights() -> None:
    constant, cosine = settings(weight=2), settings(weight=2, schedule="cosine")
    assert {step_weight(constant, k, 50) for k in range(50)} == {2.0}
    weights = [step_weight(cosine, k, 50) for k in range(50)]
    assert weights[:45] == [2.0] * 45 and weights[-1] == 0 and weights == sorted(weights, reverse=True)


def test_guidance_begins_where_it_is_told_to_and_repeats_there_alone() -> None:
    prior, calls = GaussianPrior(), []

    def denoise(z: Any, t: int) -> Any:
        calls.append((t, z.requires_grad))
        return prior.denoise(z, t)

    config = settings(step_size=100, repeats=3, begin=0.5)
    guided_latents(denoise, prior.schedule, torch.randn(1, *SHAPE), lambda x: x.sum(), config, generator())
    assert [t for t, on in calls if not on] == [999, 899, 799, 699, 599]
    assert [t for t, on in calls if on] == [t for t in (499, 399, 299, 199, 99) for _ in range(3)]


def test_the_weight_means_the_same_for_latents_of_any_number() -> None:
    """An energy that is a mean over values moves each value alike, whether there are few or many."""
    prior = GaussianPrior()
    answers = []
    for side in (8, 32):
        begun = torch.full((1, 3, side, side), 0.3)
        config = settings(step_size=250, repeats=1, weight=500)
        found = guided_latents(
            prior.denoise, prior.schedule, begun, lambda x: (x - 1).square().mean(), config, generator()
        )
        answers.append(float(found.latents.mean()))
    assert answers[0] == pytest.approx(answers[1], rel=1e-4)

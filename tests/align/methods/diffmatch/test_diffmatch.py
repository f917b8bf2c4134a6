"""DiffMatch against closed forms: the process, units, hypotheses, masks; and a training from start to method."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from pydantic import ValidationError  # noqa: E402

import dsia_gen.align.methods.diffmatch.field_condition as conditions  # noqa: E402
from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig  # noqa: E402
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule  # noqa: E402
from dsia_gen.align.matching.geometry import pixel_points  # noqa: E402
from dsia_gen.align.methods import ImagePair, MethodOptions, UnavailableError, open_method  # noqa: E402
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig  # noqa: E402
from dsia_gen.align.methods.diffmatch.diffmatch_pipeline import DiffMatchPipeline, FieldSamples, as_flow  # noqa: E402
from dsia_gen.align.methods.diffmatch.diffmatch_task import DiffMatchTask, exact_field, field_error  # noqa: E402
from dsia_gen.align.methods.diffmatch.field_condition import (  # noqa: E402
    ConditionMaker,
    FieldCondition,
    cells_of_field,
    field_of_cells,
    resized_correlation,
)
from dsia_gen.align.methods.diffmatch.field_denoiser import build_denoiser  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import open_run, trainable_of  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config, noise_image  # noqa: E402
from tests.align.matching.fake_features import PlaceFeatures, places, seen_under, world_image  # noqa: E402

pytestmark = pytest.mark.torch
HEIGHT, WIDTH = 64, 96


@pytest.fixture(autouse=True)
def _features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "open_features", lambda config: PlaceFeatures())


def make_config(**changes: Any) -> DiffMatchConfig:
    """A network of a few thousand weights on synthetic samples; `changes` are sections."""
    base = aligner_config().model_dump()
    document: dict[str, Any] = {
        "name": "test", "levels": [{"kind": "xfeat", "side": HEIGHT}], "grid": [12, 8], "radius": 1, "unit": 0.1,
        "predict": "residual", "directions": ["gt_to_2"], "samples": 2,
        "unet": {"widths": [8, 8], "layers": 1, "attention": [False, False], "groups": 4},
        "data": {**base["data"], "synthetic": {"count": 3, "width": WIDTH, "height": HEIGHT}, "crop": None},
        "train": {**base["train"], "steps": 6, "weight_decay": 0},
    }  # fmt: skip
    for section, values in changes.items():
        merged = isinstance(values, dict) and isinstance(document.get(section), dict)
        document[section] = {**document[section], **values} if merged else values
    return DiffMatchConfig.model_validate(document)


def make_pipeline(estimate: Any = None, **changes: Any) -> DiffMatchPipeline:
    """A fresh pipeline, whose network may be replaced by a function (x, t, condition) -> field."""
    config = make_config(**changes)
    pipeline = DiffMatchPipeline(config, build_denoiser(config, 0), ConditionMaker(config))
    if estimate is not None:
        pipeline.network.estimate = estimate  # type: ignore[method-assign]
    return pipeline


def condition(seed: int = 0) -> FieldCondition:
    generator = torch.Generator().manual_seed(seed)
    return FieldCondition(torch.randn(1, 2, 8, 12, generator=generator), torch.randn(1, 9, 8, 12, generator=generator))


def test_the_process_is_the_cosine_one_of_five_steps() -> None:
    schedule = build_noise_schedule("x0", DiffusionConfig(timesteps=5, beta_schedule="squaredcos_cap_v2"))
    alpha_bar = (schedule.alpha**2).numpy()
    assert np.allclose(alpha_bar, [0.8987, 0.6475, 0.3408, 0.0940, 0.000094], atol=5e-5)
    assert schedule.timestep_pairs(1) == [(4, 3), (3, 2), (2, 1), (1, 0), (0, -1)]


def test_a_network_that_knows_the_field_is_sure_of_it() -> None:
    field = condition(1).initial
    pipeline = make_pipeline(lambda x, t, shown: field.expand(len(x), -1, -1, -1))
    found = pipeline.sample(condition(), 3, 7)
    assert torch.allclose(found, field.expand(3, -1, -1, -1), atol=1e-5)
    assert FieldSamples(found, field).deviation((64, 96)).max() < 1e-3


def test_a_linear_denoiser_gives_the_distribution_of_the_closed_form() -> None:
    """x0 = 0.4 x_t + 0.2: the last sample is linear in the first noise."""
    pipeline = make_pipeline(lambda x, t, shown: 0.4 * x + 0.2)
    alpha, sigma = pipeline.schedule.alpha.tolist(), pipeline.schedule.sigma.tolist()
    factor, offset = 1.0, 0.0
    for t, before in pipeline.schedule.timestep_pairs(1):
        a, s = (alpha[before], sigma[before]) if before >= 0 else (1.0, 0.0)
        ratio = s / sigma[t]
        keep = a * 0.4 + ratio * (1 - alpha[t] * 0.4)
        factor, offset = keep * factor, keep * offset + (a - ratio * alpha[t]) * 0.2
    small = FieldCondition(torch.zeros(1, 2, 5, 8), torch.zeros(1, 9, 5, 8))
    drawn = pipeline.sample(small, 50, 0).flatten().double()  # 4,000 values
    assert abs(drawn.mean() - offset) < 3 * factor / len(drawn) ** 0.5
    assert abs(drawn.var() / factor**2 - 1) < 3 * (2 / len(drawn)) ** 0.5


def test_an_untrained_residual_network_answers_the_initial_field() -> None:
    shown = condition()
    found = make_pipeline().sample(shown, 2, 0)
    assert torch.allclose(found, shown.initial.expand(2, -1, -1, -1), atol=1e-5)


def test_a_batch_of_hypotheses_is_the_single_ones_of_the_following_seeds() -> None:
    pipeline = make_pipeline(predict="field")
    torch.manual_seed(0)
    torch.nn.init.normal_(pipeline.network.unet.conv_out.weight, std=0.1)
    with torch.no_grad():
        batch = pipeline.sample(condition(), 3, 5)
        single = torch.cat([pipeline.sample(condition(), 1, 5 + k) for k in range(3)])
    assert torch.allclose(batch, single, atol=1e-5) and not torch.allclose(batch[0], batch[1])


@given(st.integers(0, 10**6), st.integers(2, 6))
@settings(max_examples=20, deadline=None)
def test_the_mean_of_hypotheses_is_no_worse_than_they_are(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    fields = torch.from_numpy(rng.normal(0, 0.1, (count, 2, 4, 6)))
    exact = rng.normal(0, 3, (24, 36, 2)).astype(np.float32)
    found = FieldSamples(fields, fields[:1])
    errors = [np.linalg.norm(as_flow(f[None], (24, 36)) - exact, axis=-1).mean() for f in fields]
    assert np.linalg.norm(as_flow(found.mean, (24, 36)) - exact, axis=-1).mean() <= np.mean(errors) + 1e-5


def test_units_go_there_and_back() -> None:
    flow = torch.tensor([8.0, 4.0]).view(1, 2, 1, 1).expand(1, 2, 112, 192)
    field = field_of_cells(flow, 1.0)
    assert field[0, :, 0, 0].tolist() == pytest.approx([8 / 192, 4 / 112])
    assert torch.allclose(cells_of_field(field_of_cells(flow, 0.1), 0.1), flow)
    assert np.allclose(as_flow(field[..., :28, :48], (112, 192)), [8, 4], atol=1e-5)


@pytest.mark.parametrize("init", ["argmax", "soft"])
def test_a_shift_by_whole_cells_is_the_initial_field_and_the_peak_of_the_local_cost(init: str) -> None:
    matrix = np.eye(3)
    matrix[0, 2], matrix[1, 2] = 16, -8  # two cells and one
    maker = ConditionMaker(make_config(init=init, radius=4, temperature=0.01))
    a, b = world_image(places(HEIGHT, WIDTH)), seen_under(matrix, HEIGHT, WIDTH)
    first, second = (torch.from_numpy(x).permute(2, 0, 1)[None].float() / 127.5 - 1 for x in (a, b))
    found = maker(first, second)
    cells = cells_of_field(found.initial, 0.1)[..., 2:-1, 1:-3]
    assert torch.allclose(cells, torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).expand_as(cells), atol=0.1)
    assert found.cost.shape == (1, 81, 8, 12) and (found.cost.argmax(dim=1)[..., 2:-1, 1:-3] == 40).all()
    assert (found.cost[0, :, 1, 6].reshape(9, 9)[:4].abs() < 1e-5).all(), "beyond the border the cost is zero"
    given_field = maker(first, second, found.initial)
    assert torch.equal(given_field.initial, found.initial)
    assert torch.allclose(given_field.cost[:, 40], found.cost[:, 40], atol=0.3 if init == "soft" else 1e-4)


def test_correlations_of_any_size_are_brought_to_the_grid() -> None:
    a = torch.randn(1, 6, 8, 12, generator=torch.Generator().manual_seed(0))
    fine = torch.nn.functional.interpolate(a, scale_factor=2, mode="nearest")
    found = resized_correlation(fine, fine, (8, 12))
    assert torch.allclose(found, resized_correlation(a, a, (8, 12)), atol=1e-5)


def test_the_field_is_exact_and_pixels_without_truth_have_no_part_in_it() -> None:
    config = make_config(unit=1.0)
    points = pixel_points(HEIGHT, WIDTH, torch.zeros(1))
    flow = 0.05 * points - 1  # linear
    hidden = torch.zeros(1, 1, HEIGHT, WIDTH)
    field, known = exact_field(flow, hidden, config)
    middles = (pixel_points(8, 12, torch.zeros(1)) + 0.5) * 8 - 0.5
    exact = (0.05 * middles - 1) / torch.tensor([WIDTH, HEIGHT]).view(1, 2, 1, 1)
    assert known[..., 1:-1, 1:-1].all() and torch.allclose(field[..., 1:-1, 1:-1], exact[..., 1:-1, 1:-1], atol=1e-6)
    flow[..., 16:24, 32:40] = torch.nan
    hidden[..., 32:40, 48:56] = 2
    field, known = exact_field(flow, hidden, config)
    assert not known[0, 0, 2, 4] and torch.isnan(field[0, :, 2, 4]).all()
    assert not known[0, 0, 4, 6] and torch.isfinite(field[0, :, 4, 6]).all(), "hidden pixels have a field, too"
    answer = torch.randn(field.shape, generator=torch.Generator().manual_seed(0))
    clean = torch.nan_to_num(field)
    changed = torch.where(known, clean, torch.full_like(clean, 99.0))
    assert field_error(answer, clean, known) == field_error(answer, changed, known)


@pytest.mark.slow
def test_training_goes_on_bit_for_bit_and_its_run_is_a_method(tmp_path: Path) -> None:
    whole = train(make_config(), tmp_path / "whole", progress=False)
    kept = make_config(train={"checkpoint_every": 4, "keep": 5})
    train(kept, tmp_path / "again", progress=False)
    shutil.rmtree(tmp_path / "again" / "checkpoints" / "step_00000006")
    rest = train(kept, tmp_path / "again", progress=False)
    assert rest.start == 4 and rest.losses == whole.losses[4:] and np.isfinite(whole.losses).all()
    assert {"epe/mean", "epe/single", "epe/initial", "uncertainty"} <= set(whole.validation)
    assert trainable_of(str(tmp_path / "whole")).name == "diffmatch"
    method = open_run(tmp_path / "whole", "mine", MethodOptions(device="cpu", seed=3, settings={"samples": 3}))
    pair = ImagePair(noise_image(HEIGHT, WIDTH), noise_image(HEIGHT, WIDTH, seed=1))
    answer = method.align(pair)
    assert answer.uncertainty is not None and answer.uncertainty.shape == (HEIGHT, WIDTH)
    assert answer.flow is not None and np.isfinite(answer.flow).all() and np.isfinite(answer.uncertainty).all()
    assert np.array_equal(answer.flow, method.align(pair).flow), "the same seed, the same answer"
    assert method.settings["samples"] == 3
    with pytest.raises(AlignError, match="no setting eta"):
        open_run(tmp_path / "whole", "mine", MethodOptions(device="cpu", settings={"eta": 1.0}))


@pytest.mark.slow
def test_an_upsampler_begins_with_its_first_stage_and_carries_it(tmp_path: Path) -> None:
    train(make_config(train={"steps": 1}), tmp_path / "first", progress=False)
    changes = {"grid": [24, 16], "upsample": {"field": str(tmp_path / "first"), "coarse": [12, 8]}}
    outcome = train(make_config(**changes, train={"steps": 2}), tmp_path / "up", progress=False)
    assert np.isfinite(outcome.losses).all() and "weights are those of" in outcome.notes[0]
    shutil.rmtree(tmp_path / "first")
    opened = DiffMatchPipeline.from_pretrained(tmp_path / "up")
    assert opened.first is not None and opened.first.config.grid == (12, 8)
    answer = opened.align_rgb(noise_image(HEIGHT, WIDTH), noise_image(HEIGHT, WIDTH, seed=1), samples=2)
    assert answer.flow is not None and np.isfinite(answer.flow).all()
    with pytest.raises(AlignError, match=r"upsample\.field is empty"):
        DiffMatchTask(make_config(grid=[24, 16], upsample={"coarse": [12, 8]}))


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"with_initial": False, "predict": "field"}, {"with_local_cost": False},
                                    {"regression": True}])  # fmt: skip
def test_every_ablation_trains(change: dict[str, Any], tmp_path: Path) -> None:
    outcome = train(make_config(**change, train={"steps": 1}), tmp_path / "run", progress=False)
    assert np.isfinite(outcome.losses).all()
    if "regression" in change:
        assert outcome.validation["uncertainty"] == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 31)])
@pytest.mark.parametrize("flat", [True, False])
def test_any_input_has_an_answer_without_nan(size: tuple[int, int], flat: bool) -> None:
    images = [np.full((*size, 3), 90, np.uint8)] * 2 if flat else [noise_image(*size), noise_image(*size, seed=1)]
    answer = make_pipeline().align_rgb(*images)
    assert answer.flow is not None and np.isfinite(answer.flow).all() and answer.image.shape == (*size, 3)
    assert bool(answer.note) == (flat or size == (1, 1))


@pytest.mark.parametrize(("change", "message"), [
    ({"grid": [13, 8]}, "multiple of 2"), ({"with_initial": False}, "residual"),
    ({"upsample": {"coarse": [12, 8]}, "levels": [{}, {}]}, "one level"),
])  # fmt: skip
def test_settings_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make_config(**change)


def test_without_weights_the_method_says_what_to_give() -> None:
    with pytest.raises(UnavailableError, match="train diffmatch"):
        open_method("diffmatch", MethodOptions())

"""Photographs of a pair: exposures, flaws that befall I1 and I2 alone, and parameters that tell all of it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.photographic import Photograph, PhotographicConfig, photograph_pair
from dsia_gen.dataset.photography import decode_srgb
from dsia_gen.dataset.reader import Sample, open_dataset
from tests.dataset.synthetic import write_dataset

CLEAN = {"shot": (0, 0), "read": (0, 0)}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return open_dataset(write_dataset(tmp_path_factory.mktemp("photo") / "data", scenes=1).root)[1]


def light(shot: Photograph) -> np.ndarray:
    """Linear levels of a picture."""
    return decode_srgb(np.array(Image.open(io.BytesIO(shot.data))).astype(np.float32) / 255)


def shots(sample: Sample, **settings: object) -> dict[str, Photograph]:
    return {shot.name: shot for shot in photograph_pair(sample, PhotographicConfig.model_validate(settings))}


def test_a_stop_doubles_the_light(sample: Sample) -> None:
    taken = shots(sample, stops=(-2, -1, 0), alternate=False, **CLEAN)
    assert set(taken) == {f"I{role}_ev{stop:+.1f}" for role in ("1", "2", "gt") for stop in (-2, -1, 0)}
    dark, normal = light(taken["I1_ev-2.0"]), light(taken["I1_ev+0.0"])
    known = (normal < 0.99) & (dark > 0.02)
    assert known.mean() > 0.2
    assert np.median(normal[known] / dark[known]) == pytest.approx(4, rel=0.02)


def test_frames_take_turns_and_igt_is_as_bright_as_i2(sample: Sample) -> None:
    taken = shots(sample, stops=(-1.5, 1.5))
    assert sample.pair.index == 1
    assert {name: shot.parameters["stops"] for name, shot in taken.items()} == {"I1": 1.5, "I2": -1.5, "Igt": -1.5}


def test_flaws_befall_i1_and_i2_and_not_igt(sample: Sample) -> None:
    flaws = {"shot": (0.01, 0.01), "read": (0.02, 0.02), "shutter": (1, 1), "vignetting": (1, 1), "jpeg": (40, 40)}
    clean, flawed = shots(sample, **CLEAN), shots(sample, **flaws)
    assert clean["Igt"].data == flawed["Igt"].data
    assert clean["I1"].suffix == ".png" and flawed["I1"].suffix == ".jpg" and flawed["Igt"].suffix == ".png"
    assert flawed["Igt"].parameters["shot"] == 0
    corner, middle = (slice(0, 8), slice(0, 8)), (slice(32, 40), slice(60, 68))
    ratio = [light(flawed["I1"])[where].mean() / light(clean["I1"])[where].mean() for where in (corner, middle)]
    assert ratio[0] < ratio[1], "corners are darker"


def test_colours_of_i2_are_those_of_igt(sample: Sample) -> None:
    plain, warm = shots(sample, **CLEAN), shots(sample, warmth=(1, 1), **CLEAN)
    for name in ("I1", "I2", "Igt"):
        a, b = light(plain[name]), light(warm[name])
        known = (a > 0.05) & (a < 0.6)
        for channel, gain in ((0, 2**0.5), (1, 1.0), (2, 2**-0.5)):
            here = known[..., channel]
            assert np.median(b[..., channel][here] / a[..., channel][here]) == pytest.approx(gain, rel=0.05)


def test_noise_has_the_variance_asked_for(sample: Sample) -> None:
    clean = shots(sample, stops=(-1,), **CLEAN)["I1"]
    noisy = shots(sample, stops=(-1,), shot=(0.0, 0.0), read=(0.02, 0.02))["I1"]
    a, b = light(clean), light(noisy)
    known = (a > 0.15) & (a < 0.4)  # far from either end of the range
    assert np.std((b - a)[known]) == pytest.approx(0.02, rel=0.1)
    assert abs(np.mean((b - a)[known])) < 0.002


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(sample: Sample) -> None:
    first, again, other = shots(sample), shots(sample), shots(sample, seed=1)
    assert first == again
    assert first["I1"].data != other["I1"].data
    assert first["I1"].parameters["noise_seed"] != first["I2"].parameters["noise_seed"]


def test_without_linear_images_the_job_is_told_what_to_ask_for(tmp_path: Path) -> None:
    data = open_dataset(write_dataset(tmp_path / "data", scenes=1, outputs=("image",)).root)
    with pytest.raises(StorageError, match=r"00000_0000 has no linear, .*outputs: \[default, linear\]"):
        photograph_pair(data[0], PhotographicConfig())


@pytest.mark.parametrize("wrong", [{"shot": (2, 1)}, {"read": (-1, 0)}, {"jpeg": (0, 50)}, {"stops": ()}, {"stop": 1}])
def test_settings_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PhotographicConfig.model_validate(wrong)

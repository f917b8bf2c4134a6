"""Made-up samples that a folder keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from dsia_gen.align.training.data import open_source
from dsia_gen.align.training.run_config import DataConfig, SyntheticConfig
from dsia_gen.align.training.synthetic import KeptTriplets, MadeTriplets, SyntheticTriplet

pytestmark = pytest.mark.torch
MADE = SyntheticConfig(kind="layered", count=4, width=48, height=32)


class Counting(MadeTriplets):
    """Counts what is made."""

    made = 0

    def triplet(self, index: int) -> SyntheticTriplet:
        self.made += 1
        rng = np.random.default_rng([self.config.seed, index])
        image = rng.integers(0, 256, (2, 3, 3), dtype=np.uint8)
        return SyntheticTriplet(f"n{index}", {"1": image}, {"flow": rng.normal(size=(2, 3, 2)).astype(np.float32)})


def same(a: SyntheticTriplet, b: SyntheticTriplet) -> bool:
    """Whether all bits and types are."""
    return a.id == b.id and all(
        x.keys() == y.keys() and all(np.array_equal(x[k], y[k]) and x[k].dtype == y[k].dtype for k in x)
        for x, y in ((a.images, b.images), (a.arrays, b.arrays))
    )


def test_a_sample_is_made_once_for_all_that_read_the_folder(tmp_path: Path) -> None:
    source, again = Counting(MADE), Counting(SyntheticConfig(**{**MADE.model_dump(), "count": 9}))
    first = [KeptTriplets(source, tmp_path)[k] for k in range(4)]
    second = [KeptTriplets(again, tmp_path)[k] for k in range(4)]
    assert source.made == 4 and again.made == 0
    assert all(same(a, source.triplet(k)) and same(a, b) for k, (a, b) in enumerate(zip(first, second, strict=True)))


@pytest.mark.parametrize("damage", ["empty", "cut", "other"])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: str) -> None:
    source = Counting(MADE)
    kept = KeptTriplets(source, tmp_path)
    whole = kept[1]
    path = next(tmp_path.rglob("*.npz"))
    content = {"empty": b"", "cut": path.read_bytes()[:-200], "other": b"not an archive"}[damage]
    path.write_bytes(content)
    assert same(kept[1], whole) and same(kept[1], whole) and source.made == 2


@pytest.mark.parametrize("change", [{"seed": 1}, {"width": 40}, {"kind": "patch"}])
def test_samples_of_another_configuration_are_others(tmp_path: Path, change: dict[str, object]) -> None:
    other = Counting(SyntheticConfig.model_validate({**MADE.model_dump(), **change}))
    for source in (Counting(MADE), other):
        KeptTriplets(source, tmp_path)[0]
    assert other.made == 1 and len(list(tmp_path.rglob("*.npz"))) == 2


@pytest.mark.slow
def test_training_sees_the_same_with_and_without_the_folder(tmp_path: Path) -> None:
    plain, kept = (open_source(DataConfig(synthetic=MADE, kept=folder)) for folder in (None, str(tmp_path)))
    for a, b in zip(plain, kept, strict=True):  # training, validation
        for _ in range(2):
            made, read = a[2], b[2]
            assert isinstance(made, SyntheticTriplet) and isinstance(read, SyntheticTriplet) and same(made, read)

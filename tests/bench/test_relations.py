"""The check of relations: what it says of made rows, and of a small training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("cv2")
pytest.importorskip("diffusers")

from bench.relations import RELATIONS, SUBSETS, averaged, checked, holds, report

pytestmark = pytest.mark.torch


@dataclass(frozen=True)
class Made:
    """A sample, as far as tables need one."""

    id: str
    group: str
    subset: str
    motion: dict[str, float] = field(default_factory=dict)


SAMPLES: Any = [Made(f"{subset}{k}", f"{subset}{k // 2}", subset) for subset in SUBSETS for k in range(4)]
GOOD = {
    "coarse": 3.0, "fine": 2.0, "fine_multi": 1.9, "coarse_multi": 2.5, "matchable": 1.0, "unmatchable": 2.0,
    "initial": 3.0, "mean": 2.0, "single": 2.0, "ause": 0.3, "ause_random": 0.6, "up": 1.5, "up_field": 1.6, "dis": 4.0,
}  # fmt: skip


def test_all_relations_hold_where_they_should() -> None:
    lines, failures = report({sample.id: dict(GOOD) for sample in SAMPLES}, SAMPLES, 0.4)
    assert failures == 0 and not any("**no**" in line for line in lines)
    assert sum("yes" in line for line in lines) == len(RELATIONS) + 1


@pytest.mark.slow
@pytest.mark.parametrize("relation", [r for r in RELATIONS if r.must], ids=lambda r: r.title)
def test_each_relation_can_fail_alone_in_its_subset(relation: Any) -> None:
    rows = {sample.id: dict(GOOD) for sample in SAMPLES}
    for sample in SAMPLES:
        if relation.subset in ("", sample.subset):
            rows[sample.id][relation.left] = 2 * relation.factor * rows[sample.id][relation.right]
    means = checked(relation, rows, SAMPLES)
    assert means is not None and not holds(relation, means[2])
    lines, failures = report(rows, SAMPLES, 0.4)
    assert failures >= 1 and any(relation.title in line and "**no**" in line for line in lines)


def test_an_uncertainty_that_ranks_nothing_fails() -> None:
    assert report({sample.id: dict(GOOD) for sample in SAMPLES}, SAMPLES, 0.1)[1] == 1


def test_seeds_are_averaged_and_what_is_absent_is_left_out() -> None:
    rows = averaged([{"a": {"x": 1.0, "y": 2.0}}, {"a": {"x": 3.0}}])
    assert rows == {"a": {"x": 2.0}}
    lines, failures = report({sample.id: {"coarse": 1.0} for sample in SAMPLES}, SAMPLES, None)
    assert failures == 0 and not any("yes" in line for line in lines)

"""A small job, rendered wherever a test wants it, and what tells two data sets apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import read_receipt
from dsia_gen.farm.executor import Executor
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.run_job import JobReport, render_job
from tests.farm.small import SMALL


def job(**changes: object) -> JobConfig:
    """Three scenes of the smallest configuration."""
    base = {"name": "demo", "seed": 5, "scenes": [{"config": "tiny", "count": 3}], "resolution": [64, 36]}
    return JobConfig.model_validate({**base, "outputs": ["image", "dynamic_union"], **changes})


def render(
    place: str | Path,
    executor: Executor | None = None,
    *,
    scene: str = SMALL,
    allow_mixed: bool = False,
    remake: bool = False,
    **changes: object,
) -> JobReport:
    """Render a changed `job` into a folder or an address."""
    runner = executor or InlineExecutor()
    asked = job(**changes)
    return render_job(asked, Path(place), runner, show=False, scene=scene, allow_mixed=allow_mixed, remake=remake)


def hashes(place: str | Path) -> dict[str, str]:
    """The content of every scene, by its receipt."""
    layout = DatasetLayout(place)
    return {name: read_receipt(layout.scene(name)).content_hash for name in layout.scene_names()}


def complete_set(render: Callable[[Path], JobReport]) -> Callable:
    """A fixture: the folder of a job that was rendered without a fault. Not to be written to."""

    @pytest.fixture(scope="module")
    def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
        root = tmp_path_factory.mktemp("reference")
        assert render(root).complete
        return root

    return reference

"""Data sets to export: of an odd size, with pixels without ground truth, and their exports, made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.dataset import Dataset, DatasetLayout, open_dataset, update_index, write_job
from dsia_gen.dataset.export import ExportOptions, export
from dsia_gen.spec.outputs import FLOW_ENDS
from dsia_gen.spec.views import Pair
from tests.dataset.synthetic import TIMES, Array, Truth, make_spec, write_scene

SIZE = (61, 35)
HALVES = (0.5, 0.25, 0.25)
OUTPUTS = (
    "image", "depth", "instances", "dynamic_union", "flow_1_to_2", "flow_2_to_1", "flow_gt_to_2", "occlusion_1_to_2",
    "occlusion_gt_to_2",
)  # fmt: skip


class Holed(Truth):
    """Rectangles with a corner without ground truth, and one pixel that moves further than KITTI can say."""

    def pair_arrays(self, pair: Pair) -> dict[str, Array]:
        out = super().pair_arrays(pair)
        for name in FLOW_ENDS:
            out[f"flow_{name}"][:2, :3] = np.nan
            out[f"occlusion_{name}"][:2, :3] = 255
            out[f"flow_{name}"][5, 7] = (600.5, -3.25)
            out[f"occlusion_{name}"][5, 7] = 1
        return out


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Five scenes of 61x35, the first with three pairs. Not to be written to."""
    layout = DatasetLayout(tmp_path_factory.mktemp("odd") / "data")
    layout.root.mkdir()
    add_scenes(layout, range(5))
    return open_dataset(layout.root)


def add_scenes(layout: DatasetLayout, numbers: range) -> None:
    """Write scenes and the index."""
    job = JobConfig(name="odd", scenes=[SceneGroup(config="rectangles", count=numbers.stop)], resolution=SIZE,
                    outputs=list(OUTPUTS))  # fmt: skip
    write_job(layout, job)
    for number in numbers:
        spec = make_spec(seed=number, pairs=1 if number else TIMES - 1, width=SIZE[0], height=SIZE[1])
        write_scene(layout, f"{number:05d}", spec, OUTPUTS, truth=Holed(spec))
    update_index(layout)


@pytest.fixture(scope="session")
def exported(odd: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of an export in a format, made when first asked for."""
    made: dict[str, Path] = {}

    def folder(form: str) -> Path:
        if form not in made:
            made[form] = tmp_path_factory.mktemp("exports") / form
            export(odd.layout.root, made[form], form, ExportOptions(ratios=HALVES))
        return made[form]

    return folder

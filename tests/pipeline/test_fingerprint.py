"""What a fingerprint depends on, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.dataset.documents import RunDocument
from dsia_gen.dataset.provenance import Fingerprint, mixture, renderers
from dsia_gen.pipeline.fingerprint import configurations, content_of, fingerprint
from dsia_gen.pipeline.tasks import plan_job

CONFIG = """
name: mine
sequence: {pairs: 3, ways: 2}
dressing: {count: [1, 2]}
"""
RECIPE = "17cf5f119b6d669def014b8d5fcef2fec7139777001bcd866117ae7185553cd4"
"""What version 0.1 wrote for CONFIG."""


def content(folder: Path, text: str = CONFIG, **changes: object) -> str:
    (folder / "mine.yaml").write_text(text)
    base = {"name": "demo", "seed": 5, "scenes": [{"config": str(folder / "mine.yaml")}], "resolution": [64, 36]}
    (task,) = plan_job(JobConfig.model_validate({**base, "outputs": ["image"], **changes}))
    return fingerprint(task, content_of(configurations([task])[task.name], task.resolution[0])).content


def test_scenes_of_version_0_1_are_known_again(tmp_path: Path) -> None:
    """Under the former keys and the present ones, and though jobs have got further render settings."""
    assert content(tmp_path) == RECIPE
    assert content(tmp_path, CONFIG.replace("ways", "pair_directions").replace("dressing", "props")) == RECIPE


@pytest.mark.parametrize(
    "change",
    [{"seed": 6}, {"quality": {"samples": 8}}, {"quality": {"exposure": 1.0}}, {"quality": {"clamp_indirect": 2.0}}],
)
def test_what_decides_the_images_changes_it(tmp_path: Path, change: dict) -> None:
    assert content(tmp_path, **change) != RECIPE
    assert content(tmp_path, CONFIG.replace("3", "4")) != RECIPE


@pytest.mark.parametrize(
    "change", [{"resources": {"threads": 3}}, {"assets": "elsewhere"}, {"quality": {"exposure": 0}}, {"blender": "4.5"}]
)
def test_where_and_how_fast_does_not(tmp_path: Path, change: dict) -> None:
    assert content(tmp_path, **change) == RECIPE


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("4.5.15", "0.1.0"), ("4.5.15 LTS", "0.1.3"), True),
        (("4.5.15", "0.1.0"), ("4.5.14", "0.1.0"), False),
        (("4.5.15", "0.1.0"), ("4.5.15", "0.2.0"), False),
        (("", "0.1.0"), ("4.5.15", "0.1.0"), True),
        (("4.5.15", ""), ("4.5.15", "0.2.0"), True),
    ],
)
def test_which_versions_render_the_same(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    a, b = (Fingerprint(content="", blender=blender, dsia_gen=package) for blender, package in (one, other))
    assert a.same_renderer(b) == b.same_renderer(a) == same


def test_the_renderers_of_a_data_set_are_counted_and_a_mixture_is_one_sentence() -> None:
    old = {"recipe": "a", "dsia_gen": "0.1.0", "worker": {"blender": "4.2.3 LTS"}}
    new = {"fingerprint": {"content": "a", "blender": "4.5.15 LTS", "dsia_gen": "0.1.0"}}
    runs = [RunDocument.model_validate(document) for document in (old, new, new)]
    counted = renderers(run.made_by for run in runs)
    assert [row.scenes for row in counted] == [1, 2] and mixture(counted[:1]) == ""
    assert mixture(counted) == (
        "The scenes were rendered by several versions: Blender 4.2.3 LTS with dsia-gen 0.1.0 (1 scene), "
        "Blender 4.5.15 LTS with dsia-gen 0.1.0 (2 scenes)."
    )
    assert RunDocument().made_by is None

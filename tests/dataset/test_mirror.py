"""A data set in a store, read on a machine that has nothing of it yet: every reader downloads what it reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.remote import Remote
from dsia_gen.dataset import open_dataset, read_job, update_index, write_job
from dsia_gen.dataset.export import ExportOptions, export
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import SceneReader
from dsia_gen.dataset.report import write_report
from dsia_gen.dataset.validate import validate
from dsia_gen.pipeline.fingerprint import fingerprint_of
from dsia_gen.spec.outputs import resolve_outputs
from tests.dataset.synthetic import HEIGHT, OUTPUTS_ALL, WIDTH, make_spec, write_scene
from tests.s3 import CuttingProxy

pytestmark = pytest.mark.slow

FLOWS = resolve_outputs(["flow"])


@pytest.fixture
def cold(s3: CuttingProxy) -> Callable[[tuple[str, ...]], DatasetLayout]:
    """Writes a data set of one scene into the store; the mirror of the machine that reads it is empty."""

    def make(outputs: tuple[str, ...]) -> DatasetLayout:
        layout = DatasetLayout(s3.address)
        layout.root.mkdir(parents=True)
        group = SceneGroup(config="rectangles", count=1)
        job = JobConfig(name="set", scenes=[group], resolution=(WIDTH, HEIGHT), outputs=list(outputs))
        write_job(layout, job)
        write_scene(layout, "00000", make_spec(pairs=1), outputs)
        update_index(layout)
        shutil.rmtree(layout.root)
        return DatasetLayout(s3.address)

    return make


def test_validation_without_hashes_downloads_flows(cold: Callable[[tuple[str, ...]], DatasetLayout]) -> None:
    layout = cold(OUTPUTS_ALL)
    assert layout.mirror is not None
    scene = sum(stored.size for stored in Remote(layout.address).list("scenes").values())
    assert layout.mirror.pending_bytes() == scene > 0
    report = validate(layout.address, hashes=False)
    assert 0 <= layout.mirror.pending_bytes() < scene / 2
    assert report.problems == (), report.lines()
    assert list(layout.root.rglob("flow_1_to_2.exr")), "the mirror was cold, and is not now"


def test_channels_of_a_flow_are_downloaded(cold: Callable[[tuple[str, ...]], DatasetLayout]) -> None:
    layout = cold(FLOWS)
    reader = SceneReader(layout.scene("00000"))
    u, v = reader.planes("flow_gt_to_2", pair=0)
    assert np.array_equal(np.stack([u, v], axis=-1), reader.array("flow_gt_to_2", pair=0), equal_nan=True)


@pytest.mark.parametrize("name", ["spec", "scene", "run", "receipt"])
def test_documents_are_downloaded_when_they_are_asked_for(
    cold: Callable[[tuple[str, ...]], DatasetLayout], name: str
) -> None:
    folder = cold(("image",)).scene("00000")
    assert not (folder.path / f"{name}.json").exists()
    assert getattr(folder, name).is_file()


def test_a_file_that_the_scene_does_not_have_is_not_there(cold: Callable[[tuple[str, ...]], DatasetLayout]) -> None:
    folder = cold(("image",)).scene("00000")
    assert not folder.file("flow_1_to_2", pair=0).exists()
    sample = open_dataset(folder.mirror.remote.address if folder.mirror else "")[0]
    assert "flow_1_to_2" not in sample and "image" in sample


def test_report_export_and_resume_read_a_cold_mirror(
    cold: Callable[[tuple[str, ...]], DatasetLayout], tmp_path: Path
) -> None:
    layout = cold(OUTPUTS_ALL)
    assert fingerprint_of(layout.scene("00000")) is None  # the scene of this test says nothing of its renderer
    job = read_job(layout)
    assert job is not None and job.name == "set"
    assert write_report(layout.address, tmp_path / "page").bad == 0
    shutil.rmtree(layout.root)
    made = export(layout.address, tmp_path / "out", "kubric", ExportOptions(ratios=(1.0, 0.0, 0.0)))
    assert made.samples["train"] == 1


def test_an_object_that_was_changed_is_refused(cold: Callable[[tuple[str, ...]], DatasetLayout]) -> None:
    layout = cold(FLOWS)
    Remote(layout.address).write("scenes/00000/pairs/0000/flow_1_to_2.exr", b"something else")
    report = validate(layout.address, hashes=False)
    assert {p.file for p in report.errors if p.check == "sample_readable"} == {"pairs/0000/flow_1_to_2.exr"}
    assert {p.check for p in report.errors} >= {"receipt_matches"}


@pytest.mark.parametrize("name", ["scene.json", "pairs/0000/flow_1_to_2.exr", "views/t0000_p0000/image.png"])
def test_a_flipped_bit_of_the_mirror_is_not_handed_out(
    cold: Callable[[tuple[str, ...]], DatasetLayout], name: str
) -> None:
    layout, file = cold(("image", *FLOWS)), InsidePath(name)
    path = layout.scene("00000").fetch(file)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert DatasetLayout(layout.address).scene("00000").fetch(file).read_bytes() == whole, "it was downloaded again"
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    Remote(layout.address).remove([f"scenes/00000/{name}"])
    with pytest.raises(StorageError, match="is missing"):
        DatasetLayout(layout.address).scene("00000").fetch(file)

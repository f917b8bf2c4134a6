"""Whole jobs: resume after anything, refusal of what does not fit, failures on record."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsia_gen.config.job_file import load_job
from dsia_gen.core import cpus
from dsia_gen.core.errors import ConfigError, StorageError, UnknownNameError
from dsia_gen.core.io import json_bytes
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import make_receipt, read_receipt
from dsia_gen.dataset.status import dataset_status
from dsia_gen.farm import run_job as launch
from dsia_gen.farm.executor import EXECUTORS, ExecutorOptions
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.farm.run_job import JobReport, render_job
from dsia_gen.spec.record import hash_of_text
from dsia_gen.spec.scene import SceneSpec
from tests.farm.jobs import complete_set, hashes, job, render
from tests.farm.small import SMALL
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow


reference = complete_set(render)


@pytest.fixture
def copy(reference: Path, tmp_path: Path) -> Path:
    shutil.copytree(reference, tmp_path / "set")
    return tmp_path / "set"


def test_a_job_fills_a_folder(reference: Path) -> None:
    status = dataset_status(DatasetLayout(reference), hashes=True)
    assert status.complete and status.done == ("00000", "00001", "00002") and status.pairs == 6
    assert sorted(p.name for p in reference.iterdir()) == [
        "ATTRIBUTION.md", "DATASET_CARD.md", "dataset.json", "job.yaml", "samples.csv", "scenes"
    ]  # fmt: skip
    assert len(set(hashes(reference).values())) == 3, "scenes differ"


def test_two_workers_make_the_same_data(reference: Path, tmp_path: Path) -> None:
    assert render(tmp_path, LocalExecutor(2)).complete
    assert hashes(tmp_path) == hashes(reference)


def test_a_finished_job_makes_nothing(copy: Path) -> None:
    report = render(copy)
    assert report.complete and report.results == () and report.skipped == ("00000", "00001", "00002")


def test_a_specification_that_reads_back_as_another_is_still_finished(copy: Path) -> None:
    """Earlier versions wrote numbers of a depth of field with more digits than a specification keeps."""
    folder = DatasetLayout(copy).scene("00001")
    old, content = read_receipt(folder), json.loads(folder.spec.read_bytes())
    content["camera"]["lens_mm"] += 1.2e-10
    text = json.dumps(content).encode()
    assert SceneSpec.model_validate_json(text).hash() != hash_of_text(text)
    folder.spec.write_bytes(text)
    receipt = make_receipt(folder, hash_of_text(text), old.outputs, old.package_version)
    folder.receipt.write_bytes(json_bytes(receipt.model_dump(mode="json")))
    for _ in range(2):
        report = render(copy)
        assert report.complete and report.results == () and report.skipped == ("00000", "00001", "00002")


@pytest.mark.parametrize("damage", ["receipt", "file", "bits"])
def test_a_damaged_scene_is_made_again(copy: Path, reference: Path, damage: str) -> None:
    folder = DatasetLayout(copy).scene("00001")
    picture = sorted(folder.path.glob("views/*/image.png"))[0]
    if damage == "receipt":
        folder.receipt.unlink()
    elif damage == "file":
        picture.unlink()
    else:
        data = bytearray(picture.read_bytes())
        data[-20] ^= 1
        picture.write_bytes(data)
    report = render(copy)
    assert [r.name for r in report.results] == ["00001"] and report.complete
    assert hashes(copy) == hashes(reference)


def test_more_scenes_at_the_end_are_added(copy: Path) -> None:
    report = render(copy, scenes=[{"config": "tiny", "count": 4}])
    assert [r.name for r in report.results] == ["00003"] and len(report.skipped) == 3


def test_more_outputs_are_another_job(copy: Path) -> None:
    with pytest.raises(StorageError, match="belongs to another job: it differs in outputs"):
        render(copy, outputs=["default"])
    with pytest.raises(StorageError, match=r"it differs in seed, resolution; choose another folder, or .*job\.yaml`"):
        render(copy, seed=6, resolution=[96, 54])


def test_a_preset_that_was_edited_makes_its_scenes_again(tmp_path: Path, checkout: Path) -> None:
    mine = tmp_path / "mine.yaml"
    shutil.copy(checkout / "scene_configs" / "tiny.yaml", mine)
    scenes = [{"config": str(mine)}]
    before = render(tmp_path / "set", scenes=scenes)
    mine.write_text(mine.read_text() + "\n# only a remark\n")
    assert render(tmp_path / "set", scenes=scenes).skipped == ("00000",)
    mine.write_text(mine.read_text().replace("name: tiny", "name: other"))
    job = (tmp_path / "set" / "job.yaml").read_bytes()
    with pytest.raises(StorageError, match=r"1 finished scene of .*\(00000\) has changed since \(name\); add --remake"):
        render(tmp_path / "set", scenes=scenes)
    assert (tmp_path / "set" / "job.yaml").read_bytes() == job and hashes(tmp_path / "set")
    after = render(tmp_path / "set", scenes=scenes, remake=True)
    assert before.complete and [r.name for r in after.results] == ["00000"]


def test_a_failed_scene_is_on_record_and_the_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {"config": "real_tiny"}
    scenes = [{"config": "tiny"}, bad, {"config": "tiny"}]
    report = render(tmp_path, scenes=scenes, assets=str(tmp_path / "nowhere"))
    assert not report.complete and [(r.name, r.error) for r in report.failed] == [("00001", "AssetError")]
    layout = DatasetLayout(tmp_path)
    assert layout.scene_names() == ("00000", "00002") and layout.failed_names() == ("00001",)
    record = json.loads(layout.failed("00001").error.read_text())
    assert record["error"] == "AssetError" and "missing" in record["message"]
    assert dataset_status(layout).failed[0].scene == "00001"


def test_a_full_disk_stops_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_WORKER", "StorageError")
    report = render(tmp_path)
    assert [r.name for r in report.results] == ["00000"] and report.not_run == ("00001", "00002")
    assert not report.complete


def test_too_little_space_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000)  # type: ignore[attr-defined]
    monkeypatch.setattr("dsia_gen.pipeline.estimate.shutil.disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match=r"has 1000 B free, and the job needs about \d+\.\d [KM]iB;"):
        render(tmp_path)
    assert not (tmp_path / "scenes").exists()


def test_a_folder_with_scenes_of_unknown_origin_is_refused(copy: Path) -> None:
    (copy / "job.yaml").unlink()
    with pytest.raises(StorageError, match=r"holds scenes but no job\.yaml"):
        render(copy)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "set").write_text("")
    with pytest.raises(StorageError, match="cannot create"):
        render(tmp_path / "set")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="permission denied"):
        render(tmp_path / "set")


def test_a_wrong_preset_is_told_before_the_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'tiny'"):
        render(tmp_path / "set", scenes=[{"config": "tyny"}])
    assert not (tmp_path / "set").exists()


def test_cores_are_shared_among_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "cores", lambda: 8)
    assert launch.share_cores(job(), 3).resources.threads == 2
    assert launch.share_cores(job(), 1).resources.threads == 0
    assert launch.share_cores(job(), 100).resources.threads == 1
    assert launch.share_cores(job(resources={"threads": 5}), 2).resources.threads == 5


@pytest.mark.parametrize(("workers", "threads"), [(1, "2"), (2, "1"), (4, "1")])
def test_workers_on_two_cores_have_pools_of_their_share(
    workers: int, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "cores", lambda: 2)
    monkeypatch.setattr(cpus, "cores", lambda: 2)
    for name in (*cpus.SHARED_POOLS, *cpus.SINGLE_POOLS):
        monkeypatch.delenv(name, raising=False)
    pools = cpus.thread_variables(launch.share_cores(job(), workers).resources.threads)
    assert pools["OMP_NUM_THREADS"] == pools["MKL_NUM_THREADS"] == threads and pools["OPENBLAS_NUM_THREADS"] == "1"


def test_executors_by_name() -> None:
    assert isinstance(EXECUTORS.get("inline")(ExecutorOptions(1)), InlineExecutor)
    assert isinstance(EXECUTORS.get("local")(ExecutorOptions(4)), LocalExecutor)
    with pytest.raises(ConfigError, match="one scene at a time"):
        EXECUTORS.get("inline")(ExecutorOptions(2))
    with pytest.raises(UnknownNameError, match=r"did you mean 'local'"):
        EXECUTORS.get("locla")
    with pytest.raises(ConfigError, match="--address"):
        EXECUTORS.get("local")(ExecutorOptions(1, address="auto"))


def test_a_missing_extra_is_named() -> None:
    code = "import sys; sys.modules['ray'] = None; from dsia_gen.farm.executor import EXECUTORS; EXECUTORS.get('ray')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PluginError" in done.stderr and "pip install 'dsia-gen[ray]'" in done.stderr


DRIVER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
from pathlib import Path
from dsia_gen.farm.local import LocalExecutor
from tests.farm.jobs import render
render(sys.argv[1], LocalExecutor(2))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_any_moment_the_next_run_completes_the_same_set(
    reference: Path, tmp_path: Path, checkout: Path, how: signal.Signals
) -> None:
    environment = {**os.environ, "FAKE_SECONDS": "0.3"}
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)], cwd=checkout, env=environment)
    wait_for(DatasetLayout(tmp_path).partial_names, driver)
    time.sleep(0.5)
    driver.send_signal(how)
    driver.wait()
    if how == signal.SIGINT:
        assert DatasetLayout(tmp_path).partial_names() == (), "a run that was asked to stop tidies up"
    assert render(tmp_path).complete
    assert hashes(tmp_path) == hashes(reference)
    assert DatasetLayout(tmp_path).partial_names() == ()


def test_the_job_of_a_data_set_goes_on_from_any_folder_without_its_files(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, root = tmp_path / "home", tmp_path / "set"
    home.mkdir()
    text = (checkout / "scene_configs" / "tiny.yaml").read_text()
    (home / "mine.yaml").write_text(text)
    (home / "job.yaml").write_text(
        "version: 2\nname: j\nresolution: [64, 36]\noutputs: [image]\n"
        "scenes: [{config: mine.yaml, count: 2}, {config: tiny}]\n"
    )

    def make(path: Path, place: Path = root, *overrides: str, remake: bool = False) -> JobReport:
        asked = load_job(path, overrides)
        return render_job(asked, place, InlineExecutor(), show=False, scene=SMALL, remake=remake)

    assert len(make(home / "job.yaml", root, "seed=4").results) == 3
    before = hashes(root)
    (home / "mine.yaml").unlink()
    monkeypatch.chdir(home)
    assert make(root / "job.yaml").skipped == ("00000", "00001", "00002"), "no --set again, and no other file"
    shutil.copy(root / "job.yaml", home / "copy.yaml")
    assert make(home / "copy.yaml", tmp_path / "again").complete and hashes(tmp_path / "again") == before
    with pytest.raises(StorageError, match=r"it differs in seed; .*`dsia-gen render .*set/job\.yaml`"):
        make(root / "job.yaml", root, "seed=5")
    (home / "mine.yaml").write_text(text.replace("count: [2, 2]", "count: [1, 2]"))
    with pytest.raises(StorageError, match=r"2 finished scenes .*\(00000 to 00001\).*\(objects\.count\).* --remake"):
        make(home / "job.yaml", root, "seed=4")
    assert hashes(root) == before and make(root / "job.yaml").skipped == ("00000", "00001", "00002")
    assert [r.name for r in make(home / "job.yaml", root, "seed=4", remake=True).results] == ["00000", "00001"]


def test_motion_out_of_reach_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    scenes = [{"config": "tiny", "set": {"motion.camera_px": [500, 600], "sequence.pairs": 1}}]
    with pytest.raises(ConfigError, match=r"motion\.camera_px \[500, 600\] px cannot be reached: 1 sampled scene"):
        render(tmp_path / "set", scenes=scenes)
    assert not (tmp_path / "set" / "job.yaml").exists()
    scenes[0]["set"] = {"motion.camera_px": [1, 3], "sequence.pairs": 1}
    assert render(tmp_path / "set", scenes=scenes).complete

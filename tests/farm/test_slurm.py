"""What the Slurm executor asks for, and what it says where Slurm is not; its contract is in test_executors.py."""

from __future__ import annotations

from pathlib import Path

import pytest

submitit = pytest.importorskip("submitit")

from dsia_gen.config.job import Resources  # noqa: E402
from dsia_gen.core.errors import ConfigError  # noqa: E402
from dsia_gen.farm.executor import EXECUTORS, ExecutorOptions  # noqa: E402
from dsia_gen.farm.slurm_executor import SlurmExecutor, SlurmSettings, submitter  # noqa: E402
from tests.farm.fakes import FAKE, task  # noqa: E402


def test_options_by_name() -> None:
    made = EXECUTORS.get("slurm")(ExecutorOptions(8, settings={"partition": "gpu", "minutes": "90"}))
    assert made == SlurmExecutor(8, SlurmSettings(partition="gpu", minutes=90))
    with pytest.raises(ConfigError, match=r"partitoin is not a known key; did you mean 'partition'"):
        EXECUTORS.get("slurm")(ExecutorOptions(settings={"partitoin": "gpu"}))
    with pytest.raises(ConfigError, match="--address cannot be used with the executor slurm"):
        EXECUTORS.get("slurm")(ExecutorOptions(address="auto"))


def test_without_the_commands_of_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="srun, sbatch"):
        list(SlurmExecutor().run([task(0)], tmp_path, lambda _: None, FAKE))
    assert not list((tmp_path / ".partial").iterdir()), "nothing is left"


def test_a_store_needs_a_folder_for_messages() -> None:
    with pytest.raises(ConfigError, match="folder=/shared/dsia-gen"):
        list(SlurmExecutor().run([task(0)], Path("s3://bucket/set"), lambda _: None, FAKE))


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ({}, ["--cpus-per-task=4", "--time=155"]),
        ({"device": "optix", "memory": 16}, ["--cpus-per-task=2", "--gpus-per-node=1", "--mem=16GB"]),
        ({"gpus": 0.25, "cpus": 3.5, "timeout_minutes": 60}, ["--cpus-per-task=4", "--gpus-per-node=1", "--time=80"]),
    ],
)
def test_resources_of_the_job_become_those_of_slurm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resources: dict[str, object], lines: list[str]
) -> None:
    (tmp_path / "srun").write_text("#!/bin/sh\n")
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = SlurmSettings(partition="gpu", setup="module load cuda")
    made = submitter(settings, Resources.model_validate(resources), tmp_path / "jobs")
    text = made._executor._make_submission_file_text("run", "id")
    for line in [*lines, "--partition=gpu", "--job-name=dsia-gen"]:
        assert f"#SBATCH {line}\n" in text, text
    assert "\nmodule load cuda\n" in text

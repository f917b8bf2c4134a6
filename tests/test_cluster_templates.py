"""The cluster templates, as far as they can be tried without a cluster: read by Ray, run against stand-ins of Slurm."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from dsia_gen.cli.diagnosis import DEBIAN_PACKAGES
from dsia_gen.config.presets import preset_names
from tests.farm.waiting import wait_for


@pytest.fixture
def templates(checkout: Path) -> Path:
    return checkout / "render_jobs" / "cluster"


def test_they_are_no_jobs(templates: Path) -> None:
    assert (templates / "ray_cluster.yaml").is_file() and "ray_cluster" not in preset_names("render_jobs")


@pytest.mark.ray
def test_ray_accepts_the_cluster(templates: Path) -> None:
    pytest.importorskip("ray")
    pytest.importorskip("jsonschema")
    from ray.autoscaler._private.util import prepare_config, validate_config

    text = (templates / "ray_cluster.yaml").read_text()
    config = yaml.safe_load(text)
    validate_config(prepare_config(config))
    assert config["head_node_type"] in config["available_node_types"]
    with pytest.raises(Exception, match="cluster_nam"):
        validate_config(prepare_config({**yaml.safe_load(text), "cluster_nam": "a typing error"}))


def test_the_dockerfile_has_what_blender_needs(templates: Path) -> None:
    text = (templates / "Dockerfile").read_text()
    words = set(text.replace("\\", " ").split())
    assert set(DEBIAN_PACKAGES.values()) <= words
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    verbs = [line.split()[0] for line in joined.splitlines() if line.strip()]
    assert verbs[:2] == ["ARG", "FROM"] and set(verbs) <= {"ARG", "FROM", "RUN", "ENV", "WORKDIR", "COPY", "CMD"}
    assert re.findall(r"PYTHON=([0-9.]+)", text) == ["3.11", "3.13"], "the Pythons that have a wheel of Blender"
    assert "graphics" in text, "the driver's OptiX libraries are mounted for this capability"


@pytest.mark.parametrize("name", ["slurm.sh", "ray_job.sh"])
def test_scripts_are_sound_shell(templates: Path, name: str) -> None:
    script = templates / name
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & stat.S_IXUSR
    done = subprocess.run([str(script), "only-one"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "usage" in done.stderr


STAND_IN = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0")" in
  scontrol) printf 'node1\\nnode2\\nnode3\\n' ;;
  hostname) echo 10.0.0.7 ;;
  srun) while [[ "$1" == -* ]]; do if [ "$1" = -w ]; then shift; fi; shift; done; exec "$@" ;;
  dsia-gen) exit "${STATUS:-0}" ;;
esac
"""


@pytest.fixture
def stand_ins(tmp_path: Path) -> dict[str, str]:
    """Commands that write down how they were called; srun runs what it is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("scontrol", "srun", "ray", "dsia-gen", "hostname", "sleep"):
        (folder / name).write_text(STAND_IN)
        (folder / name).chmod(0o755)
    return {
        **os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"), "USER": "me",
        "SLURM_JOB_NODELIST": "node[1-3]", "SLURM_JOB_ID": "12345", "SLURM_CPUS_PER_TASK": "16",
        "SLURM_GPUS_ON_NODE": "1",
    }  # fmt: skip


def test_slurm_starts_a_head_the_others_and_the_job(templates: Path, stand_ins: dict[str, str]) -> None:
    command = [str(templates / "slurm.sh"), "my job.yaml", "s3://bucket/x", "--set", "resources.gpus=0.25"]
    subprocess.run(command, env=stand_ins, check=True, timeout=300)
    calls: list[str] = []

    def ray_starts() -> list[str]:
        calls[:] = Path(stand_ins["CALLS"]).read_text().splitlines()
        return [call for call in calls if call.startswith("ray start")]

    wait_for(lambda: len(ray_starts()) == 2)  # the script leaves them in the background
    head = next(call for call in calls if call.startswith("ray start --head"))
    assert "--port=32345" in head and "--node-ip-address=10.0.0.7" in head and "--dashboard-host=127.0.0.1" in head
    assert "--num-cpus=16 --num-gpus=1" in head
    others = next(call for call in calls if call.startswith("srun --nodes=2"))
    assert "-w node2,node3 ray start --block --address=10.0.0.7:32345" in others
    wanted = "render my job.yaml -o s3://bucket/x --executor ray --address 10.0.0.7:32345 --set resources.gpus=0.25"
    assert f"dsia-gen {wanted}" in calls


def test_slurm_ends_as_the_job_ends(templates: Path, stand_ins: dict[str, str]) -> None:
    command = [str(templates / "slurm.sh"), "job", "/shared/out"]
    done = subprocess.run(command, env={**stand_ins, "STATUS": "3"}, check=False, timeout=300)
    assert done.returncode == 3


def test_a_submitted_job(templates: Path, stand_ins: dict[str, str]) -> None:
    subprocess.run([str(templates / "ray_job.sh"), "dsia_train", "s3://b/x"], env=stand_ins, check=True, timeout=300)
    assert Path(stand_ins["CALLS"]).read_text().splitlines() == [
        "ray job submit --address http://127.0.0.1:8265 --no-wait -- "
        "dsia-gen render dsia_train -o s3://b/x --executor ray --address auto"
    ]

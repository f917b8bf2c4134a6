"""Training in two processes: gradients are the mean of both, also where parts of a network rest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")
pytest.importorskip("diffusers")

from dsia_gen.align.methods.ransac_flow.ransac_pipeline import RansacPipeline  # noqa: E402
from tests.align.training.matching_tasks import KINDS, gradients, make_batch, make_task  # noqa: E402
from tests.conftest import CHECKOUT  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.slow]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that two processes wrote to, which found each other on loopback."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "1",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.align.training.in_two_processes", str(folder)]
    started = [
        subprocess.Popen(
            command, cwd=CHECKOUT, env={**os.environ, **shared, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for rank in ("0", "1")
    ]  # fmt: skip
    outputs = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], "\n".join(outputs)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_both_have_the_mean_of_their_gradients(kind: str, both: Path, tmp_path: Path) -> None:
    found = [torch.load(both / f"{kind}_{rank}.pt", weights_only=True) for rank in (0, 1)]
    alone = []
    for rank in (0, 1):
        task = make_task(kind, tmp_path / str(rank))
        task.at_step(3)
        loss, _ = task.phases[0].loss(task.phases[0].module, make_batch(task, range(2 * rank, 2 * rank + 2)))
        loss.backward()
        alone.append(gradients(task))
    assert found[0].keys() == found[1].keys() == alone[0].keys()
    apart = 0.0
    for name, gradient in found[0].items():
        assert torch.equal(gradient, found[1][name]), name
        mean = (alone[0][name] + alone[1][name]) / 2
        assert torch.allclose(gradient, mean, rtol=1e-3, atol=1e-4 * float(mean.abs().max()) + 1e-9), name
        apart = max(apart, float((alone[0][name] - alone[1][name]).abs().max()))
    assert apart > 0, "the processes have different samples"


def test_a_run_of_two_processes_ends_through_all_stages(both: Path) -> None:
    losses = [torch.load(both / f"losses_{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert len(losses[0]) == 4 and torch.equal(*losses) and torch.isfinite(losses[0]).all()
    fresh = make_task("ransac", both / "fresh").phases[0].module
    learned = RansacPipeline.read_network(both / "run").match_head.conv1.weight
    assert not torch.equal(learned, fresh.match_head.conv1.weight)

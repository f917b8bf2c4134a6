"""What each of two processes does in `test_two_processes.py`: gradients of one pass, then a short training."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from dsia_gen.align.training.entry_points import train
from dsia_gen.align.training.trainable import trainable_for
from dsia_gen.align.training.trainer import make_accelerator
from tests.align.methods.ransac_flow.make import ransac_config
from tests.align.training.matching_tasks import KINDS, gradients, make_batch, make_task


def main(folder: Path) -> None:
    """Gradients of each kind into `folder`, by kind, step and process; then a run of RANSAC-Flow."""
    torch.set_num_threads(1)
    for kind in KINDS:
        task = make_task(kind, folder / kind)
        accelerator = make_accelerator(task.config.train, None, trainable_for(task.config).parts_rest)
        rank = accelerator.process_index
        module = accelerator.prepare(task.phases[0].module)
        batch = make_batch(task, range(2 * rank, 2 * rank + 2))
        for step in (0, 1, 3):  # matchability learns in the last
            task.at_step(step)
            module.zero_grad()
            loss, _ = task.phases[0].loss(module, batch)
            accelerator.backward(loss)
        torch.save(gradients(task), folder / f"{kind}_{rank}.pt")
    stages = {"cycle": 0.0, "matchability": 0.5}
    outcome = train(ransac_config(train={"steps": 4}, stages=stages), folder / "run", progress=False)
    torch.save(torch.tensor(outcome.losses), folder / f"losses_{rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""`dsia-gen` with scenes of closed forms, a quicker heartbeat, and a machine of its own where CHAOS_MACHINE says so."""

from __future__ import annotations

import os
import signal
from functools import partial

from dsia_gen.cli.main import run
from dsia_gen.dataset import fence
from dsia_gen.farm import heartbeat_lock, run_job
from tests.farm.small import SMALL
from tests.farm.stub import STUB

SCENES = {"small": SMALL, "stub": STUB}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a script would ignore it
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and one under nohup this
    run_job.render_job = partial(
        run_job.render_job, scene=SCENES[os.environ["CHAOS_SCENE"]], heartbeat=float(os.environ["CHAOS_HEARTBEAT"])
    )
    if name := os.environ.get("CHAOS_MACHINE"):
        heartbeat_lock.machine = fence.machine = lambda: name
    run()

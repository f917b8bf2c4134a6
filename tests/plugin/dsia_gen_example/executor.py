"""An executor: one scene after another in this process."""

from pathlib import Path

from dsia_gen.farm.executor import RUN_SCENE, ExecutorOptions, Results, with_retries
from dsia_gen.pipeline.outcome import Progress, attempt_scene
from dsia_gen.pipeline.tasks import SceneTask


class Sequence:
    """See `dsia_gen.farm.executor.Executor`."""

    fatal_limit = local_workers = 1
    renders_here = True

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> "Sequence":
        options.allow("sequence")
        return cls()

    def run(self, tasks: list[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        for task in tasks:
            yield with_retries(task, lambda task=task: attempt_scene(scene, task, root, progress), progress)

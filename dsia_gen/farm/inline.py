"""The executor that works in this process, one scene after another: for debugging and small jobs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dsia_gen.core.errors import ConfigError, TimeLimitError
from dsia_gen.core.system import alarm
from dsia_gen.farm.executor import RUN_SCENE, ExecutorOptions, Results, with_retries
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult, attempt_scene, failure
from dsia_gen.pipeline.tasks import SceneTask


class InlineExecutor:
    """See `Executor`. Blender still has a process of its own for each scene; all else happens here."""

    fatal_limit = 1
    renders_here = True
    local_workers = 1

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> InlineExecutor:
        if options.workers and options.workers > 1:
            raise ConfigError("--workers", ["the inline executor makes one scene at a time; use --executor local"])
        options.allow("inline", "workers")
        return cls()

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        def attempt(task: SceneTask) -> SceneResult:
            minutes = task.resources.timeout_minutes
            try:
                with alarm(60 * minutes, TimeLimitError(minutes)) as stand:

                    def tell(event: Event) -> None:
                        stand(event.waits)
                        progress(event)

                    return attempt_scene(scene, task, root, tell)
            except TimeLimitError as error:  # the alarm went off after the scene's own handler was left
                return failure(task, error)

        for task in tasks:
            yield with_retries(task, partial(attempt, task), progress)

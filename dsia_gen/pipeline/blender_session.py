"""A Blender process that keeps one scene, and renders of it what it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dsia_gen.core.blender_environments import blender_choice
from dsia_gen.core.blender_installation import ensure_blender
from dsia_gen.core.child_process import log_tail
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import remove_tree, write_bytes
from dsia_gen.pipeline.blender_process import WORKER, BlenderProcess
from dsia_gen.pipeline.worker_files import WorkerFiles
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair
from dsia_gen.spec.worker_messages import RenderRequest

LOG = logging.getLogger(__name__)


class BlenderSession:
    """The worker of one scene. It builds the scene for its first request.

    `module` is the worker; tests give another.
    """

    def __init__(
        self, spec: SceneSpec, assets: Path | None, *, device: str = "auto", threads: int = 0,
        blender: str | None = None, module: str = WORKER,
    ) -> None:  # fmt: skip
        self._spec, self._assets, self._device, self._threads = spec, assets, device, threads
        self._folder = TemporaryDirectory(prefix="dsia-gen-")
        self._count = 0
        self._blender: BlenderProcess | None = None
        try:
            with blender_choice(blender):
                if module == WORKER:
                    ensure_blender(LOG.warning)
                self._blender = BlenderProcess(threads, module=module)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._blender is not None and self._blender.alive

    def build(self) -> None:
        """Build the scene, and render nothing of it."""
        self._ask(self._spec, None, (), geometry=False, views=())

    def rendered(
        self, pairs: Sequence[Pair], outputs: tuple[str, ...], *, geometry: bool = True, rest: bool = False
    ) -> WorkerFiles:
        """What Blender makes of the views of some pairs; the files are there until the next request."""
        spec = self._spec.model_copy(update={"pairs": tuple(pairs)})
        return self._ask(spec, None, outputs, geometry=geometry, rest=rest)

    def save(self, path: Path) -> None:
        """Save the scene as a .blend."""
        if not path.parent.is_dir():
            raise StorageError(f"there is no folder {path.parent}; make it, or save the scene elsewhere")
        self._ask(self._spec, path.resolve(), (), geometry=False)

    def close(self) -> None:
        """End the process and remove its files."""
        if self._blender is not None:
            self._blender.close()
        self._folder.cleanup()

    def _ask(
        self, spec: SceneSpec, blend: Path | None, outputs: tuple[str, ...], *, geometry: bool,
        views: tuple[str, ...] | None = None, rest: bool = False,
    ) -> WorkerFiles:  # fmt: skip
        assert self._blender is not None
        remove_tree(Path(self._folder.name) / str(self._count))  # whoever asks has read the answer before
        self._count += 1
        out = Path(self._folder.name) / str(self._count)
        out.mkdir()
        path = out / "spec.json"
        write_bytes(path, readable_json(spec).encode())
        request = RenderRequest(
            spec=path, out=out, device=self._device, threads=self._threads, assets=self._assets, outputs=outputs,
            blend=blend, geometry=geometry, views=views, rest=rest,
        )  # fmt: skip
        try:
            for _ in self._blender.ask(request):
                pass
        except Exception as error:
            error.add_note(log_tail(self._blender.log))
            raise
        return WorkerFiles(out)

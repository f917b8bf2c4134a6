"""Where everything of a data set lies; the only module that knows paths.

dataset.json  samples.csv  ATTRIBUTION.md  job.yaml
scenes/<NNNNN>/{spec.json, scene.json, run.json, receipt.json}
scenes/<NNNNN>/views/<view.key>/<output>.<ext>      stored once, shared by all pairs that use the view
scenes/<NNNNN>/pairs/<NNNN>/<output>.<ext>
failed/<NNNNN>/{error.json, worker.log}
.partial/<NNNNN>-<writer>/                           scenes in work
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES, Pair, View

RECEIPT = "receipt.json"
SPEC = "spec.json"
SCENE = "scene.json"
RUN = "run.json"


def scene_name(number: int) -> str:
    """Folder name of the scene with this number in its job."""
    return f"{number:05d}"


def pair_name(pair: Pair | int) -> str:
    """Folder name of a pair."""
    return f"{pair if isinstance(pair, int) else pair.index:04d}"


def sample_id(scene: str, pair: Pair | int) -> str:
    """Name of a pair within the data set, `<scene>_<pair>`."""
    return f"{scene}_{pair_name(pair)}"


def relative_file(output: str, *, view: View | None = None, pair: Pair | int | None = None) -> str:
    """Path of an output below its scene folder, with forward slashes.

    A view output needs `view`, a pair output `pair`; anything else is a ValueError, an unknown name a KeyError.
    """
    row = OUTPUTS[output]
    if row.scope == "view":
        if view is None or pair is not None:
            raise ValueError(f"{output} belongs to a view: give view, and not pair")
        return f"views/{view.key}/{row.name}{row.suffix}"
    if pair is None or view is not None:
        raise ValueError(f"{output} belongs to a pair: give pair, and not view")
    return f"pairs/{pair_name(pair)}/{row.name}{row.suffix}"


def expected_files(outputs: tuple[str, ...], pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    """Relative paths of every output file of a scene with these outputs and pairs, sorted."""
    files = set()
    for output in outputs:
        for pair in pairs:
            if OUTPUTS[output].scope == "pair":
                files.add(relative_file(output, pair=pair))
            else:
                files |= {relative_file(output, view=pair.view(role)) for role in ROLES}
    return tuple(sorted(files))


@dataclass(frozen=True)
class SceneFolder:
    """The files of one scene below `path`, finished or in work."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def spec(self) -> Path:
        return self.path / SPEC

    @property
    def scene(self) -> Path:
        return self.path / SCENE

    @property
    def run(self) -> Path:
        return self.path / RUN

    @property
    def receipt(self) -> Path:
        return self.path / RECEIPT

    def file(self, output: str, *, view: View | None = None, pair: Pair | int | None = None) -> Path:
        """The file of an output; see `relative_file`."""
        return self.path / relative_file(output, view=view, pair=pair)


@dataclass(frozen=True)
class FailedFolder:
    """What is kept of a scene that failed."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def error(self) -> Path:
        return self.path / "error.json"

    @property
    def log(self) -> Path:
        return self.path / "worker.log"


class DatasetLayout:
    """The folders and files of a data set at `root`. Touches no disk except to list folders."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"DatasetLayout({str(self.root)!r})"

    @property
    def index(self) -> Path:
        return self.root / "dataset.json"

    @property
    def samples(self) -> Path:
        return self.root / "samples.csv"

    @property
    def attribution(self) -> Path:
        return self.root / "ATTRIBUTION.md"

    @property
    def job(self) -> Path:
        return self.root / "job.yaml"

    @property
    def scenes(self) -> Path:
        return self.root / "scenes"

    @property
    def partial(self) -> Path:
        return self.root / ".partial"

    @property
    def failures(self) -> Path:
        return self.root / "failed"

    def scene(self, name: str) -> SceneFolder:
        return SceneFolder(self.scenes / name)

    def work(self, name: str, writer: str) -> SceneFolder:
        """Where `writer` (a name unique to a process) makes a scene."""
        return SceneFolder(self.partial / f"{name}-{writer}")

    def failed(self, name: str) -> FailedFolder:
        return FailedFolder(self.failures / name)

    def scene_names(self) -> tuple[str, ...]:
        """Names of the folders in scenes/, sorted; finished or not."""
        return _folders(self.scenes)

    def failed_names(self) -> tuple[str, ...]:
        return _folders(self.failures)

    def partial_names(self) -> tuple[str, ...]:
        """Names `<scene>-<writer>` of the folders in work, sorted."""
        return _folders(self.partial)

    def relative(self, path: Path) -> str:
        """`path` below the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def _folders(parent: Path) -> tuple[str, ...]:
    return tuple(sorted(p.name for p in parent.iterdir() if p.is_dir())) if parent.is_dir() else ()

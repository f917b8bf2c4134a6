"""Pairs of real or film frames from folders that the user has: MPI Sintel and DAVIS, in their own layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dsia_gen.align.images import Image, ImageWork, read_image
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import file_hash, reading
from dsia_gen.evaluate.samples import fingerprint

_IMAGES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class ImageFiles:
    """Two images of a set that the user has, read from files where they are asked for."""

    source: str
    group: str
    """Its sequence or scene."""
    first: Path
    second: Path
    subset: str = ""

    @property
    def id(self) -> str:
        return f"{self.source}_{self.group}_{self.first.stem}"

    @property
    def files(self) -> tuple[Path, ...]:
        """All that the pair and its truth are read from."""
        return (self.first, self.second)

    @property
    def data_key(self) -> str:
        return fingerprint([file_hash(path) if path.is_file() else "" for path in self.files])

    def images(self) -> tuple[Image, Image]:
        """Both (H, W, 3) uint8."""
        return ImageWork(self.id, self.first, self.second).images()

    def pairs(self) -> list[tuple[Image, Image]]:
        """Both images."""
        return [self.images()]


class FramePair(ImageFiles):
    """Two neighbouring frames of a sequence: the later one is aligned to the earlier. There is no ground truth."""

    def reference(self) -> Image:
        """The earlier frame."""
        return read_image(self.first)

    def truths(self, outputs: Sequence[str]) -> list[Mapping[str, NDArray[Any]]]:  # noqa: ARG002  (of the contract)
        """Real frames have none."""
        return [{}]


def open_frames(sintel: Path | None, davis: Path | None) -> dict[str, Sequence[FramePair]]:
    """Pairs of the folders that are given, by source."""
    found: dict[str, Sequence[FramePair]] = {}
    if sintel is not None:
        found |= {f"sintel_{render}": sintel_pairs(sintel, render) for render in sintel_renders(sintel)}
    if davis is not None:
        found["davis"] = davis_pairs(davis)
    return found


def sintel_renders(root: Path) -> list[str]:
    """Which of clean and final a folder of Sintel has; AlignError for neither."""
    found = [render for render in ("clean", "final") if sintel_below(root, render) is not None]
    if not found:
        raise AlignError(f"{root} holds no training/clean; give the folder that MPI-Sintel-complete was unpacked to")
    return found


def sintel_below(root: Path, render: str) -> Path | None:
    """The folder that holds the one of a render: `training` of a folder of Sintel, or that folder itself."""
    return next((f for f in (root / "training", root) if (f / render).is_dir()), None)


def sintel_pairs(root: Path, render: str) -> list[FramePair]:
    """Consecutive frames of `training/<render>/<sequence>/frame_*.png`; `render` is clean or final.

    `root` is the folder of Sintel, or its folder `training` (Butler et al., ECCV 2012).
    """
    below = sintel_below(root, render)
    if below is None:
        raise AlignError(f"{root} holds no training/{render}; give the folder that MPI-Sintel-complete was unpacked to")
    folder = below / render
    return _pairs(f"sintel_{render}", _folders(folder))


def davis_pairs(root: Path, split: str = "val", size: str = "480p") -> list[FramePair]:
    """Consecutive frames of `JPEGImages/<size>/<sequence>/*.jpg` of the sequences that ImageSets/2017/<split>.txt, or
    ImageSets/2016 beside it, names; all where there is no list (Perazzi et al., CVPR 2016; Pont-Tuset et al., 2017).
    """
    folder = root / "JPEGImages" / size
    if not folder.is_dir():
        raise AlignError(f"{root} holds no JPEGImages/{size}; give the folder that DAVIS was unpacked to")
    lists = (root / "ImageSets" / year / f"{split}.txt" for year in ("2017", "2016"))
    named = next((path for path in lists if path.is_file()), None)
    sequences = _folders(folder)
    if named is not None:
        with reading(named):
            words = [line.split()[0] for line in named.read_text(encoding="utf-8").splitlines() if line.strip()]
        # `bear`, or `/JPEGImages/480p/bear/00000.jpg ...` in the 2016 lists
        wanted = {Path(word).parent.name if "/" in word else word for word in words}
        sequences = [f for f in sequences if f.name in wanted]
    return _pairs("davis", sequences)


def _folders(parent: Path) -> list[Path]:
    with reading(parent):
        return sorted(path for path in parent.iterdir() if path.is_dir())


def _pairs(source: str, sequences: Sequence[Path]) -> list[FramePair]:
    found = []
    for folder in sequences:
        with reading(folder):
            frames = sorted(path for path in folder.iterdir() if path.suffix.lower() in _IMAGES)
        found += [FramePair(source, folder.name, a, b) for a, b in pairwise(frames)]
    if not found:
        raise AlignError(f"no two frames of one sequence were found for {source}; look at what the folder holds")
    return found

"""The layout that the released DMAligner trainer reads: four PNG files a sample and lists as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask, Split, scene_tasks
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.spec.outputs import Place

ROOT = "data/DSIA"
HEADER = "img1,img2,gt,mask"
FRAMES = 7
"""Samples of one sequence number, as in the lists of the release."""
DEBUG_ROWS = 15

FILES: dict[str, Place] = {
    "img1.png": ("image", "1"),
    "img2.png": ("image", "2"),
    "img1_warp_gt.png": ("image", "gt"),
    "input_mask.png": ("dynamic_union", None),
}
"""In the order of the CSV's columns."""


class DMAligner(ExportFormat):
    """`data/DSIA/<split>/<scene>_<sequence>_<frame>/`, sequence and frame from 1, at most 7 frames a sequence."""

    name = "dmaligner"
    about = "what the released DMAligner trainer reads"

    def needs(self) -> tuple[str, ...]:
        return tuple(output for output, _ in FILES.values())

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        names = {}
        for item in chosen.items:
            sequence, frame = divmod(item.row.pair, FRAMES)
            names[item.id] = f"{item.scene}_{sequence + 1}_{frame + 1:04d}"
        return scene_tasks(chosen, names)

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        for item, name in zip(task.items, task.names, strict=True):
            for file, place in FILES.items():
                source[item.id].pass_on(place, sink, f"{ROOT}/{task.split}/{name}/{file}")

    def finish(self, chosen: Chosen, tasks: Iterable[ExportTask], sink: Sink) -> None:  # noqa: ARG002
        """train, val and test.csv with all samples, and the *_debug.csv with a few; the trainer wants all four."""
        rows: dict[Split, list[str]] = {"train": [], "val": [], "test": []}
        for task in tasks:
            folders = [f"{ROOT}/{task.split}/{name}" for name in task.names]
            rows[task.split] += [",".join(f"{folder}/{file}" for file in FILES) for folder in folders]
        for split, lines in rows.items():
            if split == "val" and not lines:
                continue
            _csv(sink, split, lines)
            _csv(sink, f"{split}_debug", lines[:DEBUG_ROWS])


def _csv(sink: Sink, name: str, lines: list[str]) -> None:
    sink.put(f"data/csv_files/{name}.csv", "\n".join([HEADER, *lines, ""]).encode())

"""Pairs in a row: where I2 of one is I1 of the next, they are the frames of a video."""

from __future__ import annotations

from dataclasses import dataclass

from dsia_gen.dataset.export.contract import Chosen, ExportItem, ExportTask, scene_tasks
from dsia_gen.dataset.export.sample_source import FramedSample, SampleSource
from dsia_gen.spec.views import Role


@dataclass(frozen=True)
class FrameSequence:
    """Samples of one video: frame k is I1 of sample k; the last frame is I2 of the last sample."""

    name: str
    samples: tuple[FramedSample, ...]

    def frames(self) -> list[tuple[FramedSample, Role]]:
        """Where each frame is to be had: the sample and the role that it has there."""
        first: list[tuple[FramedSample, Role]] = [(sample, "1") for sample in self.samples]
        return [*first, (self.samples[-1], "2")]


def sequence_names(chosen: Chosen) -> dict[str, tuple[str, int]]:
    """The name of the video of each sample id, and its place in it from 0; a scene with gaps is several videos."""
    found: dict[str, tuple[str, int]] = {}
    for (_, scene), items in chosen.scenes().items():
        groups: list[list[ExportItem]] = []
        for item in items:
            if groups and groups[-1][-1].row.to_pair().view("2") == item.row.to_pair().view("1"):
                groups[-1].append(item)
            else:
                groups.append([item])
        for number, group in enumerate(groups):
            name = f"scene_{scene}" if number == 0 else f"scene_{scene}_{number}"
            found |= {item.id: (name, place) for place, item in enumerate(group)}
    return found


def sequence_tasks(chosen: Chosen, pattern: str, first: int) -> list[ExportTask]:
    """One task a scene; samples are named by a pattern such as `{0}/frame_{1:04d}` of video and frame from `first`."""
    places = sequence_names(chosen)
    names = {sample: pattern.format(video, frame + first) for sample, (video, frame) in places.items()}
    return scene_tasks(chosen, names)


def read_sequences(task: ExportTask, source: SampleSource) -> list[FrameSequence]:
    """The videos of a task."""
    groups: dict[str, list[FramedSample]] = {}
    for item, name in zip(task.items, task.names, strict=True):
        groups.setdefault(name.rpartition("/")[0], []).append(source[item.id])
    return [FrameSequence(name, tuple(samples)) for name, samples in groups.items()]

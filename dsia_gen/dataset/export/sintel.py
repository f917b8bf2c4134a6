"""MPI-Sintel's directories and files: clean, flow, occlusions, invalid, depth, camdata_left, and gt beside them."""

from __future__ import annotations

import numpy as np

from dsia_gen.dataset.array_files import encode_png
from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask, Split
from dsia_gen.dataset.export.encode import cam, dpt, flo
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sequences import read_sequences, sequence_tasks
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.spec.outputs import Occlusion

FOLDERS: dict[Split, str] = {"train": "training", "val": "validation", "test": "test"}


class Sintel(ExportFormat):
    """`<split>/<kind>/<video>/frame_NNNN.*`, frames from 1; flow and masks lead from a frame to the next.

    occlusions: 255 where a pixel is not seen in the next frame, leaving the image included. invalid: 255 where there
    is no ground truth; the flow there is 1e10. The sky is at infinite depth. gt: the next frame seen from this pose.
    """

    name = "sintel"
    about = "MPI-Sintel's directories: .flo, occlusions, invalid, .dpt, .cam"

    def needs(self) -> tuple[str, ...]:
        return ("image", "flow_1_to_2", "occlusion_1_to_2", "depth")

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        return sequence_tasks(chosen, "{0}/frame_{1:04d}", first=1)

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        file = FOLDERS[task.split] + "/{}/{}/frame_{:04d}.{}"
        for video in read_sequences(task, source):
            for number, (sample, role) in enumerate(video.frames(), start=1):
                sample.pass_on(("image", role), sink, file.format("clean", video.name, number, "png"))
                sink.put(file.format("depth", video.name, number, "dpt"), dpt(sample.array("depth", role)))
                sink.put(file.format("camdata_left", video.name, number, "cam"), cam(*sample.camera(role)))
            for number, sample in enumerate(video.samples, start=1):
                flow, reason = sample.array("flow_1_to_2"), sample.array("occlusion_1_to_2")
                invalid = np.isnan(flow).any(axis=-1) | (reason == Occlusion.NO_GROUND_TRUTH)
                hidden = (reason != Occlusion.VISIBLE) & (reason != Occlusion.NO_GROUND_TRUTH)
                sink.put(file.format("flow", video.name, number, "flo"), flo(flow))
                for kind, mask in (("occlusions", hidden), ("invalid", invalid)):
                    levels = mask.astype(np.uint8) * np.uint8(255)
                    sink.put(file.format(kind, video.name, number, "png"), encode_png(levels))
                sample.pass_on(("image", "gt"), sink, file.format("gt", video.name, number, "png"))

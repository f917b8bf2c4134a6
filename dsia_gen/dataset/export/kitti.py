"""KITTI 2015's flow directories: 16-bit PNG with a valid bit, with and without occluded pixels."""

from __future__ import annotations

import numpy as np

from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask, Split, scene_tasks
from dsia_gen.dataset.export.encode import kitti_flow
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import Role

FOLDERS: dict[Split, str] = {"train": "training", "val": "validation", "test": "testing"}
IMAGES: tuple[tuple[str, Role, str], ...] = (("image_2", "1", "10"), ("image_2", "2", "11"), ("image_gt", "gt", "10"))


class Kitti(ExportFormat):
    """`<split>/{image_2, image_gt, flow_occ, flow_noc, calib_cam_to_cam}/NNNNNN_10.*`, numbered within each split.

    Flow is rounded to 1/64 px; 512 px and more, and pixels without ground truth, are invalid.
    """

    name = "kitti"
    about = "KITTI 2015's directories: 16-bit PNG flow with a valid bit"

    def needs(self) -> tuple[str, ...]:
        return ("image", "flow_1_to_2", "occlusion_1_to_2")

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        names = {item.id: f"{number:06d}" for split in FOLDERS for number, item in enumerate(chosen.of_split(split))}
        return scene_tasks(chosen, names)

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        split = FOLDERS[task.split]
        for item, name in zip(task.items, task.names, strict=True):
            sample = source[item.id]
            for folder, role, frame in IMAGES:
                sample.pass_on(("image", role), sink, f"{split}/{folder}/{name}_{frame}.png")
            flow, reason = sample.array("flow_1_to_2"), sample.array("occlusion_1_to_2")
            known = np.isfinite(flow).all(axis=-1) & (reason != Occlusion.NO_GROUND_TRUTH)
            sink.put(f"{split}/flow_occ/{name}_10.png", kitti_flow(flow, known))
            sink.put(f"{split}/flow_noc/{name}_10.png", kitti_flow(flow, known & (reason == Occlusion.VISIBLE)))
            projection = np.hstack([sample.camera("1")[0], np.zeros((3, 1))]).ravel()
            size = f"S_rect_02: {sample.size[0]} {sample.size[1]}\n"
            text = f"{size}P_rect_02: {' '.join(f'{value:.12e}' for value in projection)}\n"
            sink.put(f"{split}/calib_cam_to_cam/{name}.txt", text.encode())

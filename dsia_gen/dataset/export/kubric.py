"""Kubric's names: rgba_, segmentation_, forward_flow_, backward_flow_, depth_, metadata.json, data_ranges.json."""

from __future__ import annotations

import colorsys
import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.array_files import encode_png
from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask
from dsia_gen.dataset.export.encode import png16_rgb
from dsia_gen.dataset.export.sample_source import FramedSample, SampleSource
from dsia_gen.dataset.export.sequences import FrameSequence, read_sequences, sequence_tasks
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.metadata import boxes

Range = tuple[float, float]
FLOWS = {"forward_flow": "flow_1_to_2", "backward_flow": "flow_2_to_1"}


class Kubric(ExportFormat):
    """`<split>/<video>/<kind>_NNNNN.*`, frames from 0.

    Flow is (row, column) as in Kubric, in 16 bits between the smallest and largest value of the video, which are in
    data_ranges.json: value = level / 65535 * (max - min) + min; pixels without ground truth are 0. forward_flow leads
    to the next frame, backward_flow to the one before; the last has no forward and the first no backward flow. depth
    is metres along the optical axis, infinite in the sky. gt_rgba_: the next frame seen from this frame's pose.
    """

    name = "kubric"
    about = "Kubric's names: rgba_, segmentation_, forward_flow_, backward_flow_, depth_, metadata.json"

    def needs(self) -> tuple[str, ...]:
        return ("image", "instances", "depth", *FLOWS.values())

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        return sequence_tasks(chosen, "{0}/{1:05d}", first=0)

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        for video in read_sequences(task, source):
            folder = f"{task.split}/{video.name}"
            for number, (sample, role) in enumerate(video.frames()):
                sink.put(f"{folder}/rgba_{number:05d}.png", _rgba(sample.array("image", role)))
                ids = sample.array("instances", role)
                sink.put(f"{folder}/segmentation_{number:05d}.png", segmentation(ids, sample.sample.id))
                depth = io.BytesIO()
                Image.fromarray(sample.array("depth", role)).save(depth, format="TIFF")
                sink.put(f"{folder}/depth_{number:05d}.tiff", depth.getvalue())
            ranges = {kind: write_flows(video, kind, folder, sink) for kind in FLOWS}
            for number, sample in enumerate(video.samples):
                sink.put(f"{folder}/gt_rgba_{number:05d}.png", _rgba(sample.array("image", "gt")))
            for name, document in (("data_ranges", ranges), ("metadata", metadata(video))):
                sink.put(f"{folder}/{name}.json", (json.dumps(document, indent=4, sort_keys=True) + "\n").encode())


def write_flows(video: FrameSequence, kind: str, folder: str, sink: Sink) -> dict[str, float]:
    """Write the flows of one kind, in two passes: one for the range, one for the files."""

    def read(sample: FramedSample) -> NDArray[np.float32]:
        return np.nan_to_num(sample.array(FLOWS[kind])[..., ::-1], nan=0.0)

    extremes = [(float(flow.min()), float(flow.max())) for flow in map(read, video.samples)]
    low, high = min(e[0] for e in extremes), max(e[1] for e in extremes)
    first = 0 if kind == "forward_flow" else 1
    for number, sample in enumerate(video.samples, start=first):
        sink.put(f"{folder}/{kind}_{number:05d}.png", scaled_png(read(sample), (low, high)))
    return {"min": low, "max": high}


def scaled_png(flow: NDArray[np.float32], limits: Range) -> bytes:
    """16-bit PNG of an (H, W, 2) array, the third channel zero; `limits` become 0 and 65535."""
    low, high = limits
    scale = 65535 / (high - low) if high > low else 0.0
    levels = np.rint((flow.astype(np.float64) - low) * scale).astype(np.uint16)
    return png16_rgb(np.concatenate([levels, np.zeros_like(levels[..., :1])], axis=-1))


def segmentation(ids: NDArray[np.uint16], where: str) -> bytes:
    """8-bit palette PNG of an (H, W) map of instance ids; StorageError above 255, which Kubric cannot hold either."""
    if ids.max(initial=0) > 255:
        raise StorageError(f"{where} has instance ids above 255, which Kubric's 8-bit segmentation cannot hold; "
                           "use another format")  # fmt: skip
    image = Image.fromarray(ids.astype(np.uint8))
    image.putpalette(_PALETTE)
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


_PALETTE = [0, 0, 0] + [
    round(255 * part) for i in range(255) for part in colorsys.hls_to_rgb((i * 0.618) % 1, 0.5 + 0.15 * (i % 2), 0.8)
]
"""Black for the environment, then hues a golden ratio apart."""


def _rgba(image: NDArray[np.uint8]) -> bytes:
    alpha = np.full((*image.shape[:2], 1), 255, dtype=np.uint8)
    return encode_png(np.concatenate([image, alpha], axis=-1))


def metadata(video: FrameSequence) -> dict[str, object]:
    """metadata.json: flags, metadata, camera and instances, each frame's values in lists, as Kubric has them.

    bboxes are [y_min, x_min, y_max, x_max] in parts of the image, for the frames in bbox_frames.
    """
    sample = video.samples[0]
    document = sample.scene.document
    about = document.metadata
    poses = [s.view(role).pose for s, role in video.frames()]
    times = [s.view(role).time for s, role in video.frames()]
    width, height = sample.size
    frames = [boxes(s.array("instances", role)) for s, role in video.frames()]
    instances: list[dict[str, object]] = []
    for entry in document.instances:
        seen = [number for number, found in enumerate(frames) if entry.id in found]
        corners = [frames[number][entry.id][1] for number in seen]
        instances.append({
            "asset_id": entry.asset_id,
            "segmentation_id": entry.id,
            "category": entry.kind,
            "is_dynamic": entry.moves,
            "scale": entry.scale,
            "positions": _of_frames(entry.positions, times),
            "quaternions": _of_frames(entry.quaternions, times),
            "visibility": [found.get(entry.id, (0,))[0] for found in frames],
            "bbox_frames": seen,
            "bboxes": [[y0 / height, x0 / width, y1 / height, x1 / width] for x0, y0, x1, y1 in corners],
        })  # fmt: skip
    return {
        "flags": {"seed": about.seed, "config": about.config, "setting": about.setting},
        "metadata": {
            "resolution": list(sample.size),
            "frame_rate": about.fps,
            "num_frames": len(poses),
            "num_instances": about.num_instances,
            "seed": about.seed,
            "background": about.background,
            "video_name": video.name,
        },
        "camera": {
            "focal_length": document.camera.focal_length,
            "sensor_width": document.camera.sensor_width,
            "positions": _of_frames(document.camera.positions, poses),
            "quaternions": _of_frames(document.camera.quaternions, poses),
            "K_pixels": sample.camera("1")[0].tolist(),
            "camera_to_world_opencv": _of_frames(document.camera.camera_to_world, poses),
        },
        "instances": instances,
    }


def _of_frames(values: Sequence[object] | None, frames: list[int]) -> list[object] | None:
    """The value of each frame; one value alone holds for all."""
    if not values:
        return None
    return [values[frame] if len(values) > 1 else values[0] for frame in frames]

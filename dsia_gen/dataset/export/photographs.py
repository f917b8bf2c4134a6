"""Pairs as a camera takes them: exposures, noise, blur, lens, white balance, JPEG, with all that was drawn."""

from __future__ import annotations

import json
from dataclasses import replace

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask, scene_tasks
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.export.webdataset import stem
from dsia_gen.dataset.photographic import PhotographicConfig, photograph_pair
from dsia_gen.spec.outputs import OUTPUTS, sample_places

TRUTH = ("flow_gt_to_2", "occlusion_gt_to_2", "dynamic_union")
"""Ground truth that goes along, unless the user names other outputs; what a data set lacks stays away."""


class Photographs(ExportFormat):
    """`<split>/<sample>/{I1, I2, Igt}.{png, jpg}` with photograph.json, and ground truth as it lies in the data set."""

    name = "photographic"
    about = "I1 and I2 as a camera takes them: brackets, noise, blur, vignetting, white balance, JPEG"
    optional = True
    settings = PhotographicConfig

    def needs(self) -> tuple[str, ...]:
        return ("linear",)

    def check(self, chosen: Chosen) -> None:
        if chosen.options.size is not None:
            raise ConfigError("--size", ["photographs have the size of the data set; leave --size out"])
        wanted = PhotographicConfig.model_validate_json(chosen.options.settings).needs()
        missing = [name for name in wanted if name not in chosen.dataset.outputs]
        if missing:
            raise StorageError(
                f"these settings need {', '.join(missing)}, which {chosen.dataset.layout.address} does not have; "
                f"add {', '.join(missing)} to `outputs:` of the job and render it again, or leave shutter at 0"
            )

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        named = chosen.options.outputs
        truth = named if named is not None else tuple(name for name in TRUTH if name in chosen.dataset.outputs)
        names = {item.id: item.id for item in chosen.items}
        kept = tuple(name for name in truth if OUTPUTS[name].kind != "image" or OUTPUTS[name].dtype != "uint8")
        return [replace(task, outputs=kept) for task in scene_tasks(chosen, names)]

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        config = PhotographicConfig.model_validate_json(source.settings)
        for item, name in zip(task.items, task.names, strict=True):
            sample, folder = source[item.id], f"{task.split}/{name}"
            shots = photograph_pair(sample.sample, config)
            for shot in shots:
                sink.put(f"{folder}/{shot.name}{shot.suffix}", shot.data)
            for place in sample_places(task.outputs).values():
                sample.pass_on(place, sink, f"{folder}/{stem(*place)}{OUTPUTS[place[0]].suffix}")
            record = {"sample": item.id, "pictures": {f"{s.name}{s.suffix}": dict(s.parameters) for s in shots}}
            sink.put(f"{folder}/photograph.json", (json.dumps(record, indent=2) + "\n").encode())

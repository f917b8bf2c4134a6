"""An export format: a folder a sample with its three images."""

from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportTask, scene_tasks
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink


class Triplets(ExportFormat):
    """`<sample>/{1, 2, gt}.png`."""

    name, about = "triplets", "three PNGs a sample"

    def needs(self) -> tuple[str, ...]:
        return ("image",)

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        return scene_tasks(chosen, {item.id: item.id for item in chosen.items})

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        for name in task.names:
            for role in ("1", "2", "gt"):
                source[name].pass_on(("image", role), sink, f"{name}/{role}.png")

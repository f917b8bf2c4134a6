"""The formats of exports. Another one: an `ExportFormat`, and its address here or an entry point of a package."""

from __future__ import annotations

from dsia_gen.core.registry import Registry
from dsia_gen.dataset.export.contract import ExportFormat

FORMATS: Registry[ExportFormat] = Registry(
    "export_formats",
    "export format",
    {
        "dmaligner": "dsia_gen.dataset.export.dmaligner:DMAligner",
        "webdataset": "dsia_gen.dataset.export.webdataset:WebDataset",
        "huggingface": "dsia_gen.dataset.export.huggingface:HuggingFace",
        "sintel": "dsia_gen.dataset.export.sintel:Sintel",
        "kitti": "dsia_gen.dataset.export.kitti:Kitti",
        "kubric": "dsia_gen.dataset.export.kubric:Kubric",
        "fiftyone": "dsia_gen.dataset.export.fiftyone:FiftyOne",
        "photographic": "dsia_gen.dataset.export.photographs:Photographs",
    },
    members=("name", "about", "needs", "tasks", "write"),
    instances=True,
)

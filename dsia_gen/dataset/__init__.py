"""Data sets on disk: layout, files, writer, index, reader, validation."""

from __future__ import annotations

from dsia_gen.dataset.index import read_job, update_index, write_job
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import scene_metadata
from dsia_gen.dataset.reader import Dataset, Sample, open_dataset
from dsia_gen.dataset.receipt import finished
from dsia_gen.dataset.status import dataset_status
from dsia_gen.dataset.writer import SceneWriter, record_failure

open = open_dataset

__all__ = [
    "Dataset",
    "DatasetLayout",
    "Sample",
    "SceneWriter",
    "dataset_status",
    "finished",
    "open",
    "open_dataset",
    "read_job",
    "record_failure",
    "scene_metadata",
    "update_index",
    "write_job",
]

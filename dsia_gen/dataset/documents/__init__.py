"""The documents of a data set as objects: what is in scene.json, run.json, dataset.json and samples.csv."""

from __future__ import annotations

from dsia_gen.dataset.documents.dataset_document import DatasetDocument, LedgerEntry, OutputEntry, Throughput
from dsia_gen.dataset.documents.run_document import FailureDocument, RunDocument, WorkerDocument
from dsia_gen.dataset.documents.sample_row import SampleRow, ShardRecord
from dsia_gen.dataset.documents.scene_document import InstanceEntry, LicenceEntry, PairEntry, SceneDocument

__all__ = [
    "DatasetDocument",
    "FailureDocument",
    "InstanceEntry",
    "LedgerEntry",
    "LicenceEntry",
    "OutputEntry",
    "PairEntry",
    "RunDocument",
    "SampleRow",
    "SceneDocument",
    "ShardRecord",
    "Throughput",
    "WorkerDocument",
]

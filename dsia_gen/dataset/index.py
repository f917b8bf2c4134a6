"""The index of a data set: dataset.json, samples.csv and ATTRIBUTION.md, built from the finished scenes."""

from __future__ import annotations

from typing import Any

from dsia_gen.config.job import JobConfig
from dsia_gen.dataset.layout import DatasetLayout


def write_job(layout: DatasetLayout, job: JobConfig) -> None:
    """Keep the resolved job beside the data."""
    raise NotImplementedError


def update_index(layout: DatasetLayout) -> dict[str, Any]:
    """Rebuild dataset.json, samples.csv and ATTRIBUTION.md, each in one step; returns dataset.json's document."""
    raise NotImplementedError

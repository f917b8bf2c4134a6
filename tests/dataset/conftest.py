"""Fixtures of the data set suites: a good data set of closed forms, made once, and copies to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dsia_gen.dataset import DatasetLayout
from tests.dataset.synthetic import write_dataset


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    """Two scenes, with three pairs and with one, and every output. Not to be written to."""
    return write_dataset(tmp_path_factory.mktemp("good") / "rectangles")


@pytest.fixture
def copy(good: DatasetLayout, tmp_path: Path) -> DatasetLayout:
    """A copy of the good data set that a test may break."""
    return DatasetLayout(shutil.copytree(good.root, tmp_path / "rectangles"))

"""Fixtures: a data set of closed forms whose four pairs are of four subsets, and one evaluation of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the [align] extra")

from dsia_gen.align.methods import MethodOptions
from dsia_gen.dataset import DatasetLayout
from dsia_gen.evaluate.evaluation_report import WrittenReport, write_evaluation
from dsia_gen.evaluate.hdr import HdrSettings
from dsia_gen.evaluate.run_evaluation import Request
from tests.align.make import WITHOUT_LEARNING
from tests.dataset.synthetic import write_dataset
from tests.files import rewrite_samples

SUBSETS = ("LcLf", "LcSf", "ScLf", "ScSf")
METHODS = (*WITHOUT_LEARNING, "raft", "dmaligner")


@contextmanager
def no_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows nothing."""
    yield lambda done, total: None


def spread(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each row another subset."""
    return [{**row, "subset": subset} for row, subset in zip(rows, SUBSETS, strict=True)]


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    """Two scenes, four pairs, every output. Not to be written to."""
    made = write_dataset(tmp_path_factory.mktemp("evaluated") / "rectangles")
    rewrite_samples(made, spread)
    return made


@pytest.fixture(scope="session")
def request_all(layout: DatasetLayout) -> Request:
    """Every method without weights, two that cannot run, HDR and all checks."""
    pytest.importorskip("cv2")
    return Request(
        METHODS, layout.root, checks=("exact", "consistency", "own"), hdr=HdrSettings(),
        options=MethodOptions(check=True),
    )  # fmt: skip


@pytest.fixture(scope="session")
def written(request_all: Request, tmp_path_factory: pytest.TempPathFactory) -> WrittenReport:
    """The report of `request_all`."""
    return write_evaluation(request_all, tmp_path_factory.mktemp("report"), no_bar)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "report"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the whole evaluation, which takes ten seconds, is slow."""
    for item in items:
        if "written" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)

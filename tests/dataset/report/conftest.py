"""Fixtures of the report's suites: data sets with something to filter and something broken, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.report import ReportResult, write_report
from tests.dataset.synthetic import write_dataset
from tests.files import Rows, rewrite_samples

BAD = "00000_0001"
"""The sample of `varied` with an image that is cut off."""
BROWSERS, DRIVERS = ("chromium", "chromium-browser", "google-chrome"), ("chromedriver",)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1400,900",
    "--disable-dev-shm-usage",  # a container's /dev/shm is small
    "--force-prefers-reduced-motion",  # or a click could meet a page that still scrolls
)  # fmt: skip


def edit_samples(layout: DatasetLayout, change: Callable[[dict[str, str]], None]) -> None:
    """Change each row of samples.csv in place."""

    def each(rows: Rows) -> Rows:
        for row in rows:
            change(row)
        return rows

    rewrite_samples(layout, each)


def _vary(row: dict[str, str]) -> None:
    """The second scene is an indoor one of another subset; motions are 1, 2, 3 and 10 px."""
    other = row["scene"] == "00001"
    row["setting"], row["subset"] = ("indoor", "LcSf") if other else ("outdoor", "ScLf")
    row["camera_motion_px"] = "10" if other else str(1 + int(row["pair"]))


@pytest.fixture(scope="session")
def varied(good: DatasetLayout, tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    """Four samples of two settings and subsets; Igt of BAD, which no other sample uses, is truncated."""
    layout = DatasetLayout(shutil.copytree(good.root, tmp_path_factory.mktemp("varied") / "rectangles"))
    edit_samples(layout, _vary)
    image = layout.scene("00000").path / "views" / "t0002_p0001" / "image.png"
    image.write_bytes(image.read_bytes()[:200])
    return layout


@pytest.fixture(scope="session")
def single(varied: DatasetLayout, tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    """The report of `varied` as one file."""
    return write_report(varied.root, tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="session")
def parted(varied: DatasetLayout, tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    """The report of `varied` as a folder."""
    return write_report(varied.root, tmp_path_factory.mktemp("parted"), single_page_pairs=0)


@pytest.fixture(scope="session")
def images_only(tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    """The report of a data set that holds pictures and nothing else."""
    layout = write_dataset(tmp_path_factory.mktemp("images") / "rectangles", scenes=1, outputs=("image",))
    return write_report(layout.root)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = next((path for name in DRIVERS if (path := shutil.which(name))), None)
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver; on Debian: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    started.set_script_timeout(300)
    yield started
    started.quit()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder to write a report into."""
    return tmp_path / "report"

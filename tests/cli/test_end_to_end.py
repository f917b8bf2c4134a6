"""From nothing to a validated data set with its page, through the command line and Blender itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import read_receipt
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.blender

SMALL = ("--set", "resolution=[64,36]", "--set", "quality.samples=2")


STOPPABLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from dsia_gen.cli.main import run
run()
"""


def dsia(checkout: Path, *words: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dsia_gen", *map(str, words)], cwd=checkout, capture_output=True, text=True, timeout=999,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    root = tmp_path_factory.mktemp("made") / "set"
    report = json.loads(dsia(checkout, "render", "tiny", "-o", root, "-q", "--json", *SMALL))
    assert report["complete"] and report["scenes"][0]["views"] == 5
    return root


def test_what_was_rendered_is_sound_and_has_a_page(made: Path, checkout: Path) -> None:
    found = json.loads(dsia(checkout, "dataset", "validate", made, "--json"))
    assert found["ok"] and found["samples"] == 2
    status = json.loads(dsia(checkout, "dataset", "status", made, "--json"))
    assert status["complete"]
    page = Path(json.loads(dsia(checkout, "dataset", "report", made, "--json"))["index"])
    assert page.stat().st_size > 10_000 and "http://" not in page.read_text().replace("http://www.w3.org", "")


def test_rendered_again_it_is_the_same(made: Path, checkout: Path, tmp_path: Path) -> None:
    dsia(checkout, "render", "tiny", "-o", tmp_path / "set", "-q", "--executor", "inline", *SMALL)
    first, second = (read_receipt(DatasetLayout(root).scene("00000")) for root in (made, tmp_path / "set"))
    differing = [name for name in first.files if first.files[name] != second.files.get(name)]
    assert differing == []


def test_a_gpu_that_is_not_there_stops_the_job_and_names_what_was_found(checkout: Path, tmp_path: Path) -> None:
    words = ("render", "tiny", "-o", tmp_path / "set", "-q", *SMALL, "--set", "resources.device=metal")
    if sys.platform == "darwin":
        pytest.skip("Metal is there on this system")
    out = dsia(checkout, *words, code=1)
    assert "DeviceError" in out and "CPU" in out
    assert json.loads(DatasetLayout(tmp_path / "set").failed("00000").error.read_text())["error"] == "DeviceError"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_says_how_to_go_on(checkout: Path, tmp_path: Path, how: signal.Signals) -> None:
    root = tmp_path / "set"
    command = [sys.executable, "-c", STOPPABLE, "render", "tiny", "-o", str(root), *SMALL]
    process = subprocess.Popen(command, cwd=checkout, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(root.glob(".partial/*/.worker")), process)
    process.send_signal(how)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 130 and "the same command goes on from there" in said
    assert sorted(p.name for p in root.iterdir()) == [
        "ATTRIBUTION.md", "DATASET_CARD.md", "dataset.json", "job.yaml", "samples.csv"
    ]  # fmt: skip


def test_a_contact_sheet(checkout: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    dsia(checkout, "scene", "preview", "tiny", "--resolution", "96x54", "--samples", 2, "-o", sheet)
    with Image.open(sheet) as picture:
        assert picture.width == 3 * (96 + 6) + 6 and len(picture.getcolors(1 << 20) or []) > 1000


def test_a_blend_file(checkout: Path, tmp_path: Path) -> None:
    dsia(checkout, "scene", "sample", "tiny", "-o", tmp_path / "spec.json")
    dsia(checkout, "scene", "build", tmp_path / "spec.json", "-o", tmp_path / "scene.blend")
    data = (tmp_path / "scene.blend").read_bytes()
    assert data.startswith((b"BLENDER", b"\x28\xb5\x2f\xfd")) and len(data) > 50_000, "plain or zstd"

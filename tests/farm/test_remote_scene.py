"""What becomes of a scene on another machine whose files cannot be proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.remote_scene import proven
from dsia_gen.pipeline.outcome import SceneResult
from tests.farm.fakes import task
from tests.farm.stub import stub_scene
from tests.s3 import CuttingProxy

pytestmark = pytest.mark.slow


def made(root: Path | str) -> SceneResult:
    return stub_scene(task(0, "tiny"), root, lambda _: None)


def test_a_network_that_is_lost_is_named_and_is_no_fault_of_the_scene(s3: CuttingProxy) -> None:
    result = made(s3.address)
    s3.cut(times=10_000, after=0)
    found = proven(result, task(0, "tiny"), DatasetLayout(s3.address))
    s3.cut(times=0, after=0)
    assert found.error == "NetworkError" and "in 6 tries" in found.message and "check the connection" in found.message
    assert proven(result, task(0, "tiny"), DatasetLayout(s3.address)).ok, "the receipt was not withdrawn"


def test_files_that_are_not_those_of_the_receipt_withdraw_it(tmp_path: Path) -> None:
    result, layout = made(tmp_path), DatasetLayout(tmp_path)
    assert proven(result, task(0, "tiny"), layout) is result
    image = next(layout.scene("00000").path.rglob("image.png"))
    image.write_bytes(image.read_bytes()[:-1])
    found = proven(result, task(0, "tiny"), layout)
    assert found.error == "WorkerError" and "image.png has" in found.message
    assert not layout.scene("00000").receipt.exists()

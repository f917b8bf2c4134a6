"""`dsia-gen evaluate` and `dsia-gen train flow` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsia_gen.dataset import DatasetLayout
from tests.dataset.synthetic import write_dataset

pytest.importorskip("torch", reason="needs the [align] extra")
pytest.importorskip("cv2", reason="needs the [evaluate] extra")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    return write_dataset(tmp_path_factory.mktemp("evaluate") / "rectangles", scenes=1)


@pytest.mark.slow
def test_a_report_and_a_table(dsia, layout: DatasetLayout, tmp_path: Path) -> None:
    words = ("evaluate", layout.root, "--methods", "identity,dis,dmaligner,oracle_flow", "-o", tmp_path / "report")
    code, out, err = dsia(*words)
    assert code == 0
    assert "all pixels" in out and "without occluded pixels" in out and "identity" in out
    assert f"report: {tmp_path / 'report' / 'index.html'}" in out
    assert "n/a: dmaligner: no weights: give --checkpoint RUN" in err
    code, out, _ = dsia(*words, "--json")
    document = json.loads(out)
    assert code == 0 and [m["name"] for m in document["methods"]] == ["identity", "dis", "oracle_flow", "dmaligner"]


def test_methods_are_listed(dsia) -> None:
    code, out, _ = dsia("evaluate", "--list")
    assert code == 0 and "multi_homography" in out and "MAGSAC" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--methods", "identiti"), "did you mean 'identity'"),
        (("--occlusion", "exakt"), "did you mean 'exact'"),
        (("--weights", "raft"), "raft=WEIGHTS"),
        (("--hdr", "--hdr-stops", "2"), "2,-3"),
        (("--precision", "fp8"), "neither fp32 nor bf16"),
        (("--sintel", "nowhere"), "training/clean"),
        (("--checkpoint", "nowhere"), "nowhere"),
        (("--subset", "Lcl"), "no sample to evaluate"),
    ],
)
def test_mistakes_are_answered_with_a_next_step(
    dsia, layout: DatasetLayout, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, _, err = dsia("evaluate", layout.root, "-o", tmp_path / "report", *words)
    assert code != 0
    assert sentence in " ".join(err.replace("│", " ").split())


def test_training_a_flow_network_without_ptlflow_says_what_to_install(dsia, tmp_path: Path) -> None:
    import importlib.util

    if importlib.util.find_spec("ptlflow") is not None:
        pytest.skip("ptlflow is installed")
    code, _, err = dsia("train", "flow", "flow_tiny", "-o", tmp_path / "run", "--set", "data.synthetic.kind=patch")
    assert code == 1 and "raft_small needs ptlflow; run: pip install" in err

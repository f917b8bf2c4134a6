"""A new row in a table is all it takes: outputs and measures that a fixture adds are followed everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset

from dsia_gen.annotate.pair_measures import PAIR_MEASURES, PairMeasure
from dsia_gen.dataset import DatasetLayout, open_dataset, update_index
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.export import ExportOptions, decode_exr, export
from dsia_gen.dataset.report import write_report
from dsia_gen.dataset.validate import validate
from dsia_gen.spec.outputs import OUTPUTS, Output, output_named, resolve_outputs, sample_places
from dsia_gen.spec.views import Pair, View
from tests.annotate import test_pair_truth as annotated
from tests.dataset.breaking import seal
from tests.dataset.synthetic import Array, Truth, make_spec, write_dataset, write_scene
from tests.outputs_page import outputs_markdown

FACING = Output(
    "facing", "vector", "annotate", "view", "exr32", ("X", "Y", "Z"), "-", "NaN", "directions for a test",
    default=False, axes="camera", rules=("surface", "unit_length", "faces_camera"),
)  # fmt: skip
UNIT_VECTORS = [FACING.name, *(row.name for row in OUTPUTS.values() if "unit_length" in row.rules)]
DOUBLE = PairMeasure(
    "twice_px", "px", "Twice the motion", "for a test", lambda pair: 2 * pair.flow("1", "2").flow[0, 0, 0]
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatasetLayout]:
    """A data set with an output that only the fixture's row describes. Not to be written to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OUTPUTS, FACING.name, FACING)
        yield write_dataset(tmp_path_factory.mktemp("rows") / "data", scenes=1, outputs=resolve_outputs(["all"]))


def test_a_new_output_is_known_by_name_place_and_group(data: DatasetLayout) -> None:
    assert FACING.name in resolve_outputs(["all"]) and FACING.name not in resolve_outputs(["default"])
    assert sample_places([FACING.name])["facing_gt"] == ("facing", "gt")
    assert output_named("facing") is FACING and "| `facing` | vector |" in outputs_markdown()


def test_a_new_output_is_validated(data: DatasetLayout) -> None:
    report = validate(data.root)
    assert report.problems == (), report.lines()


@pytest.mark.parametrize("name", UNIT_VECTORS)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: a * np.float32(1.01), "length 1"),
        (lambda a: -a, "away from the camera"),
        (lambda a: np.nan_to_num(a, nan=0.5), "not NaN where there is none"),
        (lambda a: np.where(np.arange(a.shape[1])[None, :, None] == 5, np.nan, a).astype(np.float32), "not finite"),
    ],
    ids=["longer", "turned round", "in the sky", "without a value"],
)
def test_a_corrupted_vector_is_found(
    data: DatasetLayout, tmp_path: Path, name: str, spoil: Callable[[Array], Array], message: str
) -> None:
    write_scene(layout := DatasetLayout(tmp_path), "00000", make_spec(pairs=1), ("image", "depth", name))
    update_index(layout)
    path = layout.scene("00000").file(name, view=View(1, 0))
    write_array(OUTPUTS[name], path, spoil(read_array(OUTPUTS[name], path)))
    seal(layout)
    found = [p for p in validate(layout.root).errors if p.check == "vectors_legal"]
    assert found and {p.file for p in found} == {f"views/t0001_p0000/{name}.exr"}
    assert any(message in p.message for p in found)


def test_a_new_output_is_a_layer_of_the_report(data: DatasetLayout, tmp_path: Path) -> None:
    write_report(data.root, tmp_path / "page", single_page_pairs=0)
    text = (tmp_path / "page/data/00000/view/t0000_p0000.js").read_text()
    layers = {entry["name"]: entry for entry in json.loads(text[text.index(", ") + 2 : text.rindex(")")])["layers"]}
    assert layers["facing"]["kind"] == "vector" and len(layers["facing"]["planes"]) == 3


def test_a_new_output_is_exported(data: DatasetLayout, tmp_path: Path) -> None:
    sample = open_dataset(data.root)[0]
    wanted = sample.array("facing", "gt")
    for size in (None, (64, 30)):
        folder = tmp_path / f"{size}"
        options = ExportOptions(ratios=(1.0, 0.0, 0.0), outputs=("image", "facing"), size=size)
        export(data.root, folder, "webdataset", options)
        shards = webdataset.WebDataset(str(folder / "train-000000.tar"), shardshuffle=False).decode(decode_exr)
        found = {row["__key__"]: row["facing_gt.exr"] for row in shards}[sample.id]
        if size is None:
            assert np.array_equal(found, wanted, equal_nan=True)
        else:
            assert found.shape == (30, 64, 3) and np.nanmax(np.abs(np.linalg.norm(found, axis=-1) - 1)) < 1e-6


class Doubled(Truth):
    """Rectangles with one more measure."""

    def summary(self, pair: Pair, arrays: dict[str, Array]) -> dict[str, Any]:
        return {**super().summary(pair, arrays), DOUBLE.name: 10.0 * pair.index}


def test_a_new_measure_is_followed_to_samples_report_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAIR_MEASURES, DOUBLE.name, DOUBLE)
    truth = annotated.run(("flow_1_to_2",))[0]
    assert truth.measures["twice_px"] == 2 * truth.arrays["flow_1_to_2"][0, 0, 0]
    layout, spec = DatasetLayout(tmp_path / "data"), make_spec()
    write_scene(layout, "00000", spec, ("image", "dynamic_union"), truth=Doubled(spec))
    update_index(layout)
    assert [row["twice_px"] for row in open_dataset(layout.root).rows] == [0.0, 10.0, 20.0]
    write_report(layout.root, tmp_path / "page")
    page = (tmp_path / "page/index.html").read_text()
    document = json.loads(page[page.index('id="report">') + 12 :].split("</script>", 1)[0])
    assert "Twice the motion" in [measure["title"] for measure in document["measures"]]
    assert [card["twice_px"] for card in document["samples"]] == [0.0, 10.0, 20.0]
    assert "twice_px" in [histogram["key"] for histogram in document["overview"]["histograms"]]
    chosen = export(layout.root, tmp_path / "few", "dmaligner", where="twice_px > 5")
    assert chosen.left_out == 1


def test_a_data_set_without_a_measure_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = write_dataset(tmp_path, scenes=1, outputs=("image", "dynamic_union"))
    monkeypatch.setitem(PAIR_MEASURES, DOUBLE.name, DOUBLE)
    assert open_dataset(layout.root)[0].row["twice_px"] is None

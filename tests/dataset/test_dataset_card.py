"""The card: everything that is asked of a data set, from dataset.json alone."""

from __future__ import annotations

from dsia_gen.dataset import DatasetLayout, open_dataset
from dsia_gen.dataset.dataset_card import LIMITS, dataset_card
from dsia_gen.dataset.documents import LedgerEntry
from dsia_gen.dataset.provenance import RendererEntry


def test_the_card_lies_in_the_data_set_and_answers(good: DatasetLayout) -> None:
    info = open_dataset(good.root).info
    text = good.card.read_text()
    assert text == dataset_card(info)
    assert "4 triplets from 2 rendered dynamic scenes at 128x72" in text
    for words in ("| pairs | 4 |", "job seed: 0", "| CC0-1.0 | 2 | unknown | unknown |", info.content_hash,
                  "`flow_gt_to_2`", "@software", info.made_by.package[0], *LIMITS):  # fmt: skip
        assert words in text, words


def test_licences_are_counted_by_right(good: DatasetLayout) -> None:
    ledger = [
        LedgerEntry(id="a", licence="CC-BY-4.0", redistribution="yes", training="yes"),
        LedgerEntry(id="b", licence="CC-BY-4.0", redistribution="yes", training="unknown"),
        LedgerEntry(id="c", licence="Shop | EULA", redistribution="no", training="no"),
    ]
    info = open_dataset(good.root).info.model_copy(update={"licences": ledger})
    text = dataset_card(info)
    assert "| CC-BY-4.0 | 2 | yes | unknown 1, yes 1 |" in text and "| Shop \\| EULA | 1 | no | no |" in text


def test_an_empty_data_set_has_a_card(good: DatasetLayout) -> None:
    info = open_dataset(good.root).info
    counts = info.counts.model_copy(update={"pairs": 1, "subsets": {}})
    info = info.model_copy(update={"counts": counts, "licences": [], "resolution": None, "seed": None})
    text = dataset_card(info)
    assert "1 triplet from" in text and "not measured" in text and "seed: unknown" in text


def test_mixed_renderers_are_named(good: DatasetLayout) -> None:
    info = open_dataset(good.root).info
    assert "several versions" not in dataset_card(info)
    two = [RendererEntry(blender="4.5.3", dsia_gen="0.2.0", scenes=2), RendererEntry(blender="5.0.0", scenes=1)]
    text = dataset_card(info.model_copy(update={"renderers": two}))
    assert "several versions" in text and "Blender 4.5.3 with dsia-gen 0.2.0 (2 scenes)" in text

"""Kinds of training: each is complete, and is found by its configuration and by what it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods import METHODS  # noqa: E402
from dsia_gen.align.training.trainable import TRAINABLES, trainable_for, trainable_of  # noqa: E402
from tests.align.make import aligner_config, codec_config  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", TRAINABLES.names())
def test_every_kind_says_what_it_is(name: str) -> None:
    kind = TRAINABLES.get(name)
    assert kind.name == name and kind.help.endswith(".") and kind.about.endswith(".")
    assert kind.method == "" or kind.method in METHODS


def test_the_class_of_a_configuration_names_its_kind() -> None:
    assert trainable_for(aligner_config()).name == "aligner"
    assert trainable_for(codec_config()).name == "codec"


def test_a_run_is_known_by_what_it_left(tmp_path: Path) -> None:
    assert trainable_of("owner/name").name == "aligner"
    assert trainable_of(str(tmp_path)).name == "aligner"
    (tmp_path / "flow.json").write_text("{}")
    assert trainable_of(str(tmp_path)).name == "flow"

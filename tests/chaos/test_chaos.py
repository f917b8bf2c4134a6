"""A short form of the chaos: a few blows of each kind; `make chaos` deals them for ten minutes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import disk, rivals, signals, store
from tests.chaos.attack import Blow, Setting, nothing_false

pytestmark = pytest.mark.slow
LOCAL, INLINE = ("--executor", "local"), ("--executor", "inline")


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Two scenes of a second each, and what they are when nothing happens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUB_SECONDS", "0.5")
        made = Setting(tmp_path_factory.mktemp("chaos"), random.Random(7), scene="stub", scenes=2)
        made.prepare()
    return made


@pytest.fixture(autouse=True)
def unhurt(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that an attack demands has held."""
    monkeypatch.setenv("STUB_SECONDS", "0.5")
    setting.blows.clear()
    yield
    assert setting.blows and not [blow.line for blow in setting.blows if blow.wrong]


def test_signals(setting: Setting) -> None:
    signals.storm(setting, 2, *LOCAL, kinds=("HUP", "KILL"))


def test_a_folder_that_goes(setting: Setting) -> None:
    disk.removed_folder(setting, *INLINE)


def test_a_frozen_driver(setting: Setting) -> None:
    rivals.frozen(setting, setting.folder / "frozen", *INLINE)


def test_a_store_that_is_away(setting: Setting) -> None:
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    with store.store(setting) as proxy:
        store.away(setting, proxy, *INLINE, presses=1)


def test_what_does_not_hold_is_told(setting: Setting, tmp_path: Path) -> None:
    """The attacks can fail: a scene that was changed after its receipt is seen."""
    place = tmp_path / "set"
    shutil.copytree(setting.folder / "reference", place)
    picture = next(place.glob("scenes/*/views/*/image.png"))
    picture.write_bytes(picture.read_bytes()[::-1])
    blow = Blow("a false receipt", "here", 0.0)
    nothing_false(blow, setting, place)
    assert blow.wrong == [f"scene {picture.parts[-4]} has a receipt and is not whole"]
    setting.struck(Blow("told", "here", 0.0))

"""The presets for a user's own assets: what the folder holds comes first, what it lacks is built in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.presets import preset_names
from dsia_gen.spec.asset import CharacterFile
from tests.sampling import own_library as own

pytestmark = pytest.mark.slow
REAL = [name for name in preset_names("scene_configs") if name.startswith("real_") and name != "real_tiny"]
SHORT = ("sequence.pairs=1", "props.count=[1, 2]", "room.furniture=[1, 2]", "objects.count=[1, 2]")
OWN = {"own/person", "own/walk", "own/mug", "own/sky", "own/path"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("own")
    own.textures(place)
    own.others(place)
    return place


def test_there_are_presets_for_places_and_subsets() -> None:
    assert set(REAL) == {f"real_{name}" for name in ("outdoor", "indoor", "mixed", "lclf", "lcsf", "sclf", "scsf")}


@pytest.mark.parametrize("name", REAL)
def test_each_preset_draws_what_the_folder_holds(folder: Path, name: str) -> None:
    spec = own.scene(folder, name, 1, *SHORT)
    assert spec.config == name
    drawn = {use.id for use in spec.assets if use.kind in ("character", "motion", "hdri", "trajectory")}
    assert drawn <= OWN and {"own/sky", "own/path"} <= drawn
    foreground = {i.asset for i in spec.instances if i.role == "foreground"}
    assert foreground <= OWN
    assert all(isinstance(i.shape, CharacterFile) for i in spec.instances if i.asset == "own/person")


def test_what_the_folder_lacks_is_built_in(tmp_path: Path) -> None:
    own.textures(tmp_path)
    spec = own.scene(tmp_path, "real_outdoor", 1, *SHORT)
    assert {use.id.split("/")[0] for use in spec.assets if use.kind != "texture"} <= {"builtin", "blender"}
    assert any(i.role == "foreground" for i in spec.instances)


def test_elsewhere_own_and_built_in_assets_are_mixed(folder: Path) -> None:
    spec = own.scene(folder, "tiny", 1, "objects.count=[3, 3]")
    assert {i.asset for i in spec.instances if i.role == "foreground"} - OWN

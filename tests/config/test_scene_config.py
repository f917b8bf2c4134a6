"""Scene configurations: mixes, and names of earlier versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.errors import ConfigError, RenamedKeyWarning


def test_names_of_earlier_versions_are_read_from_files_and_overrides(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("name: old\nsequence: {ways: 4}\ndressing: {count: [1, 2]}\n")
    with pytest.warns(RenamedKeyWarning) as caught:
        config = load_scene_config(str(path))
    assert (config.sequence.pair_directions, config.props.count) == (4, (1, 2))
    assert sorted(str(w.message).partition(": ")[2] for w in caught) == [
        "line 2: ways is called pair_directions now; write pair_directions",
        "line 3: dressing is called props now; write props",
    ]
    with pytest.warns(RenamedKeyWarning, match="override 'dressing.count=.*props"):
        assert load_scene_config("outdoor", {"dressing.count": [0, 0]}).props.count == (0, 0)
    with pytest.warns(RenamedKeyWarning, match="override 'sequence.ways=2'.*pair_directions"):
        mixed = load_scene_config("mixed", ["sequence.ways=2"])
    assert {v.scene.sequence.pair_directions for v in mixed.variants} == {2}


def test_both_names_of_a_key_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "both.yaml"
    path.write_text("name: both\ndressing: {count: [1, 2]}\nprops: {count: [1, 2]}\n")
    with pytest.raises(ConfigError, match="line 2: dressing is the former name of props"):
        load_scene_config(str(path))


def test_what_a_mix_gives_goes_to_each_of_its_parts() -> None:
    config = load_scene_config("sclf")
    assert [v.scene.setting for v in config.variants] == ["outdoor", "indoor"]
    assert all(v.scene.motion == config.motion for v in config.variants)

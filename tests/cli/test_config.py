"""`dsia-gen config`: shows what a file comes to, checks it, and writes schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from dsia_gen.config.presets import preset_names


@pytest.mark.parametrize("name", ["tiny", "lclf", "quickstart"])
def test_what_is_shown_is_the_same_configuration(dsia, name: str, tmp_path: Path) -> None:
    shown = dsia("config", "show", name)
    assert shown.code == 0, shown.err
    document = yaml.safe_load(shown.out)
    assert document["version"] == 2 and document["name"] == name
    path = tmp_path / "shown.yaml"
    path.write_text(shown.out)
    again = dsia("config", "show", path)
    assert yaml.safe_load(again.out) == document
    assert json.loads(dsia("config", "show", name, "--json").out) == document


def test_an_override_is_shown(dsia) -> None:
    shown = yaml.safe_load(dsia("config", "show", "tiny", "--kind", "scene", "--set", "motion.camera_px=[6,14]").out)
    assert shown["motion"]["camera_px"] == [6, 14] and "camera_px_at_960" not in shown["motion"]


def test_a_name_of_two_presets_is_told(dsia) -> None:
    assert "--kind scene" in dsia("config", "show", "tiny").err
    assert dsia("config", "show", "tiny", "--kind", "scene").err == dsia("config", "show", "lclf").err == ""


def test_the_keys_of_a_kind_are_listed(dsia) -> None:
    rows = {row["key"]: row for row in json.loads(dsia("config", "show", "scene", "--json").out)}
    assert rows["camera.lens_mm"]["unit"] == "mm" and rows["motion.cover"]["range"] == "0 to 1"
    assert "motion.camera_px_at_960" in dsia("config", "show", "scene").out


def test_without_a_name_the_presets_are_listed(dsia) -> None:
    presets = {"job": preset_names("render_jobs"), "scene": preset_names("scene_configs")}
    assert json.loads(dsia("config", "show", "--json").out) == presets
    assert dsia("config", "show", "--kind", "scene").out.split() == ["scene:", *", ".join(presets["scene"]).split()]


def test_check_reports_all_mistakes_of_all_files(dsia, tmp_path: Path) -> None:
    good, bad, part = (tmp_path / name for name in ("good.yaml", "bad.yaml", "part.yaml"))
    part.write_text("version: 2\nname: part\nlihgt: {}\ncamera: {lens_mm: [50, 20]}\n")
    good.write_text("version: 2\nname: good\nscenes: [{config: tiny}]\n")
    bad.write_text("version: 2\nname: bad\nscenes: [{config: tiny, set: {camera.lens: [1, 2]}}]\n")
    assert "good.yaml: right (job)" in dsia("config", "check", good).out
    for path, words in ((bad, ["camera.lens"]), (part, ["line 3: lihgt", "'light'", "line 4: camera.lens_mm"])):
        found = dsia("config", "check", good, path)
        assert found.code == 2 and all(word in found.err for word in words), found.err
    good.write_text("version: 2\nname: good\nscenes: [{config: part.yaml}]\n")
    assert "lihgt" in dsia("config", "check", good).err
    assert dsia("config", "check", "lclf", "dsia_train").code == 0


def test_what_is_not_there_or_not_a_configuration_is_named(dsia, tmp_path: Path) -> None:
    assert "did you mean 'outdoor'" in dsia("config", "show", "outdor").err
    other = tmp_path / "other.yaml"
    other.write_text("colour: red\n")
    assert "--kind" in dsia("config", "check", other).err
    assert "did you mean 'scene'" in dsia("config", "schema", "scenes").err


def test_a_schema_is_json(dsia) -> None:
    assert json.loads(dsia("config", "schema", "job").out)["properties"]["scenes"]

"""Scenes: same inputs, same bytes; nothing inside anything else; the foreground is in view."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.assets.library import load_library
from dsia_gen.config.presets import preset_folder
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import AssetError, ConfigError
from dsia_gen.motion.gait_data import GAITS
from dsia_gen.procedural.manifest_text import manifest_text
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.spec.camera import project
from dsia_gen.spec.light import Render
from dsia_gen.spec.motion import RigidPath
from dsia_gen.spec.record import canonical_json
from dsia_gen.spec.scene import SceneSpec
from tests.sampling.scenes import SIZE, scene


@pytest.mark.slow
@pytest.mark.parametrize("name", ["outdoor", "indoor", "tiny"])
def test_two_processes_make_the_same_bytes(name: str) -> None:
    script = (
        "import sys; from tests.sampling.scenes import scene; from dsia_gen.spec.record import canonical_json;"
        f"sys.stdout.write(canonical_json(scene({name!r}, 0)))"
    )
    root = Path(__file__).resolve().parents[2]
    env = os.environ | {"PYTHONHASHSEED": "77", "PYTHONPATH": str(root)}
    other = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env, cwd=root
    )
    assert other.stdout == canonical_json(scene(name, 0))


def test_a_scene_survives_its_json_and_seeds_differ() -> None:
    spec = scene("outdoor", 1)
    assert SceneSpec.model_validate_json(canonical_json(spec)) == spec
    assert spec.hash() != scene("outdoor", 2).hash()


@pytest.mark.parametrize("name", ["outdoor", "indoor"])
def test_over_many_seeds_there_is_a_moving_foreground_in_view(name: str) -> None:
    shown = 0
    for seed in range(3):
        spec = scene(name, seed)
        movers = [i for i in spec.instances if i.role == "foreground" and i.motion.type != "still"]
        shown += bool(movers)
        assert len({i.id for i in spec.instances}) == len(spec.instances)
        for instance in movers:
            if isinstance(instance.motion, RigidPath):
                assert _seen(spec, np.array(instance.motion.positions)) >= 0.3
    assert shown == 3


def _seen(spec: SceneSpec, places: np.ndarray) -> float:
    inside = []
    for pair in spec.pairs:
        pixel, depth = project(spec.camera.intrinsics(), spec.camera.camera_to_world(pair.p1), places[pair.t1])
        inside.append(depth > 0 and -40 <= pixel[0] <= SIZE[0] + 40 and -80 <= pixel[1] <= SIZE[1] + 120)
    return float(np.mean(inside))


def test_no_count_may_be_asked_for_in_vain() -> None:
    spec = scene("outdoor", 3, "characters.count=[0, 0]", "objects.count=[2, 2]", "props.count=[0, 0]")
    assert {i.role for i in spec.instances} == {"foreground"}


def test_unknown_ids_are_named_with_the_nearest() -> None:
    with pytest.raises(AssetError, match="did you mean 'builtin/object/crate'"):
        scene("outdoor", 1, "objects.assets=[builtin/object/cratte]")


def test_files_without_an_asset_folder_say_what_to_do() -> None:
    with pytest.raises(AssetError, match="--assets"):
        scene("real_tiny", 1)


def test_a_missing_file_names_file_and_manifest_entry(tmp_path: Path) -> None:
    config = load_scene_config("real_tiny")
    with pytest.raises(AssetError, match=r"missing \(entry 're10k.*real_tiny.yaml"):
        sample_scene(config, load_library(config.manifests, tmp_path), 1, SIZE, Render())


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    config = load_scene_config("real_tiny")
    path = tmp_path / "trajectories/re10k/0c11dbe781b1c11c.txt"
    path.parent.mkdir(parents=True)
    path.write_text("something else")
    with pytest.raises(AssetError, match="SHA-256 differs"):
        sample_scene(config, load_library(config.manifests, tmp_path), 1, SIZE, Render())


def test_two_manifests_may_not_list_the_same_id() -> None:
    with pytest.raises(ConfigError, match="rename one"):
        load_library(["objects", str(preset_folder("assets_manifest") / "objects.yaml")])


def test_the_manifests_of_the_built_in_library_are_complete() -> None:
    """assets_manifest/objects.yaml and motions.yaml list what the code has: run `make tables` when this fails."""
    assert (preset_folder("assets_manifest") / "objects.yaml").read_text() == manifest_text()
    library = load_library(["motions"])
    assert [entry.builtin for entry in library.of("motion")] == list(GAITS)


def test_every_field_of_a_scene_configuration_can_be_left_out() -> None:
    assert SceneConfig(name="x").setting == "outdoor"

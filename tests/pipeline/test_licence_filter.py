"""A job that asks for licences is told what that leaves out, and what is then missing, before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dsia_gen.cli.main import app
from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.core.errors import AssetError
from dsia_gen.pipeline.fingerprint import fingerprint
from dsia_gen.pipeline.licence_filter import licence_losses
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.tasks import plan_job

FEW = {"sequence.pairs": 1, "characters.count": [0, 0], "objects.count": [1, 1], "props.count": [0, 0]}


def own_manifest(folder: Path, **permission: str) -> Path:
    """Three objects and a motion of a user, none of which is there: they are left out before anyone looks."""
    path = folder / "mine.yaml"
    common = {"source": "me", "licence": "mine", **permission}
    assets = [{"id": f"mine/{n}", "kind": "object", "file": f"{n}.obj", "size": 0.3, **common} for n in "abc"]
    assets.append({"id": "mine/walk", "kind": "motion", "file": "walk.bvh", **common})
    for asset in assets[:3]:
        asset["tags"] = ["foreground", "outdoor"]
    path.write_text(yaml.safe_dump({"assets": assets}))
    return path


def job(manifest: Path, licences: str, **more: object) -> JobConfig:
    manifests = ["characters", "motions", "objects", "hdris", "trajectories", str(manifest)]
    group = SceneGroup(config="outdoor", count=2, set={**FEW, "manifests": manifests, **more})
    return JobConfig.model_validate(
        {"name": "j", "scenes": [group.model_dump()], "licences": licences, "resolution": [96, 64]}
    )


def test_losses_are_counted_by_kind(tmp_path: Path) -> None:
    manifest = own_manifest(tmp_path, training="no", redistribution="yes")
    assert licence_losses(job(manifest, "any")) == {}
    assert licence_losses(job(manifest, "trainable")) == {"motion": 1, "object": 3}


@pytest.mark.slow
def test_unknown_is_not_allowed_and_the_scene_does_without(tmp_path: Path) -> None:
    wanted = job(own_manifest(tmp_path), "redistributable")
    assert licence_losses(wanted) == {"motion": 1, "object": 3}
    spec, _ = sample_task(plan_job(wanted)[0])
    assert not [asset.id for asset in spec.assets if asset.id.startswith("mine/")]


def test_too_little_left_is_an_error_that_says_what(tmp_path: Path) -> None:
    wanted = job(own_manifest(tmp_path, training="no"), "trainable", **{"objects.assets": ["mine/a"]})
    with pytest.raises(AssetError, match=r"'mine/a' .*`licences: trainable` does not allow it"):
        licence_losses(wanted)


def test_the_rule_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    manifest = own_manifest(tmp_path)
    found = {rule: fingerprint(plan_job(job(manifest, rule))[0], "{}") for rule in ("any", "trainable")}
    assert found["any"].content != found["trainable"].content


@pytest.mark.slow
def test_render_says_it(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    wanted = job(own_manifest(tmp_path, training="no"), "trainable")
    path.write_text(yaml.safe_dump(wanted.model_dump(mode="json")))
    result = CliRunner().invoke(app, ["render", str(path), "-o", str(tmp_path / "out"), "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "licences: trainable leaves out 1 motion, 3 objects of this job's assets" in result.stderr

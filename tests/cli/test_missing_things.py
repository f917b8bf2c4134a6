"""What is missing is refused before anything is made, with the name of the thing and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core.errors import ConfigError

NO_FOLDER = "there is no folder"


@pytest.mark.parametrize(
    "words",
    [
        ("render", "tiny", "-o", "set"),
        ("render", "tiny", "--dry-run"),
        ("scene", "sample", "tiny", "-o", "spec.json"),
        ("scene", "build", "spec.json", "-o", "s.blend"),
        ("scene", "render", "spec.json", "-o", "views"),
        ("scene", "preview", "tiny", "-o", "sheet.png"),
        ("assets", "list"),
        ("assets", "check"),
        ("assets", "preview", "-o", "sheet.png"),
    ],
    ids=" ".join,
)
def test_a_missing_folder_of_assets(dsia, words: tuple[str, ...], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = dsia(*words, "--assets", tmp_path / "nowhere")
    assert outcome.code == 1 and f"--assets: {NO_FOLDER} {tmp_path / 'nowhere'}" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_of_assets_that_a_job_names(dsia, tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text("version: 2\nname: a\nassets: nowhere\nscenes: [{config: tiny}]\n")
    outcome = dsia("render", job, "-o", tmp_path / "set")
    assert outcome.code == 1 and str(tmp_path / "nowhere") in outcome.err and not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    "words",
    [("scene", "sample", "tiny"), ("scene", "build", "spec.json"), ("scene", "preview", "tiny"), ("assets", "preview")],
    ids=" ".join,
)
def test_a_file_in_a_folder_that_is_not_there(dsia, words: tuple[str, ...], tmp_path: Path) -> None:
    outcome = dsia(*words, "-o", tmp_path / "nodir" / "file.png")
    assert outcome.code == 1 and f"--output: {NO_FOLDER} {tmp_path / 'nodir'}" in outcome.err
    assert "is a folder" in dsia(*words, "-o", tmp_path).err
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_a_place(dsia) -> None:
    outcome = dsia("render", "tiny")
    assert outcome.code == ConfigError.exit_code and "add -o FOLDER" in outcome.err


def test_slurm_where_it_is_not_is_told_by_a_dry_run_too(dsia, monkeypatch, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = dsia("render", "tiny", "--dry-run", "--executor", "slurm")
    assert outcome.code == ConfigError.exit_code and "sbatch" in outcome.err and "login node" in outcome.err


@pytest.mark.parametrize("name", ["my_scene.yaml", "spec.json"])
def test_a_scene_that_was_not_sampled_yet(dsia, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if path.suffix == ".yaml":
        path.write_text("version: 2\nname: mine\n")
    outcome = dsia("scene", "build", path, "-o", tmp_path / "scene.blend")
    assert outcome.code == ConfigError.exit_code and "dsia-gen scene sample" in outcome.err


def test_training_without_data(dsia, tmp_path: Path) -> None:
    outcome = dsia("train", "aligner", "tiny", "-o", tmp_path / "run")
    assert outcome.code == ConfigError.exit_code and not (tmp_path / "run").exists()
    assert "--data DATASET" in outcome.err and "data.synthetic" in outcome.err


@pytest.mark.torch
def test_an_aligner_before_its_codec(dsia, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("diffusers")
    from tests.dataset.synthetic import write_dataset

    monkeypatch.chdir(tmp_path)
    data = write_dataset(tmp_path / "data", scenes=1).root
    outcome = dsia("train", "aligner", "dmaligner", "--data", data, "-o", tmp_path / "run", "-q")
    assert "dsia-gen train codec codec_vq_f4" in outcome.err and "-o runs/codec_vq_f4" in outcome.err

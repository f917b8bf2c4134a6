"""The command line as a user meets it: what is printed, where, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.text import Text

from dsia_gen import __version__
from dsia_gen.cli import dataset as dataset_commands
from dsia_gen.cli.error_output import report
from dsia_gen.cli.main import app, run
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.spec.scene import SceneSpec


def test_help_names_the_commands(dsia) -> None:
    outcome = dsia("--help")
    assert outcome.code == 0
    for word in ("doctor", "render", "scene", "dataset", "assets"):
        assert word in outcome.out


def test_words_in_brackets_are_shown_by_the_help() -> None:
    # rich takes [view] for a style, and would leave it out
    groups, swallowed = [("dsia-gen", typer.main.get_command(app))], []
    while groups:
        path, command = groups.pop()
        groups += [(f"{path} {name}", sub) for name, sub in getattr(command, "commands", {}).items()]
        texts = [command.help or "", *(getattr(param, "help", None) or "" for param in command.params)]
        swallowed += [(path, text) for text in texts if Text.from_markup(text).plain != text.replace("\\[", "[")]
    assert not swallowed


@pytest.mark.slow
def test_version_as_a_module(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dsia_gen", "--version"], cwd=checkout, capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stdout) == (0, f"dsia-gen {__version__}\n")


def test_all_mistakes_of_a_job_at_once(dsia, tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text("name: x\nsede: 1\nresolution: [0, 64]\noutputs: [imge]\nscenes:\n  - {config: tiny, cont: 2}\n")
    outcome = dsia("render", job, "-o", tmp_path / "set")
    assert outcome.code == 2 and not (tmp_path / "set").exists()
    lines = outcome.err.splitlines()
    assert lines[0].endswith("job.yaml: 4 problem(s)")
    for words in (
        "line 2: sede is not a known key; did you mean 'seed'?",
        "line 3: resolution.0",
        "line 4: outputs: 'imge' is not an output; did you mean 'image'?",
        "line 6: scenes.0.cont is not a known key; did you mean 'count'?",
    ):
        assert any(words in line for line in lines), words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("render", "quikstart", "-o", "x"), "did you mean 'quickstart'"),
        (("render", "tiny", "-o", "x", "--set", "resolution=[0,0]"), "greater than or equal to 16"),
        (("render", "tiny", "-o", "x", "--set", "quality.samples=-1"), "quality.samples"),
        (("render", "tiny", "-o", "x", "--executor", "locl"), "did you mean 'local'"),
        (("render", "tiny", "-o", "x", "--executor", "inline", "--workers", "3"), "one scene at a time"),
        (("scene", "sample", "outdor", "-o", "x"), "did you mean 'outdoor'"),
        (("scene", "sample", "tiny", "-o", "x", "--set", "objcts.count=3"), "did you mean 'objects'"),
        (("scene", "sample", "tiny", "-o", "x", "--resolution", "big"), "not of the form 960x540"),
        (("scene", "sample", "tiny", "-o", "x", "--resolution", "0x0"), "outside 16x16"),
        (("scene", "sample", "tiny", "-o", "x", "--seed", "-1"), "--seed"),
        (("render",), "Missing"),
    ],
)
def test_a_wrong_word_is_one_message_and_exit_code_2(
    dsia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = dsia(*words)
    assert outcome.code == 2
    assert sentence in " ".join(outcome.err.replace("│", " ").split())
    assert "Traceback" not in outcome.err and list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_dry_run_prints_scenes_pairs_and_views_and_makes_nothing(dsia, tmp_path: Path) -> None:
    words = ("render", "quickstart", "-o", tmp_path / "set", "--dry-run")
    outcome = dsia(*words)
    assert outcome.code == 0 and "2 scenes, 8 pairs, 14 views of 480x270" in outcome.out
    document = json.loads(dsia(*words, "--json").out)
    assert [(s["scene"], s["config"], s["pairs"], s["views"]) for s in document["scenes"]] == [
        ("00000", "outdoor", 4, 7), ("00001", "indoor", 4, 7)
    ]  # fmt: skip
    assert not (tmp_path / "set").exists()


def test_a_scene_without_its_assets_fails_and_is_told_in_a_table(dsia, tmp_path: Path) -> None:
    root, empty = tmp_path / "set", tmp_path / "empty"
    empty.mkdir()
    words = ("render", "real_tiny", "-o", root, "--assets", empty, "--executor", "inline", "-q")
    outcome = dsia(*words)
    assert outcome.code == 1
    assert "1 failed" in outcome.out and "AssetError" in outcome.out and "entry" in outcome.out
    assert DatasetLayout(root).failed_names() == ("00000",) and DatasetLayout(root).scene_names() == ()
    document = json.loads(dsia(*words, "--json").out)
    assert document["complete"] is False and document["scenes"][0]["error"] == "AssetError"
    status = dsia("dataset", "status", root)
    assert status.code == 1 and "failed 00000" in status.out


@pytest.mark.slow
def test_sample_writes_the_same_specification_each_time(dsia, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        assert dsia("scene", "sample", "tiny", "--seed", 7, "-o", tmp_path / name).code == 0
    text = (tmp_path / "a.json").read_text()
    assert text == (tmp_path / "b.json").read_text()
    spec = SceneSpec.model_validate_json(text)
    assert spec.seed == 7 and (spec.camera.width, spec.camera.height) == (960, 540)
    assert dsia("scene", "sample", "tiny", "--seed", 7, "-o", "-").out == text


def test_overrides_reach_the_specification(dsia, tmp_path: Path) -> None:
    words = ("--resolution", "64x36", "--samples", 3, "--set", "sequence.pairs=3")
    assert dsia("scene", "sample", "tiny", "-o", tmp_path / "s.json", *words).code == 0
    spec = SceneSpec.model_validate_json((tmp_path / "s.json").read_text())
    assert (len(spec.pairs), spec.camera.width, spec.render.samples) == (3, 64, 3)


@pytest.mark.parametrize("command", ["status", "validate", "report"])
def test_what_is_no_data_set_is_said_in_a_sentence(dsia, tmp_path: Path, command: str) -> None:
    outcome = dsia("dataset", command, tmp_path / "nowhere")
    assert outcome.code == 1 and "is not a folder" in outcome.err
    outcome = dsia("dataset", command, tmp_path)
    assert outcome.code == 1 and "not a data set" in outcome.err


def test_a_fault_is_one_line_and_debug_shows_where(dsia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("dsia_gen.dataset.status.dataset_status", fault)
    outcome = dsia("dataset", "status", tmp_path)
    assert outcome.code == 70
    assert outcome.err.startswith("unexpected ZeroDivisionError: division by zero\n") and "--debug" in outcome.err
    assert "Traceback" not in outcome.err
    monkeypatch.setattr(sys, "argv", ["dsia-gen", "dataset", "status", str(tmp_path), "--debug"])
    with pytest.raises(ZeroDivisionError):
        run()


def test_assets_are_listed_with_their_licences(dsia) -> None:
    listed = json.loads(dsia("assets", "list", "hdris", "--json").out)
    assert len(listed) >= 8 and {entry["kind"] for entry in listed} == {"hdri"}
    assert all(entry["licence"] for entry in listed)
    table = dsia("assets", "list", "--kind", "hdri").out
    assert listed[0]["id"] in table and listed[0]["licence"] in table


def test_findings_that_cannot_be_kept_are_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    dataset_commands.keep_findings(tmp_path / "file", b"{}")
    assert "are not kept" in capsys.readouterr().err


@pytest.mark.slow
def test_assets_import_tells_what_it_did(dsia, tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "dsia_gen.assets.importing.import_worker.ImportLimits.__init__.__defaults__",
        (180.0, "tests.assets.importing.fake_import", 1),
    )
    monkeypatch.setenv("FAKE_INTAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.obj").write_text("v 0 0 0\n")
    outcome = dsia("assets", "import", tmp_path / "in", "-o", tmp_path / "out", "--licence", "CC0", "--json")
    assert outcome.code == 0 and [f["state"] for f in json.loads(outcome.out)["files"]] == ["new"]
    (tmp_path / "in" / "bad.obj").write_text("v 0 0 0\n")
    outcome = dsia("assets", "import", tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert "1 new" not in outcome.out and "1 kept, 1 refused" in outcome.out and "--assets" in outcome.out
    assert dsia("assets", "import", tmp_path / "in", "--up", "X").code == 2
    assert dsia("assets", "import", tmp_path / "nowhere").code == 1


def test_a_former_key_gives_a_note_that_names_the_present_one(dsia, tmp_path: Path) -> None:
    preset = tmp_path / "mine.yaml"
    preset.write_text(
        "name: mine\nsequence: {pairs: 1, ways: 2}\ncharacters: {count: [0, 0]}\ndressing: {count: [1, 1]}\n"
    )
    outcome = dsia("scene", "sample", preset, "-o", tmp_path / "spec.json")
    assert outcome.code == 0
    assert outcome.err.count(f"note: {preset}: line 2: ways is called pair_directions now") == 1
    assert outcome.err.count(f"note: {preset}: line 4: dressing is called props now") == 1
    assert len(SceneSpec.model_validate_json((tmp_path / "spec.json").read_text()).pairs) == 2


def test_a_path_that_no_file_system_takes_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError) as caught:
        Path("/tmp", "a" * 5000).stat()
    assert report(caught.value) == 1
    shown = capsys.readouterr().err
    assert "the path is too long; give a shorter one" in shown and len(shown) < 300 and shown.count("\n") == 1


def test_an_error_gives_a_terminal_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(StorageError("a\x1b[2Jb\u202ec is missing; render it again")) == 1
    assert capsys.readouterr().err == "error: a\\u001b[2Jb\\u202ec is missing; render it again\n"

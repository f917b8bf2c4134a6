"""Checkpoints are whole or absent, and what is wrong with them is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.training import checkpoint as module  # noqa: E402
from dsia_gen.align.training.checkpoint import (  # noqa: E402
    CheckpointState,
    checkpoints,
    latest_checkpoint,
    load_modules,
    load_optimizers,
    optimizer_tensors,
    prefixed,
    resumable_checkpoint,
    save_checkpoint,
)
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors  # noqa: E402
from dsia_gen.core.errors import AlignError, StorageError  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch

GROUP = {"model": {"a": torch.arange(3.0)}}


def test_the_last_few_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 10, 30):
        save_checkpoint(tmp_path, GROUP, CheckpointState(step=step, config={}), keep=2)
    assert [path.name for path in checkpoints(tmp_path)] == ["step_00000010", "step_00000030"]
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert found.step == 30
    assert torch.equal(load_tensors(found.folder / "model.safetensors")["a"], GROUP["model"]["a"])


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, GROUP, CheckpointState(step=1, config={}), keep=1)

    def full(path: Path, data: bytes) -> None:
        raise StorageError(f"cannot write {path}: the disk is full")

    monkeypatch.setattr(module, "write_bytes", full)
    with pytest.raises(StorageError, match="the disk is full"):
        save_checkpoint(tmp_path, GROUP, CheckpointState(step=2, config={}), keep=1)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step_00000001"]


def test_a_real_lack_of_room_is_a_sentence(tmp_path: Path) -> None:
    """A limit on the size of files stands for a disk with little left."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(StorageError, match=r"cannot write .*step_00000001"):
            save_checkpoint(
                tmp_path, {"model": {"a": torch.zeros(1_000_000)}}, CheckpointState(step=1, config={}), keep=1
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_half_written_folder_is_no_checkpoint(tmp_path: Path) -> None:
    half = tmp_path / "checkpoints" / "step_00000007"
    half.mkdir(parents=True)
    save_tensors(half / "model.safetensors", GROUP["model"])
    assert latest_checkpoint(tmp_path) is None


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_tensors(path, {"a": torch.zeros(100)})
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(AlignError, match=r"model.safetensors is not a sound safetensors file"):
        load_tensors(path)
    with pytest.raises(AlignError, match="is missing"):
        load_tensors(tmp_path / "other.safetensors")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="belongs to another configuration: 1 weights do not fit, the first is weight"):
        load_module(torch.nn.Linear(2, 3, bias=False), {"weight": torch.zeros(3, 3)}, tmp_path / "w")


def test_modules_and_optimizers_come_back(tmp_path: Path) -> None:
    def made(seed: int) -> tuple[Any, Any]:
        torch.manual_seed(seed)
        modules = {"a": torch.nn.Linear(3, 2), "b": torch.nn.Linear(2, 1)}
        return modules, {name: torch.optim.AdamW(m.parameters(), lr=0.1) for name, m in modules.items()}

    with torch.random.fork_rng():
        modules, optimizers = made(0)
        for name, module_ in modules.items():
            module_(torch.ones(1, module_.in_features)).sum().backward()
            optimizers[name].step()
        save_tensors(tmp_path / "m", prefixed(modules))
        save_tensors(tmp_path / "o", optimizer_tensors(optimizers))
        others, their_optimizers = made(1)
    load_modules(others, tmp_path / "m")
    load_optimizers(their_optimizers, tmp_path / "o")
    for name in modules:
        for key, value in modules[name].state_dict().items():
            assert torch.equal(others[name].state_dict()[key], value)
        mine, theirs = (o[name].state_dict()["state"] for o in (optimizers, their_optimizers))
        assert all(torch.equal(mine[i][key], theirs[i][key]) for i in mine for key in mine[i])


def test_states_of_earlier_versions_are_read_and_others_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """As 0.x wrote it: the fields beside config came one by one."""
    folder = tmp_path / "checkpoints" / "step_00000007"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"config": {"name": "old"}, "format": 1, "scaler": null, "step": 7}')
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert (found.step, found.state.config, found.state.skipped) == (7, {"name": "old"}, {})
    (folder / "state.json").write_text('{"config": {}, "format": 2, "step": 7}')
    with pytest.raises(AlignError, match="of another version of dsia-gen"):
        latest_checkpoint(tmp_path)
    (folder / "state.json").write_text('{"config": {}, "form')
    with pytest.raises(AlignError, match=r"step_00000007 is not a sound checkpoint \(.*take an earlier one"):
        latest_checkpoint(tmp_path)


def test_a_run_goes_on_with_the_configuration_that_it_has(tmp_path: Path) -> None:
    config = aligner_config()
    assert resumable_checkpoint(tmp_path, config) is None
    saved = config.model_dump(mode="json")
    del saved["losses"]["detach_mask"]  # a field that came later takes its default
    save_checkpoint(tmp_path, GROUP, CheckpointState(step=3, config=saved), keep=1)
    found = resumable_checkpoint(tmp_path, aligner_config(train={"steps": 99}))
    assert found is not None and found.step == 3
    with pytest.raises(AlignError, match=r"losses\.gamma is 0\.9 here and 0\.5 in the checkpoint"):
        resumable_checkpoint(tmp_path, aligner_config(losses={"gamma": 0.9}))


def test_files_of_the_user_stay_when_old_checkpoints_go(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path, GROUP, CheckpointState(step=1, config={}), keep=1)
    (folder / "notes.txt").write_text("mine")
    (folder.parent / "step_by_step").mkdir()
    (folder.parent / "step_by_step" / "state.json").write_text("mine")
    assert save_checkpoint(tmp_path, GROUP, CheckpointState(step=1, config={}), keep=1) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["model.safetensors", "notes.txt", "state.json"]
    save_checkpoint(tmp_path, GROUP, CheckpointState(step=2, config={}), keep=1)
    assert [path.name for path in checkpoints(tmp_path)] == ["step_00000002"]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert (folder.parent / "step_by_step" / "state.json").read_text() == "mine"

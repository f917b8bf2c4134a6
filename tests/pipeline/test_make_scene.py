"""One scene from task to receipt, with a floor and a box in Blender's place."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError, WorkerError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import SceneReader
from dsia_gen.dataset.receipt import finished, read_receipt
from dsia_gen.pipeline.outcome import Event
from dsia_gen.pipeline.scene_annotation import PackedMaps
from dsia_gen.pipeline.write_behind import WriteBehind
from dsia_gen.spec.outputs import OUTPUTS, resolve_outputs
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View
from tests.farm.fakes import task
from tests.farm.small import small_scene

OUTPUT_NAMES = resolve_outputs(["default"])


def make(root: Path, index: int = 0) -> tuple[object, list[Event]]:
    events: list[Event] = []
    wanted = task(index, "tiny").model_copy(update={"outputs": OUTPUT_NAMES})
    return small_scene(wanted, root, events.append), events


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("set")
    return root, *make(root)


def test_everything_asked_for_is_on_disk_under_a_receipt(made) -> None:
    root, result, _ = made
    layout = DatasetLayout(root)
    assert result.ok and (result.views, result.pairs) == (5, 2)
    assert finished(layout, "00000", None, OUTPUT_NAMES, hashes=True)
    reader = SceneReader(layout.scene("00000"))
    for pair in reader.pairs():
        for name in OUTPUT_NAMES:
            if OUTPUTS[name].scope == "pair":
                assert reader.array(name, pair=pair).shape[:2] == (36, 64)
            else:
                assert reader.array(name, view=pair.view("gt")).shape[:2] == (36, 64)
    assert not layout.partial.exists(), "nothing half-made is left"


def test_events_tell_views_and_every_stage(made) -> None:
    root, result, events = made
    spec = SceneSpec.model_validate_json(DatasetLayout(root).scene("00000").spec.read_bytes())
    assert next(e.count for e in events if e.kind == "views") == 5
    assert [e.name for e in events if e.kind == "view"] == [view.key for view in spec.views()]
    stages = {"sample", "start", "build", "freeze", "render", "annotate", "write", "publish"}
    assert set(result.seconds) == stages == {e.name for e in events if e.kind == "stage"}
    assert all(seconds >= 0 for seconds in result.seconds.values())


def test_metadata_say_what_was_seen_and_how_it_was_made(made) -> None:
    root, _, _ = made
    folder = DatasetLayout(root).scene("00000")
    document, run = json.loads(folder.scene.read_text()), json.loads(folder.run.read_text())
    box = document["instances"][0]
    assert box["visibility"], "the box is in front of the camera"
    ids = SceneReader(folder).array("instances", view=View(0, 0))
    assert box["visibility"].get("t0000_p0000", 0) == np.count_nonzero(ids == box["id"])
    assert {"camera_motion_px", "foreground_motion_px", "subset"} <= document["pairs"][0].keys()
    assert len(run["fingerprint"]["content"]) == 64 and run["worker"]["device"] == "auto" and run["peak_bytes"] > 0


def test_the_same_task_makes_the_same_bytes(made, tmp_path: Path) -> None:
    root, _, _ = made
    make(tmp_path)
    first, second = (read_receipt(DatasetLayout(r).scene("00000")) for r in (root, tmp_path))
    assert first.content_hash == second.content_hash
    assert first.files == second.files


@pytest.mark.slow
@pytest.mark.parametrize(("how", "error"), [("AssetError", AssetError), ("dies", WorkerError)])
def test_a_failure_leaves_nothing_and_carries_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, error: type[Exception]
) -> None:
    monkeypatch.setenv("FAKE_WORKER", how)
    with pytest.raises(error) as caught:
        make(tmp_path)
    assert "what Blender says last" in caught.value.__notes__[0]
    layout = DatasetLayout(tmp_path)
    assert layout.scene_names() == () and layout.partial_names() == ()


def test_an_unknown_asset_folder_names_the_entry(tmp_path: Path) -> None:
    wanted = task(0, "real_tiny").model_copy(update={"assets": str(tmp_path / "nowhere")})
    with pytest.raises(AssetError, match=r"missing.*entry '.*' of .*\.yaml"):
        small_scene(wanted, tmp_path, lambda _: None)


def test_packed_maps_give_back_what_they_were_given() -> None:
    maps = PackedMaps()
    ids = np.arange(12, dtype=np.uint16).reshape(3, 4)
    maps.add(View(1, 2), ids.T)
    assert View(1, 2) in maps and View(0, 0) not in maps and list(maps) == [View(1, 2)] and len(maps) == 1
    assert np.array_equal(maps[View(1, 2)], ids.T)


def test_writing_behind_keeps_the_order_and_the_limit() -> None:
    done: list[int] = []
    gate = threading.Event()
    with WriteBehind(limit=2) as behind:
        behind.submit(gate.wait)
        behind.submit(done.append, 1)
        threading.Timer(0.2, gate.set).start()
        behind.submit(done.append, 2)  # waits for a free place
        assert gate.is_set()
        behind.drain()
        assert done == [1, 2]


def test_an_error_of_writing_comes_out() -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), WriteBehind() as behind:
        behind.submit(fail)

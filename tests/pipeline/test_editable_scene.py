"""Scenes in Python: changed as data, and rendered and annotated as a job does."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import fsspec
import numpy as np
import pytest

from dsia_gen.api import JobConfig, Render, Scene, SceneGroup, Track, open_dataset, render_job
from dsia_gen.core.errors import ConfigError, DsiaError, StorageError
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.pipeline import blender_session, editable_scene
from dsia_gen.spec.outputs import sample_places
from dsia_gen.spec.record import readable_json
from tests.pipeline.test_preview import small

WORKER = "tests.pipeline.fake_worker"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenes talk to a worker that needs no Blender."""

    def fake(*given: object, **options: object) -> blender_session.BlenderSession:
        return blender_session.BlenderSession(*given, **options, module=WORKER)  # type: ignore[arg-type]

    monkeypatch.setattr(editable_scene, "BlenderSession", fake)


def test_changes_make_another_scene() -> None:
    scene = Scene(small(1))
    number = scene.spec.instances[0].id
    other = scene.with_camera(lens_mm=50).with_environment(irradiance=Track(values=(2.0,))).without_instance(number)
    assert other.spec.camera.lens_mm == 50 and scene.spec.camera.lens_mm != 50
    assert other.spec.environment.irradiance.values == (2.0,)
    assert {i.id for i in scene.spec.instances} - {i.id for i in other.spec.instances} == {number}
    assert scene.changed().spec == scene.spec == scene.with_render().spec
    assert pickle.loads(pickle.dumps(other)).spec == other.spec


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda s: s.with_camera(lens=5), "camera.lens"),
        (lambda s: s.with_camera(poses=()), "camera.poses"),
        (lambda s: s.with_instance(99, scale=2), "no instance 99"),
        (lambda s: s.without_instance(0), "no instance 0"),
        (lambda s: s.with_lamp(7, size=1), "no lamp 7"),
        (lambda s: s.changed(cameras=3), "cameras"),
        (lambda s: s.with_environment(irradiance=Track(values=(1.0, 2.0))), "irradiance"),
        (lambda s: s.with_render(samples=0), "render.samples"),
        (lambda s: Scene.sample("tiny", resolution=(3, 54)), "width"),
        (lambda s: Scene.sample("tiny", samples=0), "samples"),
        (lambda s: Scene.sample("tiny", seed=-1), "seed"),
        (lambda s: s.render(99, 0), "no time 99"),
        (lambda s: s.render(0, -1), "no pose -1"),
        (lambda s: s.render(0, 0, "depth"), "'depth' is not rendered"),
        (lambda s: s.annotate(0, 0, 1, 1, ["flows"]), "'flows' is not an output"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(change, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        change(Scene(small(1)))


@pytest.fixture(params=["folder", "address"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a file may be."""
    return str(tmp_path) if request.param == "folder" else f"memory://{tmp_path.name}"


def stored(place: str, name: str, data: bytes | None) -> str:
    """A file written to a place, and its own place; None writes nothing."""
    if data is not None:
        with fsspec.open(f"{place}/{name}", "wb") as file:
            file.write(data)
    return f"{place}/{name}"


@pytest.mark.parametrize("text", [None, "version: 2\n", "{}", '{"version": 1', "\xff"])
def test_what_is_not_a_specification_is_refused(text: str | None, place: str) -> None:
    name = "mine.yaml" if text and text.startswith("version") else "spec.json"
    path = stored(place, name, None if text is None else text.encode("latin-1"))
    with pytest.raises(ConfigError, match="scene sample" if text in (None, "version: 2\n") else "not a scene") as told:
        Scene.load(path)
    assert path in str(told.value)


def test_a_specification_is_read_wherever_it_is(place: str) -> None:
    scene = Scene(small(1))
    path = stored(place, "spec.json", readable_json(scene.spec).encode())
    assert Scene.load(path).spec == Scene.load(Path(path)).spec == scene.spec


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a POSIX process")
def test_a_process_is_kept_and_asked_again(session: None, tmp_path: Path) -> None:
    with Scene(small(1)) as scene:
        first = scene.render(1, 0)
        pair = scene.annotate(0, 0, 1, 1)
        assert np.array_equal(scene.render(1, 0), first) and not np.array_equal(scene.render(0, 0), first)
        assert np.array_equal(pair.image("gt"), first)  # Igt is seen at t2 from p1
        assert pair.flow("gt_to_2").shape == (*first.shape[:2], 2) and pair["dynamic_union"].dtype == bool
        with pytest.raises(KeyError, match="was not asked for"):
            pair["normals_1"]
        with pytest.raises(KeyError, match="did you mean"):
            pair["flow_gt_to2"]
        files = pair.save(tmp_path / "pair")
        assert all(path.is_file() for path in files) and files[-1].name == "measures.json"
        with pytest.raises(StorageError, match="no folder"):
            scene.save(tmp_path / "nowhere" / "scene.blend")
        assert np.array_equal(scene.render(1, 0), first), "a mistake does not end it"
        process = scene.build()._session._blender._talk._process  # type: ignore[union-attr]
    assert process.poll() is not None, "the process ends with the block"
    assert np.array_equal(scene.render(1, 0), first), "and another is started when it is needed"
    scene.close()


@pytest.mark.slow
@pytest.mark.parametrize(("how", "message"), [("AssetError", "hat.glb is missing"), ("exits", "exit code 3|code 3")])
def test_failures_of_the_process_are_told(session: None, monkeypatch, how: str, message: str) -> None:
    monkeypatch.setenv("FAKE_WORKER", how)
    scene = Scene(small(1))
    with pytest.raises(DsiaError, match=message) as told:
        scene.build()
    assert "what Blender says last" in "".join([str(told.value), *told.value.__notes__])
    monkeypatch.delenv("FAKE_WORKER")
    assert scene.render(0, 0).size, "it can be built again"
    scene.close()


@pytest.mark.blender
@pytest.mark.slow
def test_any_pair_is_what_a_job_writes_for_it(tmp_path: Path) -> None:
    """The same bits, whatever else was asked before, and in whichever order."""
    pytest.importorskip("bpy")
    group = SceneGroup(config="tiny", count=1)
    job = JobConfig(
        name="tiny", seed=1, scenes=[group], resolution=(96, 54), quality=Render(samples=2), outputs=["all"]
    )
    assert render_job(job, tmp_path / "data", InlineExecutor(), show=False).complete
    data = open_dataset(tmp_path / "data")
    spec = tmp_path / "data" / "scenes" / data[0].scene.name / "spec.json"
    with Scene.load(spec) as scene:
        scene.render(1, 0, "image_blurred")  # leaves Blender set up for blur
        for sample in reversed(list(data)):
            pair = sample.pair
            found = scene.annotate(pair.t1, pair.p1, pair.t2, pair.p2, ["all"])
            assert list(found) and set(found) == set(sample_places(data.outputs))
            for key in found:
                assert np.array_equal(found[key], sample[key], equal_nan=found[key].dtype.kind == "f"), key
                assert found[key].dtype == sample[key].dtype
            measured = {name: sample.row.get(name) for name in found.measures}
            for name, value in found.measures.items():
                if isinstance(value, float) and measured[name] is not None:
                    assert value == pytest.approx(measured[name], abs=1e-6), name
        assert np.array_equal(scene.render(data[0].pair.t1, data[0].pair.p1), data[0].image("1"))

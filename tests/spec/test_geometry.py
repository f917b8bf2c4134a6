"""The geometry cache: what is saved is what is loaded, and vertices move as their matrices say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dsia_gen.spec.frozen_geometry import Cutout, FrozenFigure, Part, SceneGeometry


def _part(**changes: object) -> Part:
    fields: dict[str, object] = {
        "name": "card",
        "instance": 3,
        "triangles": np.array([[0, 1, 2]], np.int32),
        "vertices": np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]]], np.float32),
        "matrices": np.eye(4)[None],
    }
    return Part(**(fields | changes))  # type: ignore[arg-type]


def test_round_trip(tmp_path: Path) -> None:
    cutout = Cutout(np.array([[0, 1], [1, 0]], np.float32), 0.5)
    uv = np.array([[[0, 0], [1, 0], [0, 1]]], np.float32)
    figure = FrozenFigure(3, ("Hips", "Head"), np.arange(12.0).reshape(2, 2, 3))
    rest = np.array([[0, 0, 1], [2, 0, 1], [0, 2, 1]], np.float32)
    parts = (_part(), _part(name="leaf", unreliable=True, uv=uv, cutout=cutout, rest=rest))
    geometry = SceneGeometry((2, 5), parts, (figure,))
    geometry.save(tmp_path / "g.npz")
    loaded = SceneGeometry.load(tmp_path / "g.npz")
    assert loaded.times == (2, 5)
    assert loaded.step(5) == 1
    assert [part.name for part in loaded.parts] == ["card", "leaf"]
    assert (loaded.figures[0].instance, loaded.figures[0].joints) == (3, ("Hips", "Head"))
    assert np.array_equal(loaded.figures[0].positions, figure.positions)
    assert loaded.parts[0].cutout is None
    assert loaded.parts[1].cutout is not None
    assert loaded.parts[1].unreliable
    assert np.array_equal(loaded.parts[1].cutout.alpha, cutout.alpha)
    assert np.array_equal(loaded.parts[0].vertices, geometry.parts[0].vertices)
    assert loaded.parts[0].rest is None
    assert loaded.parts[1].rest is not None
    assert np.array_equal(loaded.parts[1].rest, rest)


def test_rest_box_is_that_of_all_parts_of_an_instance_and_of_used_vertices() -> None:
    far = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [9, 9, 9]], np.float32)
    raised = np.array([[0, 0, -2], [3, 0, 1], [0, 1, 0]], np.float32)
    loose = _part(vertices=far[None], rest=far)
    boxes = SceneGeometry((0,), (loose, _part(rest=raised), _part(instance=4), _part(instance=0, rest=raised)))
    found = boxes.rest_boxes()
    assert list(found) == [3]
    assert found[3].tolist() == [[0, 0, -2], [3, 1, 1]]


def test_world_vertices_follow_matrix_and_shape() -> None:
    lift = np.eye(4)
    lift[2, 3] = 2.0
    rigid = _part(matrices=np.stack([np.eye(4), lift]))
    assert not rigid.static
    assert np.array_equal(rigid.world(1) - rigid.world(0), np.tile([0.0, 0.0, 2.0], (3, 1)))
    grown = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 0], [3, 0, 0], [0, 1, 0]]], np.float32)
    assert _part(vertices=grown).world(1)[1, 0] == 3.0
    assert _part().static

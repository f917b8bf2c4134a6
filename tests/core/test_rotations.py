"""Rotations: conversions, interpolation, and angles that are the same to the last bit wherever arrays lie."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core import rotations
from dsia_gen.core.rotations import about, quaternion, rotation_matrix, shortest_rotation, slerp, unit


def test_an_angle_has_the_same_bits_wherever_the_result_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).normal(size=(1001, 3))
    expected = np.arctan2(points[:, 2].copy(), points[:, 1].copy())
    adjacent = np.concatenate([points.ravel(), np.zeros(len(points))])
    columns, plain = adjacent[: points.size].reshape(-1, 3), np.arctan2

    def beside(y, x):
        """The worst that may happen: the result comes to lie where the arrays end, as it does now and then."""
        return plain(y, x, out=adjacent[points.size : points.size + len(y)])

    monkeypatch.setattr(rotations.np, "arctan2", beside)
    assert rotations.arctan2(columns[:, 2], columns[:, 1]).tobytes() == expected.tobytes()


def test_quaternions_and_matrices_agree() -> None:
    rng = np.random.default_rng(1)
    q = unit(rng.normal(size=(500, 4)))
    q = np.where(q[:, :1] < 0, -q, q)
    np.testing.assert_allclose(quaternion(rotation_matrix(q)), q, atol=1e-9)


@pytest.mark.parametrize("target", [(1, 0, 0), (0, 0, -1), (0.3, -0.8, 0.2), (0, 1, 0), (0, -1, 0)])
def test_the_shortest_rotation_reaches_its_target(target: tuple[float, float, float]) -> None:
    source = np.array([0.0, 1.0, 0.0])
    turn = shortest_rotation(source, np.array(target))
    np.testing.assert_allclose(turn @ source, unit(np.array(target, dtype=float)), atol=1e-9)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    assert angle == pytest.approx(np.arccos(np.clip(unit(np.array(target, dtype=float)) @ source, -1, 1)), abs=1e-6)


def test_slerp_turns_at_a_constant_rate_and_takes_the_short_way() -> None:
    a, b = quaternion(about("z", 0.0)), -quaternion(about("z", 80.0))
    np.testing.assert_allclose(rotation_matrix(slerp(a, b, 0.25)), about("z", 20.0), atol=1e-9)


def test_every_largest_component_gives_the_same_quaternion() -> None:
    """Half turns about the axes, and just beside them: each of the four forms is used."""
    for axis in "xyz":
        for degrees in (0.0, 1e-6, 90.0, 179.999, 180.0):
            turn = about(axis, degrees)
            np.testing.assert_allclose(rotation_matrix(quaternion(turn)), turn, atol=1e-12)
            assert quaternion(turn)[0] >= 0


def test_products_compose_rotations() -> None:
    a, b = quaternion(about("x", 30.0)), quaternion(about("z", 50.0))
    np.testing.assert_allclose(
        rotation_matrix(rotations.multiply(a, b)), about("x", 30.0) @ about("z", 50.0), atol=1e-12
    )


def test_arrays_of_any_shape_are_converted_read_only_and_empty_ones_too() -> None:
    q = unit(np.random.default_rng(2).normal(size=(2, 3, 4)))
    matrices = rotation_matrix(q)
    matrices.flags.writeable = False
    assert matrices.shape == (2, 3, 3, 3) and quaternion(matrices).shape == (2, 3, 4)
    np.testing.assert_allclose(rotation_matrix(quaternion(matrices)), matrices, atol=1e-12)
    np.testing.assert_allclose(rotation_matrix(3.0 * q), matrices, atol=1e-12)
    assert rotation_matrix(np.zeros((0, 4))).shape == (0, 3, 3) and quaternion(np.zeros((0, 3, 3))).shape == (0, 4)


def test_euler_angles_give_their_rotation_back() -> None:
    from scipy.spatial.transform import Rotation

    from dsia_gen.core.rotations import euler_zxy

    matrices = np.concatenate([Rotation.random(50, random_state=3).as_matrix(), about("x", [90.0, -90.0])])
    z, x, y = np.moveaxis(euler_zxy(matrices), -1, 0)
    np.testing.assert_allclose(about("z", z) @ about("x", x) @ about("y", y), matrices, atol=1e-9)

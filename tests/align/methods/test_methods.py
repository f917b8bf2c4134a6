"""Methods against closed forms: known maps are found again, and what cannot be done is said."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.align.matching.robust_homography import magsac, project
from dsia_gen.align.methods import (
    METHODS,
    Aligned,
    AlignmentMethod,
    ImagePair,
    MethodInfo,
    MethodOptions,
    UnavailableError,
    checked_names,
    open_method,
)
from dsia_gen.align.methods.consistency import consistent
from dsia_gen.align.methods.ecc import phase_shift
from dsia_gen.align.methods.flow_warp import grey
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.mesh_homography import moving_dlt
from dsia_gen.align.methods.multi_homography import fit_multi_homography
from dsia_gen.core.errors import AlignError, DsiaError
from dsia_gen.core.image_metrics import backward_warp, psnr
from dsia_gen.core.registry import Registry
from tests.align.make import WITHOUT_LEARNING

cv2 = pytest.importorskip("cv2")
pytestmark = pytest.mark.torch

H = np.array([[1.02, 0.015, 3.0], [-0.01, 0.99, -2.0], [2e-5, -1e-5, 1.0]])
HEIGHT, WIDTH = 144, 192


def texture(points: np.ndarray, seed: int = 0, waves: int = 60) -> np.ndarray:
    """(H, W, 3) uint8 of a smooth random function of the plane, so that any warp of it is exact."""
    rng = np.random.default_rng(seed)
    pace = rng.normal(0, 0.28, (2, waves))
    colour = rng.normal(0, 1, (waves, 3)) * 0.13
    value = np.sin(points @ pace + rng.uniform(0, 6.3, waves)) @ colour
    return np.rint(np.clip(0.5 + value, 0, 1) * 255).astype(np.uint8)


def grid() -> np.ndarray:
    column, row = np.meshgrid(np.arange(WIDTH, dtype=float), np.arange(HEIGHT, dtype=float))
    return np.stack([column, row], axis=-1)


def pair(matrix: np.ndarray = H) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """I1, I2 and the exact flow from I1 to I2, under a homography of pixels."""
    back = project(np.linalg.inv(matrix), grid())
    return texture(grid()), texture(back), (project(matrix, grid()) - grid()).astype(np.float32)


def inner(array: np.ndarray) -> np.ndarray:
    return array[16:-16, 16:-16]


@pytest.mark.parametrize("name", METHODS.names())
def test_every_method_says_what_it_is(name: str) -> None:
    info = METHODS.get(name).info
    assert info.name == name and info.title and info.citation and info.inputs
    assert info.direction or info.group in ("copy", "synthesis")


def test_a_method_of_another_package_is_one_class_with_one_function() -> None:
    class Mirror(AlignmentMethod):
        info = MethodInfo("mirror", "I2 mirrored", "copy", "-", modules=("json",))

        def align(self, given: ImagePair) -> Aligned:
            return Aligned(given.image2[:, ::-1])

    image1, image2, _ = pair()
    registry: Registry[AlignmentMethod] = Registry("no_packages", "method")
    opened = registry.register("mirror", Mirror()).open(MethodOptions())
    assert np.array_equal(opened.align(ImagePair(image1, image2)).image, image2[:, ::-1])
    assert dict(opened.settings) == {}


def test_a_missing_module_is_answered_with_the_command_that_installs_it() -> None:
    class Needy(AlignmentMethod):
        info = MethodInfo("needy", "-", "copy", "-", modules=("no_such_module",), install="pip install such")

        def align(self, given: ImagePair) -> Aligned:
            return Aligned(given.image2)

    with pytest.raises(UnavailableError, match="no_such_module is not installed; run: pip install such"):
        Needy().open(MethodOptions())


@pytest.mark.parametrize("name", WITHOUT_LEARNING)
def test_the_contract_holds(name: str) -> None:
    image1, image2, flow = pair()
    before = image1.copy(), image2.copy()
    method = open_method(name, MethodOptions(check=True))
    truth = dict.fromkeys(method.info.truth, flow)
    answer = method.align(ImagePair(image1, image2, truth))
    assert answer.image.shape == image1.shape and answer.image.dtype == np.uint8
    if answer.flow is not None:
        assert answer.flow.shape == (HEIGHT, WIDTH, 2) and answer.flow.dtype == np.float32
        if method.info.group in ("warp", "oracle"):
            assert np.array_equal(answer.image, backward_warp(image2, answer.flow))
    if answer.confidence is not None:
        assert answer.confidence.shape == (HEIGHT, WIDTH)
        assert 0 <= answer.confidence.min() <= answer.confidence.max() <= 1
    assert np.array_equal(image1, before[0]) and np.array_equal(image2, before[1])
    assert np.array_equal(method.align(ImagePair(image1, image2, truth)).image, answer.image), "two calls, two answers"


@pytest.mark.parametrize(
    ("name", "px"), [("homography", 0.1), ("homography_dis", 0.15), ("multi_homography", 0.1), ("mesh", 0.3),
                     ("ecc", 0.1), ("dis", 0.3), ("farneback", 0.6)]
)  # fmt: skip
def test_a_known_map_is_found_again(name: str, px: float) -> None:
    image1, image2, flow = pair()
    answer = open_method(name, MethodOptions()).align(ImagePair(image1, image2))
    assert answer.note == ""
    error = np.linalg.norm(inner(answer.flow - flow), axis=-1)
    assert np.percentile(error, 90) < px
    assert psnr(inner(answer.image), inner(image1)) > 32


def test_copies_are_copies() -> None:
    image1, image2, _ = pair()
    assert open_method("identity", MethodOptions()).align(ImagePair(image1, image2)).image is image2
    assert open_method("reference", MethodOptions()).align(ImagePair(image1, image2)).image is image1


@pytest.mark.parametrize("name", ["homography", "multi_homography", "mesh", "ecc"])
def test_where_nothing_can_be_fitted_the_answer_is_i2_and_says_so(name: str) -> None:
    flat = np.full((64, 64, 3), 100, dtype=np.uint8)
    other = np.full((64, 64, 3), 130, dtype=np.uint8)
    answer = open_method(name, MethodOptions()).align(ImagePair(flat, other))
    assert np.array_equal(answer.image, other)
    assert answer.flow is not None and not answer.flow.any(), "its error counts"
    assert "answered with I2" in answer.note


def test_several_homographies_follow_two_planes_where_one_cannot() -> None:
    right = np.array([[1, 0, 9.0], [0, 1, 2.0], [0, 0, 1]])
    left = np.array([[1, 0, -7.0], [0, 1, -3.0], [0, 0, 1]])
    image1 = np.where(grid()[..., :1] < WIDTH / 2, texture(grid()), texture(grid(), 1))
    halves = [texture(project(np.linalg.inv(m), grid()), s) for s, m in enumerate((left, right))]
    image2 = np.where(grid()[..., :1] < WIDTH / 2, *halves)
    errors = {}
    for name in ("homography", "multi_homography"):
        answer = open_method(name, MethodOptions()).align(ImagePair(image1, image2))
        errors[name] = psnr(answer.image[20:-20, 30:-30], image1[20:-20, 30:-30])
    assert errors["multi_homography"] > errors["homography"] + 3
    assert fit_multi_homography(image1, image2, GeometricSettings(planes=1)).flow is not None


def test_phase_correlation_finds_a_shift_and_does_not_invent_one() -> None:
    shift = np.array([[1, 0, 6.0], [0, 1, -4.0], [0, 0, 1]])
    image1, image2, _ = pair(shift)
    assert np.abs(phase_shift(grey(image1), grey(image2)) - shift).max() < 0.3
    assert np.abs(phase_shift(grey(image1), grey(image1)) - np.eye(3)).max() < 0.05


def test_a_method_without_settings_refuses_one() -> None:
    for name in ("identity", "ecc", "dis"):
        with pytest.raises(AlignError, match=f"{name} has no setting step_size"):
            open_method(name, MethodOptions(settings={"step_size": 5, "eta": None}))


def test_moving_dlt_of_one_homography_is_it_everywhere() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 150, (80, 2))
    vertices = rng.uniform(0, 150, (4, 5, 2))
    local = moving_dlt(points, project(H, points), vertices, sigma=20, floor=0.01)
    assert np.abs(project(local, vertices) - project(H, vertices)).max() < 1e-5


def test_magsac_leaves_out_what_does_not_fit() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 150, (120, 2))
    there = project(H, points)
    there[:40] += rng.uniform(20, 60, (40, 2))
    matrix, inliers = magsac(points, there, 3.0)
    assert matrix is not None
    assert not inliers[:40].any() and inliers[40:].all()
    assert np.abs(project(matrix, points[40:]) - there[40:]).max() < 0.05
    assert magsac(points[:5], there[:5], 3.0)[0] is None


def test_the_check_keeps_what_comes_back() -> None:
    there = np.full((20, 30, 2), [4.0, 0.0], dtype=np.float32)
    kept = consistent(there, -there)
    assert kept[:, :26].all() and not kept[:, 26:].any(), "what leaves the image does not come back"
    wrong = -there.copy()
    wrong[:, 10:20] += 3
    kept = consistent(there, wrong)
    assert not kept[:, 7:15].any()
    assert kept[:, :5].all()
    there[3, 3] = np.nan
    assert not consistent(there, -there)[3, 3]


@pytest.mark.parametrize(("length", "kept"), [(0.4, 0.55), (40.0, 1.2)])
def test_the_two_forms_of_the_check_differ_by_the_squares(length: float, kept: float) -> None:
    there = np.full((8, 400, 2), [length, 0.0], dtype=np.float32)
    # by hand: an error of e passes if e < 0.01 (l + |l - e|) + 0.5, or e^2 < 0.01 (l^2 + (l - e)^2) + 0.5
    for form, power in (("gmflow", 1), ("unflow", 2)):
        bound = 0.01 * (length**power + abs(length - kept) ** power) + 0.5
        passed = consistent(there, -(there - [kept, 0.0]), form)[:, :300]  # type: ignore[arg-type]
        assert passed.all() == passed.any() == (kept**power < bound)


def test_the_mean_takes_the_light_of_i2_and_the_half_of_its_noise() -> None:
    image1, image2, _ = pair()
    rng = np.random.default_rng(0)
    dimmed = np.linspace(1, 0.8, WIDTH)[:, None]  # light that changed between the images
    noisy1, noisy2, truth = (
        np.rint(np.clip(x * light + rng.normal(0, sigma, x.shape), 0, 255)).astype(np.uint8)
        for x, light, sigma in ((image1, 1, 5), (image2, dimmed, 5), (image1, dimmed, 0))
    )
    answers = {name: open_method(name, MethodOptions()).align(ImagePair(noisy1, noisy2)).image
               for name in ("reference", "homography_dis", "blend")}  # fmt: skip
    quality = {name: psnr(inner(image), inner(truth)) for name, image in answers.items()}
    assert quality["blend"] > quality["homography_dis"] + 0.8 > quality["reference"]


def test_the_mean_of_equal_images_is_the_image() -> None:
    image1, _, _ = pair()
    assert psnr(open_method("blend", MethodOptions()).align(ImagePair(image1, image1)).image, image1) > 45


def test_own_check_of_a_flow_method_is_its_confidence() -> None:
    image1, image2, _ = pair()
    assert open_method("dis", MethodOptions()).align(ImagePair(image1, image2)).confidence is None
    confidence = open_method("dis", MethodOptions(check=True)).align(ImagePair(image1, image2)).confidence
    assert confidence is not None and inner(confidence).mean() > 0.95


@pytest.mark.parametrize("name", ["raft", "dmaligner", "dpflow"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(UnavailableError, match=r"--checkpoint|ptlflow|weights"):
        open_method(name, MethodOptions())


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(DsiaError, match="did you mean 'homography'"):
        checked_names(["homografy"])
    assert checked_names(["dis", "identity", "dis"]) == ("identity", "dis")

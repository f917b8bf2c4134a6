"""One picture in every form that users have gives one answer; files are read as they are shown and written whole."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image as PillowImage

from dsia_gen.align.align_photos import align_photos
from dsia_gen.align.methods import METHODS, ImagePair, MethodOptions
from dsia_gen.align.photo_files import IMAGE_SUFFIXES, check_holds, read_photo, suffix_for, write_photo
from dsia_gen.align.photos import Photo, photo_of
from dsia_gen.core.errors import AlignError
from tests.align.make import noise_image

pytestmark = pytest.mark.torch


def smooth_image(height: int = 48, width: int = 64, seed: int = 0, shift: float = 0.0) -> Any:
    """(H, W, 3) uint8 of waves that move by `shift` pixels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(float)
    phases = sum(np.sin(x * a + y * b + c + shift * a)[..., None] * rng.normal(0, 0.1, 3)
                 for a, b, c in rng.normal(0, 0.4, (30, 3)))  # fmt: skip
    return np.rint(np.clip(0.5 + phases, 0, 1) * 255).astype(np.uint8)


FORMS = {
    "16 bits": lambda x: x.astype(np.uint16) * 257,
    "floats": lambda x: (x / 255).astype(np.float32),
    "doubles": lambda x: x / 255,
    "opaque": lambda x: np.dstack([x, np.full(x.shape[:2], 255, np.uint8)]),
}


@pytest.mark.parametrize("name", ["homography_dis", "blend", "dis", "identity", "reference"])
@pytest.mark.parametrize("form", FORMS)
def test_another_form_of_the_same_images_has_the_same_answer(name: str, form: str) -> None:
    method = METHODS.get(name).open(MethodOptions())
    image1, image2 = smooth_image(), smooth_image(shift=3.0)

    def align(a: Any, b: Any) -> Any:
        photos = photo_of(a, "a"), photo_of(b, "b")
        return align_photos(lambda x, y: method.align(ImagePair(x, y)), *photos, method.info.group)

    plain, other = align(image1, image2), align(FORMS[form](image1), FORMS[form](image2))
    assert other.image.shape == FORMS[form](image1).shape
    assert other.image.dtype == photo_of(FORMS[form](image1), "a").colours.dtype
    scale = {"uint16": 257.0, "float32": 1 / 255, "uint8": 1.0}[str(other.image.dtype)]
    levels = np.clip(other.image[..., :3] / scale, 0, 255)  # floats go beyond white
    assert np.abs(levels - plain.image).max() <= 1
    assert "8 bits" not in other.note
    if form == "opaque":
        assert (other.image[..., 3] == 255).all()
    if plain.flow is not None:
        assert np.array_equal(plain.flow, other.flow)


def test_grey_is_answered_as_its_colours_are() -> None:
    method = METHODS.get("blend").open(MethodOptions())
    grey1, grey2 = (smooth_image(shift=s)[..., 0] for s in (0.0, 3.0))

    def align(a: Any, b: Any) -> Any:
        return align_photos(lambda x, y: method.align(ImagePair(x, y)), photo_of(a, "a"), photo_of(b, "b")).image

    plain = align(np.dstack([grey1] * 3), np.dstack([grey2] * 3))
    flat, single = align(grey1, grey2), align(grey1[..., None], grey2[..., None])
    assert flat.shape == grey1.shape and single.shape == (*grey1.shape, 1)
    assert np.abs(flat.astype(int) - plain[..., 0]).max() <= 1 and np.array_equal(single[..., 0], flat)
    colour2 = align(grey1, np.dstack([grey2] * 3))  # image 1 decides
    assert np.abs(colour2.astype(int) - flat).max() <= 1


def test_alpha_is_aligned_with_the_colours_and_what_is_transparent_bleeds_not() -> None:
    shift = METHODS.get("oracle_flow").open(MethodOptions())
    image = smooth_image()
    alpha = np.zeros(image.shape[:2], np.uint8)
    alpha[:, 20:40] = 255
    hidden = np.where(alpha[..., None] > 0, image, np.uint8(255))  # garbage under what is not shown
    flow = np.zeros((*alpha.shape, 2), np.float32)
    flow[..., 0] = 5.5
    pair = [photo_of(np.dstack([x, alpha]), "x") for x in (image, hidden)]
    answer = align_photos(lambda a, b: shift.align(ImagePair(a, b, {"flow_gt_to_2": flow})), *pair, "oracle")
    assert answer.image.shape == (*alpha.shape, 4)
    assert (answer.image[:, 15:34, 3] == 255).all() and (answer.image[:, :14, 3] == 0).all()
    edge = answer.image[:, 14]  # half of it is transparent
    assert np.abs(edge[:, 3].astype(int) - 128).max() <= 1
    assert np.abs(edge[:, :3].astype(int) - image[:, 20]).max() <= 1


def test_bright_lights_stay_what_they_are() -> None:
    image = (smooth_image() / 255).astype(np.float32)
    image[10:12, 10:12] = 40.0
    for linear in (False, True):
        photo = photo_of(image, "x", linear)
        assert np.allclose(photo.decoded(photo.encoded()), image, rtol=1e-4, atol=1e-5)
        assert np.mean(photo.rgb8()) > 30, "one light makes the rest black"


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 4, 5), np.uint8), "is not one image"),
        (np.zeros((0, 4, 3), np.uint8), "is not one image"),
        (np.zeros(4, np.uint8), "is not one image"),
        (np.zeros((4, 4, 3), np.int64), "has int64 values"),
        (np.zeros((4, 4), np.complex64), "has complex64 values"),
        (np.full((4, 4), np.nan, np.float32), "not finite"),
        (np.full((4, 4, 3), np.inf), "not finite"),
        (np.zeros((1, 16385), np.uint8), "larger than 16384"),
    ],
)
def test_what_is_no_image_is_refused(array: Any, words: str) -> None:
    with pytest.raises(AlignError, match=f"^mine.*{words}"):
        photo_of(array, "mine")


def saved(path: Path, array: Any, mode: str | None = None, **settings: Any) -> Photo:
    PillowImage.fromarray(array, mode).save(path, **settings)
    return read_photo(path)


def test_files_of_every_kind_are_read(tmp_path: Path) -> None:
    image = noise_image()
    deep = image.astype(np.uint16) * 200 + 13
    assert np.array_equal(saved(tmp_path / "a.png", image).whole(), image)
    grey = saved(tmp_path / "g.png", image[..., 0])
    assert grey.flat and np.array_equal(grey.whole(), image[..., 0])
    with_alpha = saved(tmp_path / "la.png", np.ascontiguousarray(image[..., :2]))
    assert with_alpha.alpha is not None and np.array_equal(with_alpha.whole(), image[..., :2])
    bits = PillowImage.fromarray(image[..., 0] > 128)
    bits.save(tmp_path / "bits.png")
    assert np.array_equal(read_photo(tmp_path / "bits.png").whole(), (image[..., 0] > 128) * np.uint8(255))
    palette = PillowImage.fromarray(image).quantize(40)
    palette.save(tmp_path / "p.png")
    assert np.array_equal(read_photo(tmp_path / "p.png").whole(), np.asarray(palette.convert("RGB")))
    for name, array in {"d.png": deep, "d.tif": deep, "f.tif": deep.astype(np.float32) / 1e4, "dg.png": deep[..., 0],
                        "da.png": np.dstack([deep, deep[..., :1]]), "dg.tif": deep[..., 0]}.items():  # fmt: skip
        order = [2, 1, 0, 3][: array.shape[2]] if array.ndim == 3 else ...
        coded = [cv2.IMWRITE_TIFF_COMPRESSION, 1] if name == "f.tif" else []
        assert cv2.imwrite(str(tmp_path / name), array[..., order] if array.ndim == 3 else array, coded)
        found = read_photo(tmp_path / name).whole()
        assert found.dtype == array.dtype and np.array_equal(found, array), name
    cmyk = PillowImage.fromarray(image).convert("CMYK")
    cmyk.save(tmp_path / "c.jpg")
    assert read_photo(tmp_path / "c.jpg").notes == ("c.jpg was converted from CMYK to RGB",)
    frames = [PillowImage.fromarray(image[..., k]) for k in range(3)]
    frames[0].save(tmp_path / "pages.tif", save_all=True, append_images=frames[1:])
    assert read_photo(tmp_path / "pages.tif").notes == ("pages.tif holds 3 images, of which the first is taken",)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "deep"])
def test_pictures_are_read_as_they_are_shown(ending: str, tmp_path: Path) -> None:
    for orientation in range(1, 9):
        exif = PillowImage.Exif()
        exif[0x0112] = orientation
        check_orientation(smooth_image(), exif, ending, tmp_path)


def check_orientation(image: Any, exif: PillowImage.Exif, ending: str, tmp_path: Path) -> None:
    if ending == "deep":
        path = tmp_path / "x.png"
        PillowImage.fromarray(image).save(path, exif=exif)
        chunk = path.read_bytes()
        start = chunk.index(b"eXIf") - 4
        stop = start + 12 + int.from_bytes(chunk[start : start + 4], "big")
        coded = cv2.imencode(".png", image[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
        path.write_bytes(coded[:33] + chunk[start:stop] + coded[33:])
    else:
        path = tmp_path / f"x.{ending}"
        PillowImage.fromarray(image).save(
            path, exif=exif, **({"quality": 95, "subsampling": 0} if ending == "jpg" else {})
        )
    expected = np.asarray(__import__("PIL.ImageOps").ImageOps.exif_transpose(_with(image, exif)))
    found = read_photo(path).rgb8()
    assert found.shape == expected.shape and np.abs(found.astype(int) - expected).mean() < (
        4 if ending == "jpg" else 0.01
    )


def _with(image: Any, exif: Any) -> Any:
    stream = io.BytesIO()
    PillowImage.fromarray(image).save(stream, format="PNG", exif=exif)
    return PillowImage.open(stream)


@pytest.mark.parametrize("ending", sorted(IMAGE_SUFFIXES))
def test_what_is_written_is_read_again_or_refused_first(ending: str, tmp_path: Path) -> None:
    for (kind, scale), channels in product({"uint8": 255, "uint16": 65535, "float32": 1}.items(), range(5)):
        values = np.random.default_rng(1).uniform(0.1, 1, (9, 7, channels) if channels else (9, 7))
        image = (values * scale).astype(kind)
        photo, path = photo_of(image, "x"), tmp_path / f"{kind}{channels}{ending}"
        try:
            check_holds(path, photo)
        except AlignError as error:
            assert "cannot hold" in str(error) and suffix_for(photo) in str(error)
            check_holds(path.with_suffix(suffix_for(photo)), photo)
            continue
        write_photo(path, image)
        found = read_photo(path)
        assert (found.alpha is not None) == (photo.alpha is not None)
        if kind == "float32" and ending != ".hdr":
            assert np.allclose(found.colours, photo.colours, atol=1e-3)
        elif ending not in (".jpg", ".jpeg", ".hdr"):
            assert np.abs(found.rgb8().astype(int) - photo.rgb8()).max() <= 1


def test_layers_of_an_exr(tmp_path: Path) -> None:
    plane = np.linspace(0, 3, 48, dtype=np.float32).reshape(6, 8)

    def write(name: str, *names: str) -> Photo:
        OpenEXR.File({"type": OpenEXR.scanlineimage}, {n: plane.astype(np.float16) for n in names}).write(
            str(tmp_path / name)
        )
        return read_photo(tmp_path / name)

    colour = write("c.exr", "R", "G", "B", "Z")
    assert colour.linear and colour.colours.shape == (6, 8, 3)
    assert colour.notes == ("c.exr also holds Z, which is not aligned",)
    assert write("y.exr", "Y").flat
    with pytest.raises(AlignError, match="it holds the channels U, V, not R, G, B or Y"):
        write("uv.exr", "U", "V")


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".exr", ".hdr", ".webp", ".bmp"])
def test_damaged_files_end_in_a_sentence(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending}"
    write_photo(path, noise_image() if ending not in (".exr", ".hdr") else noise_image() / np.float32(255))
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for trial in range(25):
        damaged = bytearray(whole[: rng.integers(0, len(whole))] if trial % 2 else whole)
        for place in rng.integers(0, max(1, len(damaged)), 8) if damaged else ():
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(bytes(damaged))
        try:
            read_photo(path)
        except AlignError as error:
            assert "x" + ending in str(error) and "\n" not in str(error)


def test_a_colour_profile_is_kept(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    PillowImage.fromarray(noise_image()).save(tmp_path / "a.png", icc_profile=profile)
    photo = read_photo(tmp_path / "a.png")
    for ending in (".png", ".jpg", ".tif", ".webp"):
        write_photo(tmp_path / f"b{ending}", photo.whole(), photo.profile)
        assert PillowImage.open(tmp_path / f"b{ending}").info.get("icc_profile") == profile

"""Photographs made into triplets with known answers, and sheets of what a method makes of them.

    python -m bench.photographs make FOLDER [--photos FOLDER]
    python -m bench.photographs show FOLDER -o docs/images/photographs.jpg [--method blend] [--only A,B]

`make` needs scikit-image, whose photographs may be shown by anyone (coffee and chelsea CC0, astronaut public domain).
`--photos` names a folder with further ones: `arches_1.jpg` and `arches_2.jpg` show one place from two poses. In each
triplet the camera moves as a photographer's hand does or as the two photographs have it, and a cutout of another
photograph moves between t1 and t2, so that the answer is known. A folder of a triplet holds I1, I2 and Igt as PNG.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.align_photos import align_photos
from dsia_gen.align.images import read_image
from dsia_gen.align.matching.robust_homography import magsac
from dsia_gen.align.methods import AlignmentMethod, ImagePair, MethodOptions, open_method
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography import matches
from dsia_gen.align.photo_files import read_photo, write_photo
from dsia_gen.core.image_metrics import psnr

Image = NDArray[np.uint8]
SIZE = (480, 320)
ROLES = ("I1", "I2", "Igt")


@dataclass(frozen=True)
class Cutout:
    """A part of a photograph that moves, and where it is (columns, rows of its middle) at t1 and t2."""

    image: Image
    alpha: NDArray[np.float32]
    at1: tuple[float, float]
    at2: tuple[float, float]
    turn: float = 0.0
    """Degrees between t1 and t2."""


@dataclass(frozen=True)
class Camera2:
    """What the second photograph differs in."""

    matrix: NDArray[np.float64]
    """Homography from image 1 to image 2."""
    gain: float = 1.0
    parallax: tuple[float, float] = (0.0, 0.0)
    """Pixels by which the cutout, nearer than the rest, moves further in image 2."""
    noise: float = 2.0


def ellipse(photo: Image, middle: tuple[int, int], radii: tuple[int, int], width: int) -> tuple[Image, Any]:
    """A soft ellipse of a photograph as (image, alpha), scaled to a width."""
    x, y = middle
    part = photo[max(0, y - radii[1]) : y + radii[1], max(0, x - radii[0]) : x + radii[0]]
    height = round(width * part.shape[0] / part.shape[1])
    image = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    rows, columns = np.mgrid[:height, :width]
    far = np.hypot((columns - (width - 1) / 2) / (width / 2), (rows - (height - 1) / 2) / (height / 2))
    return image, np.clip((1 - far) * width / 4, 0, 1).astype(np.float32)


def pasted(photo: Image, cutout: Cutout, at: tuple[float, float], degrees: float, view: Any = None) -> Image:
    """The photograph with the cutout at a place, turned, seen under a homography."""
    height, width = cutout.alpha.shape
    place = np.vstack([cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0), [0, 0, 1]])
    place[:2, 2] += np.array(at) - [(width - 1) / 2, (height - 1) / 2]
    matrix = place if view is None else view @ place
    size = photo.shape[1::-1]
    colours = cv2.warpPerspective(cutout.image, matrix, size).astype(np.float32)
    alpha = cv2.warpPerspective(cutout.alpha, matrix, size)[..., None]
    return np.rint(photo * (1 - alpha) + colours * alpha).clip(0, 255).astype(np.uint8)


def triplet(first: Image, second: Image | None, cutout: Cutout, camera: Camera2, seed: int) -> dict[str, Image]:
    """I1, I2 and Igt. `second` is a photograph from the other pose.

    Without it, `first` has a margin of a tenth of `SIZE` around it, and is seen under the homography.
    """
    if second is None:
        x, y = SIZE[0] // 10, SIZE[1] // 10
        inside = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
        second = cv2.warpPerspective(first, camera.matrix @ np.linalg.inv(inside), SIZE, borderMode=cv2.BORDER_REFLECT)
        first = np.ascontiguousarray(first[y : y + SIZE[1], x : x + SIZE[0]])
    seen = second
    shift = np.array([[1, 0, camera.parallax[0]], [0, 1, camera.parallax[1]], [0, 0, 1]])
    seen = pasted(seen, cutout, cutout.at2, cutout.turn, shift @ camera.matrix)
    rng = np.random.default_rng(seed)

    def exposed(image: Image, gain: float) -> Image:
        noisy = image.astype(np.float32) * gain + rng.normal(0, camera.noise, image.shape)
        coded = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED))

    answer = pasted(first, cutout, cutout.at2, cutout.turn)
    return {
        "I1": exposed(pasted(first, cutout, cutout.at1, 0.0), 1.0), "I2": exposed(seen, camera.gain),
        "Igt": (answer.astype(np.float32) * camera.gain).clip(0, 255).astype(np.uint8),
    }  # fmt: skip


def hand(seed: int, shift: float, turn: float, zoom: float = 0.0) -> NDArray[np.float64]:
    """A homography about the middle as of a hand: shift in pixels, turn in degrees, zoom as a share, and some tilt."""
    rng = np.random.default_rng(seed)
    middle = (np.array(SIZE) - 1) / 2
    about = np.vstack([cv2.getRotationMatrix2D(tuple(middle), turn, 1 + zoom), [0, 0, 1]])
    about[:2, 2] += rng.normal(0, shift, 2)
    about[2, :2] = rng.normal(0, 4e-5, 2)
    return about


def make(folder: Path, photos: Path | None) -> None:
    """Write the triplets."""
    from skimage import data

    def scaled(image: Any, margin: float = 1.0) -> Image:
        width, height = round(SIZE[0] * margin), round(SIZE[1] * margin)
        factor = max(width / image.shape[1], height / image.shape[0])
        large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(large[:height, :width])

    coffee, cat, astronaut = data.coffee(), data.chelsea(), data.astronaut()
    head, cup = ellipse(astronaut, (225, 120), (85, 110), 70), ellipse(coffee, (300, 210), (165, 165), 90)
    face = ellipse(cat, (220, 125), (120, 115), 80)
    made = {
        "coffee": (coffee, Cutout(*face, (120, 90), (190, 110)), Camera2(hand(1, 12, 2))),
        "cat": (cat, Cutout(*cup, (90, 240), (170, 200), 20), Camera2(hand(2, 20, -4, 0.05), gain=0.8)),
        "astronaut": (astronaut, Cutout(*cup, (380, 90), (350, 160)), Camera2(hand(3, 8, 1), parallax=(9, 2))),
        "coffee_dark": (coffee, Cutout(*head, (330, 80), (290, 70)), Camera2(hand(4, 15, 3), gain=0.45)),
        "cat_far": (cat, Cutout(*head, (380, 200), (300, 220)), Camera2(hand(5, 10, 28, 0.2))),
        "coffee_near": (coffee, Cutout(*face, (110, 200), (160, 200), -10), Camera2(hand(6, 9, 0), parallax=(-22, 4))),
    }
    triplets = {
        name: triplet(scaled(photo, 1.2), None, cutout, camera, k)
        for k, (name, (photo, cutout, camera)) in enumerate(made.items())
    }
    if photos is not None:
        one, two = (scaled(read_image(photos / f"arches_{k}.jpg")) for k in (1, 2))
        matrix, _ = magsac(*matches(one, two, GeometricSettings()), 3.0)
        if matrix is None:
            raise SystemExit(f"{photos}: the two photographs of arches do not show one place")
        for k, (at1, at2) in enumerate((((250, 230), (320, 220)), ((330, 90), (270, 120)))):
            cutout = Cutout(*(face, head)[k], at1, at2)
            triplets[f"arches_{k + 1}"] = triplet(one, two, cutout, Camera2(matrix, parallax=(5.0 * k, 0)), 20 + k)
            # the homography holds for the far rock alone: what the answer shows is image 1 with the cutout moved
    for name, images in triplets.items():
        for role, image in images.items():
            write_photo(folder / name / f"{role}.png", image)
    print(f"{len(triplets)} triplets: {folder}")


def show(folder: Path, output: Path, method: AlignmentMethod, only: list[str]) -> None:
    """Write a sheet: a row for each triplet or pair with I1, I2, the answer, and its error (of a pair, to I1)."""
    rows = []
    for path in sorted(p for p in folder.iterdir() if (p / "I1.png").is_file() and (not only or p.name in only)):
        first, second = read_photo(path / "I1.png"), read_photo(path / "I2.png")
        answer = align_photos(lambda a, b: method.align(ImagePair(a, b)), first, second, method.info.group)
        truth = path / "Igt.png"
        wanted = read_image(truth if truth.is_file() else path / "I1.png")
        apart = np.abs(answer.image.astype(int) - wanted).clip(0, 85) * 3
        rows.append(np.concatenate([first.rgb8(), second.rgb8(), wanted, answer.image, apart.astype(np.uint8)], axis=1))
        names = {"copy of I1": first.rgb8(), "answer": answer.image}
        homography = open_method("homography", MethodOptions()).align(ImagePair(first.rgb8(), second.rgb8())).image
        changed = np.abs(first.rgb8().astype(int) - wanted).max(axis=-1) > 25
        figures = [
            f"{name} {psnr(image, wanted):.2f} / {psnr(image, wanted, changed):.2f}"
            for name, image in {**names, "homography": homography}.items()
        ]
        print(f"{path.name}: PSNR all / changed: {', '.join(figures)} {answer.note}", flush=True)
    width = max(row.shape[1] for row in rows)
    sheet = np.concatenate(
        [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    )
    write_photo(output, sheet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "show"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("photographs.jpg"))
    parser.add_argument("--method", default="mc_aligner")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    if given.what == "make":
        make(given.folder, given.photos)
    else:
        only = [name for name in given.only.split(",") if name]
        show(given.folder, given.output, open_method(given.method, MethodOptions()), only)


if __name__ == "__main__":
    main()

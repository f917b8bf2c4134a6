"""Small folders in the layouts of MPI Sintel, KITTI and HPatches, with a known flow."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.image_metrics import bilinear
from dsia_gen.dataset.export.encode import flo, kitti_flow

HEIGHT, WIDTH = 40, 56
SHIFT = (3.0, -2.0)
"""The flow of every pair, in px."""


def texture(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """A picture in which DIS finds motion."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 4 + 6, width // 4 + 6, 3)).astype(np.float64)
    x, y = np.meshgrid(np.arange(width) / 4 + 2, np.arange(height) / 4 + 2)
    return np.rint(bilinear(small, x, y)).astype(np.uint8)


def moved_pair(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Two pictures of which the second shows each pixel `SHIFT` further."""
    large = texture(seed, HEIGHT + 16, WIDTH + 16)
    x, y = (int(v) for v in SHIFT)
    return large[8 : 8 + HEIGHT, 8 : 8 + WIDTH], large[8 - y : 8 - y + HEIGHT, 8 - x : 8 - x + WIDTH]


def constant_flow() -> NDArray[np.float32]:
    """`SHIFT` everywhere."""
    return np.broadcast_to(np.array(SHIFT, np.float32), (HEIGHT, WIDTH, 2)).copy()


def hidden_mask() -> NDArray[np.bool_]:
    """Pixels that the sets call hidden: the left eighth."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, : WIDTH // 8] = True
    return mask


def write(path: Path, data: bytes | NDArray[np.uint8]) -> None:
    """A file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        iio.imwrite(path, data)


def make_sintel(root: Path) -> Path:
    """Two sequences of two frames, in clean and final; a row of the flow is invalid."""
    invalid = np.zeros((HEIGHT, WIDTH), np.uint8)
    invalid[0] = 255
    for k, sequence in enumerate(("alley_1", "market_2")):
        for number, picture in enumerate(moved_pair(k), 1):
            for render in ("clean", "final"):
                write(root / "training" / render / sequence / f"frame_{number:04d}.png", picture)
        name = Path(sequence) / "frame_0001"
        wrong = constant_flow()
        wrong[0] = 77
        write(root / "training" / "flow" / name.with_suffix(".flo"), flo(wrong))
        write(root / "training" / "occlusions" / name.with_suffix(".png"), hidden_mask().astype(np.uint8) * 255)
        write(root / "training" / "invalid" / name.with_suffix(".png"), invalid)
    return root


def make_kitti(root: Path, pictures: str = "image_2", count: int = 2) -> Path:
    """Scenes of which every third column is measured, and the hidden part in `flow_occ` alone."""
    measured = np.zeros((HEIGHT, WIDTH), bool)
    measured[:, ::3] = True
    for k in range(count):
        first, second = moved_pair(k)
        write(root / "training" / pictures / f"{k:06d}_10.png", first)
        write(root / "training" / pictures / f"{k:06d}_11.png", second)
        for folder, valid in (("flow_occ", measured), ("flow_noc", measured & ~hidden_mask())):
            write(root / "training" / folder / f"{k:06d}_10.png", kitti_flow(constant_flow(), valid))
    return root


def make_hpatches(root: Path) -> Path:
    """One sequence of viewpoint whose pictures are larger and shifted, and one of light, which counts for nothing.

    Picture k shows what picture 1 shows (2 k, -k) px further.
    """
    large = texture(0, 2 * HEIGHT + 40, 2 * WIDTH + 40)
    for sequence in ("v_wall", "i_light"):
        for number in range(1, 7):
            top, left = (20 + number, 20 - 2 * number) if number > 1 else (20, 20)
            write(root / sequence / f"{number}.ppm", large[top : top + 2 * HEIGHT, left : left + 2 * WIDTH])
            if number > 1:
                text = f"1 0 {2.0 * number}\n0 1 {-1.0 * number}\n0 0 1\n"
                write(root / sequence / f"H_1_{number}", text.encode())
    return root

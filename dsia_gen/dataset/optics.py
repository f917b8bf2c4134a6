"""What a lens and a shutter do to scene-linear light: vignetting, colour cast, motion blur. Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.interpolation import Lookup
from dsia_gen.dataset.photography import Floats, Linear


def vignetting(shape: tuple[int, int], K: NDArray[np.float64], strength: float = 1.0) -> Linear:
    """Gain (H, W) of a thin lens: cos(angle)^(4 strength), 1 on the optical axis; strength 0 is none.

    The angle is that of the ray through the pixel centre, by K (3, 3) in pixels. The cosine-fourth law of
    Horn, Robot Vision (1986), section 10.3.
    """
    x = (np.arange(shape[1]) + 0.5 - K[0, 2]) / K[0, 0]
    y = (np.arange(shape[0]) + 0.5 - K[1, 2]) / K[1, 1]
    cosine_squared = 1 / (1 + x[None] ** 2 + y[:, None] ** 2)
    return (cosine_squared ** (2 * strength)).astype(np.float32)


def white_balance(linear: Floats, warmth: float, tint: float = 0.0) -> Linear:
    """Light (H, W, 3) through a camera whose white is off: `warmth` and `tint` in stops.

    Red gains half the warmth and blue loses it; green gains the tint. Zero changes nothing.
    """
    gains = np.exp2(np.array([warmth / 2, tint, -warmth / 2])).astype(np.float32)
    return (np.asarray(linear, dtype=np.float32) * gains).astype(np.float32)


def motion_blur(linear: Floats, flow: Floats, shutter: float, taps: int = 0) -> Linear:
    """The mean of (H, W, 3) light over an open shutter, gathered along a flow (H, W, 2) in pixels.

    `shutter` is the open share of the time that the flow takes, half before and half after the image; pixels without
    a flow (NaN) stay. Each pixel gathers along its own motion (Rosado, GPU Gems 3, chapter 27), so a fast object
    is blurred within its outline and does not spread over what is behind it. `taps` 0 takes one for each pixel of the
    longest path, 9 to 65 of them.
    """
    height, width = linear.shape[:2]
    way = np.nan_to_num(np.asarray(flow, dtype=np.float32) * np.float32(shutter), posinf=0.0, neginf=0.0)
    longest = float(np.abs(way).max(initial=0.0))
    if longest == 0:
        return np.asarray(linear, dtype=np.float32)
    count = taps or int(np.clip(np.ceil(longest), 9, 65)) | 1
    planes = [np.ascontiguousarray(linear[..., c], dtype=np.float32) for c in range(3)]
    rows, columns = np.divmod(np.arange(height * width), width)
    x, y = columns.astype(np.float32) + np.float32(0.5), rows.astype(np.float32) + np.float32(0.5)
    u, v = way[..., 0].reshape(-1), way[..., 1].reshape(-1)
    total = np.zeros((height * width, 3), np.float32)
    for step in np.linspace(-0.5, 0.5, count, dtype=np.float32):
        there = Lookup.at(x + step * u, y + step * v, (height, width))
        total += np.stack([there(plane) for plane in planes], axis=-1)
    return np.divide(total, np.float32(count), dtype=np.float32).reshape(height, width, 3)

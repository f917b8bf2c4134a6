"""What cameras and time do to pictures: other light at t2, exposure, blur, noise and compression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.layered.textures import noise
from dsia_gen.align.methods.method import opencv

Floats = NDArray[np.float32]


def with_faults(rng: np.random.Generator, colours: dict[str, Floats]) -> dict[str, Floats]:
    """Pictures (H, W, 3) in [0, 1] of the roles "1", "2" and "gt" as photographs.

    The light of t2 is that of I2 and Igt, another exposure and white balance that of I2 alone; Igt is never compressed.
    """
    cv2 = opencv()
    height, width = colours["1"].shape[:2]
    light = np.ones((height, width, 3), np.float32)
    if rng.random() < 0.6:
        field = cv2.resize(noise(rng, 2.0, 16), (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
        light = np.exp(rng.normal(0, 0.08) + rng.uniform(0, 0.15) * field + rng.normal(0, 0.02, 3)).astype(np.float32)
    exposure = np.exp(rng.normal(0, 0.06, 3) * (rng.random() < 0.3)).astype(np.float32)
    blur, grain = float(rng.choice([0.0, 0.4, 0.7])), rng.choice([0.5, 2.0, 5.0]) * rng.uniform(0.3, 1) / 255
    quality = int(rng.uniform(60, 98)) if rng.random() < 0.3 else 0
    contrast = rng.uniform(0.85, 1.3)
    photographs = {}
    for role, ideal in colours.items():
        colour = ideal if role == "1" else ideal * light
        colour = colour * exposure if role == "2" else colour
        colour = np.clip(colour, 0, 1.3) ** contrast
        if blur:
            colour = cv2.GaussianBlur(colour, (0, 0), blur)
        colour = np.clip(colour + rng.normal(0, grain, colour.shape), 0, 1)
        if quality and role != "gt":
            levels = np.rint(colour * 255).astype(np.uint8)
            _, packed = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
            colour = cv2.imdecode(packed, cv2.IMREAD_COLOR) / 255
        photographs[role] = colour.astype(np.float32)
    return photographs

"""Camera paths as small images, seen from above."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from dsia_gen.core.rotations import Array


def top_down(poses: Array, pixels: int) -> Image.Image:
    """Camera poses (N, 4, 4) from above, +Y up: the path, its start, and directions of view; (pixels, pixels) RGB."""
    scale = 4
    side = pixels * scale
    places = poses[:, :2, 3]
    low, high = places.min(axis=0), places.max(axis=0)
    reach = float((high - low).max()) or 1.0
    points = (places - (low + high) / 2) / reach * 0.72 * side * np.array([1.0, -1.0]) + side / 2
    image = Image.new("RGB", (side, side), (244, 244, 242))
    draw = ImageDraw.Draw(image)
    for i in np.linspace(0, len(points) - 1, min(len(points), 12)).astype(int):
        view = poses[i, :2, 2] * np.array([1.0, -1.0]) * 0.09 * side
        draw.line([*points[i], *(points[i] + view)], fill=(224, 122, 60), width=scale * 2)
    draw.line([tuple(p) for p in points], fill=(40, 70, 120), width=scale * 2, joint="curve")
    x, y = points[0]
    draw.ellipse([x - 4 * scale, y - 4 * scale, x + 4 * scale, y + 4 * scale], fill=(40, 140, 80))
    return image.resize((pixels, pixels), Image.Resampling.LANCZOS)

"""Arrays of a sample as colour images for people: flow wheel, depth, occlusion reasons, masks, instances.

All take arrays as the table of outputs defines them and return (H, W, 3) uint8 sRGB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.spec.outputs import Occlusion

Rgb8 = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]

BACKGROUND = (24, 24, 28)
"""Colour of pixels without a value."""

_WHEEL_STEPS = ((15, 0, 1, 1), (6, 1, 0, -1), (4, 1, 2, 1), (11, 2, 1, -1), (13, 2, 0, 1), (6, 0, 2, -1))
"""Arcs from red over yellow, green, cyan, blue and magenta: steps, full channel, changing channel, its direction."""

OCCLUSION_COLOURS: dict[Occlusion, tuple[int, int, int]] = {
    Occlusion.VISIBLE: (232, 232, 228),
    Occlusion.OUT_OF_FRAME: (86, 180, 233),
    Occlusion.SELF_OCCLUDED: (230, 159, 0),
    Occlusion.OCCLUDED: (213, 94, 0),
    Occlusion.BEHIND_CAMERA: (204, 121, 167),
    Occlusion.NO_GROUND_TRUTH: BACKGROUND,
}
"""Colours of Okabe and Ito (2008), which people with any colour vision can tell apart."""


def colour_wheel() -> NDArray[np.float64]:
    """Colours of directions.

    Returns
    -------
    ndarray of float64, (55, 3)
        RGB in [0, 1] around the circle.

    Notes
    -----
    Baker et al., A Database and Evaluation Methodology for Optical Flow, IJCV 2011, fig. 4; the steps of its reference
    code.
    """
    arcs = []
    for steps, full, changing, direction in _WHEEL_STEPS:
        arc = np.zeros((steps, 3))
        ramp = np.arange(steps) / steps
        arc[:, full] = 1.0
        arc[:, changing] = ramp if direction > 0 else 1.0 - ramp
        arcs.append(arc)
    return np.concatenate(arcs)


def flow_to_rgb(flow: Floats, largest: float | None = None) -> Rgb8:
    """Colours of a flow: direction is hue, length is saturation.

    Parameters
    ----------
    flow : ndarray of float, (H, W, 2)
        Pixels, right and down; NaN becomes the background colour.
    largest : float, optional
        Length in pixels from which on colours are darker: by default the 99th percentile, at least 1. Pass the same
        number for flows that are to be compared.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    length = np.hypot(flow[..., 0], flow[..., 1]).astype(np.float64)
    known = np.isfinite(length)
    scale = flow_scale(flow) if largest is None else max(float(largest), 1e-6)
    u, v = (np.where(known, flow[..., i], 0.0) / scale for i in (0, 1))
    wheel = colour_wheel()
    place = (np.arctan2(-v, -u) / np.pi + 1) / 2 * (len(wheel) - 1)  # noqa: TID251 - both are close-packed
    low = np.floor(place).astype(int)
    share = (place - low)[..., None]
    hue = (1 - share) * wheel[low] + share * wheel[(low + 1) % len(wheel)]
    radius = np.where(known, length, 0.0)[..., None] / scale
    colours = np.where(radius <= 1, 1 - radius * (1 - hue), hue * 0.75)
    return _filled(colours, known)


def flow_scale(*flows: Floats) -> float:
    """The length that fills the colour wheel.

    Parameters
    ----------
    *flows : ndarray of float, (H, W, 2)
        Pixels.

    Returns
    -------
    float
        The 99th percentile of all lengths in pixels, at least 1.
    """
    lengths = np.concatenate([np.hypot(f[..., 0], f[..., 1]).ravel() for f in flows])
    lengths = lengths[np.isfinite(lengths)]
    return max(1.0, float(np.percentile(lengths, 99))) if lengths.size else 1.0


def depth_to_rgb(depth: Floats, nearest: float | None = None, farthest: float | None = None) -> Rgb8:
    """Colours of a depth: bright near and dark far, evenly in 1 / depth.

    Parameters
    ----------
    depth : ndarray of float, (H, W)
        Metres; +inf becomes the background colour.
    nearest, farthest : float, optional
        The range in metres; by default the 1st and 99th percentiles.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    known = np.isfinite(depth) & (depth > 0)
    if not known.any():
        return _filled(np.zeros((*depth.shape, 3)), known)
    low, high = np.percentile(depth[known], [1, 99])
    near, far = 1 / (nearest or max(low, 1e-6)), 1 / (farthest or max(high, 1e-6))
    inverse = 1 / np.where(known, depth, 1.0)
    level = np.clip((inverse - far) / max(near - far, 1e-9), 0, 1)
    return _filled(_inferno(level), known)


def error_to_rgb(a: Rgb8, b: Rgb8, largest: float = 64.0) -> Rgb8:
    """Colours of the mean absolute difference of two images: none is dark.

    Parameters
    ----------
    a, b : ndarray of uint8, (H, W, 3)
        The images.
    largest : float
        Levels of 255 that are brightest.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    apart = np.abs(a.astype(np.float64) - b).mean(axis=-1)
    return _filled(_inferno(np.clip(apart / largest, 0, 1)), np.ones(apart.shape, dtype=bool))


def _inferno(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """matplotlib's inferno between seven of its colours."""
    stops = np.array([
        (20, 11, 52), (61, 9, 101), (120, 28, 109), (187, 55, 84), (237, 105, 37), (252, 180, 24), (252, 255, 164),
    ]) / 255  # fmt: skip
    place = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(level, place, stops[:, c]) for c in range(3)], axis=-1)


def occlusion_to_rgb(occlusion: NDArray[np.uint8]) -> Rgb8:
    """Colours of occlusion reasons, see OCCLUSION_COLOURS.

    Parameters
    ----------
    occlusion : ndarray of uint8, (H, W)
        Values of Occlusion.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    table = np.zeros((256, 3), np.uint8)
    for reason, colour in OCCLUSION_COLOURS.items():
        table[reason] = colour
    return table[occlusion]


def instances_to_rgb(ids: NDArray[np.uint16]) -> Rgb8:
    """Colours of instance ids: neighbouring ids differ clearly, and an id has one colour in every image.

    Parameters
    ----------
    ids : ndarray of uint16, (H, W)
        Instance ids; 0 becomes the background colour.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    found, inverse = np.unique(ids, return_inverse=True)
    hue = found[:, None] * 0.6180339887498949 * 2 * np.pi  # steps of the golden angle never come close to one another
    light = np.array([0.62, 0.78, 0.5])[found % 3, None]
    channels = light + 0.32 * np.cos(hue + np.array([0.0, 2.0, 4.0]) * np.pi / 3)
    table = np.clip(channels * 255, 0, 255).astype(np.uint8)
    table[found == 0] = BACKGROUND
    return table[inverse.reshape(ids.shape)]


def mask_overlay(image: Rgb8, mask: NDArray[Any], colour: tuple[int, int, int] = (255, 64, 64)) -> Rgb8:
    """An image with a mask on it: tinted where the mask is set, grey and darker elsewhere.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        The image.
    mask : ndarray, (H, W)
        Set where it is not zero.
    colour : tuple of int
        The tint, sRGB.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB levels.
    """
    inside = np.asarray(mask) != 0
    grey = image.mean(axis=-1, keepdims=True)
    tinted = 0.55 * image + 0.45 * np.array(colour)
    return np.where(inside[..., None], tinted, 0.55 * grey).astype(np.uint8)


def _filled(colours: NDArray[np.float64], known: NDArray[np.bool_]) -> Rgb8:
    pixels = np.floor(np.clip(colours, 0, 1) * 255).astype(np.uint8)
    pixels[~known] = BACKGROUND
    return pixels

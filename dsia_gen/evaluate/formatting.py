"""Numbers and reasons as the reports write them."""

from __future__ import annotations

import math

from dsia_gen.evaluate.statistics import Mean

DIGITS = {
    "psnr": 2, "ssim": 3, "lpips": 3, "lpips_vgg": 3, "dreamsim": 3, "psnr_mu": 2, "epe": 2, "share": 3,
}  # fmt: skip
MISSING = "n/a"


def number(value: float, measure: str) -> str:
    """A value with the digits of its measure; a dash for none."""
    if math.isnan(value):
        return "-"
    return "inf" if math.isinf(value) else f"{value:.{DIGITS[measure]}f}"


def half_width(mean: Mean, measure: str) -> str:
    """The wider half of an interval, such as 0.31; empty where there is none."""
    wide = max(mean.high - mean.mean, mean.mean - mean.low)
    return number(wide, measure) if math.isfinite(wide) else ""


def with_interval(mean: Mean, measure: str) -> str:
    """`26.67 (26.10 to 27.20)`."""
    text = number(mean.mean, measure)
    if not (math.isfinite(mean.low) and math.isfinite(mean.high)):
        return text
    return f"{text} ({number(mean.low, measure)} to {number(mean.high, measure)})"


def seconds(value: float) -> str:
    """Three digits that matter; below a tenth of a millisecond there is nothing to tell."""
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}" if value < 1 else f"{value:.3g}"


def p_value(value: float) -> str:
    """`0.012`, `< 0.0001`, or a dash."""
    if math.isnan(value):
        return "-"
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}" if value < 0.01 else f"{value:.2f}"

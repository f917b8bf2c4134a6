"""Data sets for image alignment, rendered with exact ground truth, and the aligner that learns from them."""

__version__ = "0.3.0"

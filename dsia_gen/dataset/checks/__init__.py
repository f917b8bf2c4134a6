"""The checks of a data set by theme; importing this package registers them all."""

from __future__ import annotations

from dsia_gen.dataset.checks import files as structure
from dsia_gen.dataset.checks import geometry, labels, photometric, pixels

__all__ = ["geometry", "labels", "photometric", "pixels", "structure"]

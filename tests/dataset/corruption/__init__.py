"""A table of named ways to make a data set false, which the bench and the tests apply one by one."""

from __future__ import annotations

from tests.dataset.corruption.arrays import ARRAYS
from tests.dataset.corruption.described import DESCRIBED
from tests.dataset.corruption.indexed import INDEXED
from tests.dataset.corruption.stored_files import STORED_FILES
from tests.dataset.corruption.target import Corruption, Target

CORRUPTIONS: tuple[Corruption, ...] = (*STORED_FILES, *ARRAYS, *DESCRIBED, *INDEXED)

__all__ = ["CORRUPTIONS", "Corruption", "Target"]

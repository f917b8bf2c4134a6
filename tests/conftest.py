"""Shared by all suites: the checkout is importable, also by the child processes of a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real assets beside the checkout; the test is skipped where it is absent."""
    folder = CHECKOUT.parent / "shared"
    if not (folder / "assets").is_dir():
        pytest.skip(f"no folder of real assets at {folder}")
    return folder

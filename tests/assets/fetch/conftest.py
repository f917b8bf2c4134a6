"""A site, and a web that does not really wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsia_gen.assets.fetch.web import DownloadLimits, Web
from tests.assets.fetch.server import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served


@pytest.fixture
def waits() -> list[float]:
    """Seconds that the web would have slept."""
    return []


@pytest.fixture
def web(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> Web:
    monkeypatch.setenv("NO_PROXY", "*")
    return Web(DownloadLimits(tries=4, timeout=5.0, free_bytes=0), sleep=waits.append)

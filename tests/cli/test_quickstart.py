"""`dsia-gen quickstart`: what it leaves, what it says, and when it opens the page."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from dsia_gen.cli.quickstart import can_open_pages


@pytest.mark.parametrize(
    ("environment", "platform", "wanted"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "darwin", False),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "DISPLAY": "localhost:10.0"}, "linux", True),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "BROWSER": "/usr/bin/open-there"}, "linux", True),
        ({"CI": "true", "DISPLAY": ":0"}, "linux", False),
    ],
)
def test_a_page_is_opened_where_somebody_sees_it(environment: dict[str, str], platform: str, wanted: bool) -> None:
    assert can_open_pages(environment, platform) is wanted


@pytest.mark.blender
def test_a_page_comes_of_one_command(dsia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    monkeypatch.setenv("BROWSER", "some-browser")
    monkeypatch.delenv("CI", raising=False)
    data = tmp_path / "data"
    page = data / "report" / "index.html"

    done = dsia("quickstart", "tiny", "-o", data)
    assert done.code == 0 and str(page) in done.out and opened == [page.as_uri()]
    assert page.read_text().lower().startswith("<!doctype html>") and (data / "validation.json").is_file()

    # the same command again finds all of it finished
    again = dsia("quickstart", "tiny", "-o", data, "--no-open")
    assert again.code == 0 and "1 were finished before" in again.out and len(opened) == 1

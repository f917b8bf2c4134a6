"""What the user told pip is told to uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core.package_sources import pip_settings, uv_sources

FILE = """
[global]
index-url = https://one.example/simple
extra-index-url = https://two.example/simple
    https://three.example/simple
find_links = /wheels

[install]
cert = /certificates.pem
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path / "home")
    (tmp_path / "pip.conf").write_text(FILE)
    return {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "XDG_CONFIG_DIRS": str(tmp_path)}


def test_files_and_variables_are_one(told: dict[str, str]) -> None:
    """The same settings, written in a file or as variables, give the same options."""
    options, more = uv_sources(told)
    assert options[:2] == ["--default-index", "https://one.example/simple"]
    assert options.count("--index") == 2 and options[-2:] == ["--find-links", "/wheels"]
    assert more == {"SSL_CERT_FILE": "/certificates.pem"}
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in pip_settings(told).items()}
    assert uv_sources({"PIP_CONFIG_FILE": "/dev/null", **variables}) == (options, more)


def test_variables_are_stronger_than_files(told: dict[str, str]) -> None:
    assert pip_settings({**told, "PIP_INDEX_URL": "https://four.example"})["index-url"] == "https://four.example"


def test_what_uv_was_told_itself_stands(told: dict[str, str]) -> None:
    options, more = uv_sources({**told, "UV_DEFAULT_INDEX": "https://uv.example", "SSL_CERT_FILE": "/own.pem"})
    assert (options, more) == ([], {})


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_no_index(told: dict[str, str], value: str, expected: bool) -> None:
    assert ("--no-index" in uv_sources({**told, "PIP_NO_INDEX": value})[0]) is expected


@pytest.mark.parametrize("text", ["[global", "\x00\xff", "index-url = x", "[global]\nindex-url\n"])
def test_a_file_that_pip_could_not_read_either_is_passed_over(told: dict[str, str], text: str) -> None:
    Path(told["PIP_CONFIG_FILE"]).write_text(text)
    assert isinstance(uv_sources(told)[0], list)

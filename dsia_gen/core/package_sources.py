"""Where packages are downloaded from: what the user told pip is told to uv too, which does not read it."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

BLENDER_INDEX = "https://download.blender.org/pypi/"
"""Blender's own package page, which keeps the versions that have left the index."""
_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "no-index": "--no-index",
    "cert": "SSL_CERT_FILE",
}
_UV_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX")


def uv_sources(variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Options and variables that make uv look where pip does. None where uv was told itself where to look."""
    told = pip_settings(variables)
    more: dict[str, str] = {}
    if told.get("cert") and "SSL_CERT_FILE" not in variables:
        more["SSL_CERT_FILE"] = told["cert"]
    if any(variables.get(name) for name in _UV_INDEX):
        return [], more
    options: list[str] = []
    for name, option in _OPTIONS.items():
        if name == "no-index":
            options += [option] if told.get(name, "").lower() in ("1", "true", "yes", "on") else []
        elif option.startswith("--"):
            options += [word for value in told.get(name, "").split() for word in (option, value)]
    return options, more


def pip_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Where pip looks for packages, by the names of its options: of its configuration files, then of its variables."""
    found: dict[str, str] = {}
    for path in _pip_files(variables):
        parser = configparser.RawConfigParser()
        with suppress(OSError, configparser.Error, UnicodeDecodeError):  # pip itself reports what is wrong with it
            parser.read(path, encoding="utf-8")
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {name.replace("_", "-"): value for name, value in parser.items(section) if value}
    for name in _OPTIONS:
        value = variables.get(f"PIP_{name.upper().replace('-', '_')}")
        if value:
            found[name] = value
    return {name: value for name, value in found.items() if name in _OPTIONS}


def _pip_files(variables: Mapping[str, str]) -> list[Path]:
    """pip's configuration files, the strongest last."""
    given = variables.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    home = Path.home()
    if sys.platform == "win32":
        name = "pip.ini"
        shared = [Path(variables.get("PROGRAMDATA", "C:/ProgramData")) / "pip" / name]
        own = [home / "pip" / name, Path(variables.get("APPDATA", str(home))) / "pip" / name]
    else:
        name = "pip.conf"
        folders = variables.get("XDG_CONFIG_DIRS") or ("/Library/Application Support" if _mac() else "/etc/xdg")
        shared = [*(Path(folder) / "pip" / name for folder in reversed(folders.split(os.pathsep))), Path("/etc") / name]
        config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
        mac = home / "Library/Application Support/pip" / name
        own = [home / ".pip" / name, mac if _mac() and mac.parent.is_dir() else config / "pip" / name]
    return [*shared, *own, Path(sys.prefix) / name, *([Path(given)] if given else [])]


def _mac() -> bool:
    return sys.platform == "darwin"

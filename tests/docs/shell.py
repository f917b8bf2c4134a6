"""What a shell makes of printed commands: bash reads them, and every program only writes down its words."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

RECORDER = r"""
record() { printf '%s\0' "$#" "$@" >&3; }
command_not_found_handle() { record "$@"; return 0; }
"""
SHIM = """#!/bin/bash
printf '%s\\0' "$(($# + 1))" "$0" "$@" >&3
"""
PROGRAM_PATH = re.compile(r"(?<![\w/.:-])(\.?\w[\w.-]*(?:/[\w.-]+)+)")


def typed(block: str) -> str:
    """What of a block is typed: lines after a prompt where there are any, else all."""
    lines = block.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return block
    kept, going_on = [], False
    for line in lines:
        if line.startswith("$ ") or going_on:
            kept.append(line.removeprefix("$ "))
            going_on = line.endswith("\\")
    return "\n".join(kept)


def commands(block: str, folder: Path, checkout: Path) -> tuple[list[list[str]], str]:
    """The words of every command of a block, as bash passes them on, and what bash itself complains of.

    `folder` is the current one: what the block writes by a redirection is there afterwards, as a
    folder is that it clones, and an environment that it makes.
    """
    for name in set(PROGRAM_PATH.findall(block)):
        path = checkout / name
        if name.startswith(".venv/bin/") or (path.is_file() and os.access(path, os.X_OK)):
            shim = folder / name
            shim.parent.mkdir(parents=True, exist_ok=True)
            shim.write_text(SHIM)
            shim.chmod(0o755)
    for name in re.findall(r"git clone \S+/([\w-]+)(?:\.git)?(?=\s|$)", block):
        (folder / name).mkdir(exist_ok=True)
    for name in re.findall(r"python3? -m venv (\S+)", block):
        for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
            (place / name / "bin").mkdir(parents=True, exist_ok=True)
            (place / name / "bin" / "activate").write_text("")
    record = folder / ".recorded"
    record.write_bytes(b"")
    done = subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-c", f"{RECORDER}\nexec 3>>'{record}'\n{typed(block)}\nwait"],
        cwd=folder, env={"PATH": "/nowhere", "HOME": "/home/you", "PWD": str(folder)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600, check=False,
    )  # fmt: skip
    fields = record.read_bytes().decode().split("\0")[:-1]
    record.unlink()
    found = []
    while fields:
        count = int(fields.pop(0))
        found.append(fields[:count])
        del fields[:count]
    return found, done.stderr.strip()

"""Stand-ins for what installs Blender: an environment of a few bytes, uv, and Pythons of any version."""

from __future__ import annotations

import sys
from pathlib import Path

from dsia_gen.core.blender_environments import RECEIPT, EnvironmentReceipt, environment_folder
from dsia_gen.core.blender_lines import BlenderLine

# What the stand-in of uv does: `venv FOLDER` makes a Python, `pip install` the packages, and notes how it was called.
UV = """#!{python}
import json, os, sys
from pathlib import Path
words = sys.argv[1:]
with open({calls!r}, "a") as stream:
    stream.write(json.dumps([words, os.environ.get("UV_CACHE_DIR", "")]) + "\\n")
behaviour = Path({behaviour!r}).read_text() if Path({behaviour!r}).exists() else ""
if words[0] == "venv" and behaviour == "no Python":
    sys.exit("warning: a\\nerror: Request failed after 3 retries\\n  cause: b\\n  cause: failed to look up a name")
elif words[0] == "venv":
    folder = Path(words[-1])
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to({python!r})
    (folder / "lib" / "python3" / "site-packages").mkdir(parents=True)
elif words[:2] == ["pip", "install"]:
    if behaviour == "not on the index" and "https://download.blender.org/pypi/" not in words:
        sys.exit("error: no version of bpy")
    if behaviour not in ("", "half", "not on the index"):
        sys.exit(behaviour)
    packages = Path(words[words.index("--python") + 1]).parent.parent / "lib" / "python3" / "site-packages"
    exec(Path({packages!r}).read_text())
    write_packages(packages)
    if behaviour == "half":
        (packages / "bpy" / "__init__.so").write_bytes(b"cut")
"""
PACKAGES = """
def write_packages(packages):
    files = {"bpy/__init__.so": b"Blender" * 10, "bpy/5.2/datafiles/a.exr": b"light"}
    for name, data in files.items():
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_bytes(data)
    rows = [f"{name},sha256=x,{len(data)}" for name, data in files.items()]
    (packages / "bpy-1.dist-info").mkdir(exist_ok=True)
    (packages / "bpy-1.dist-info" / "RECORD").write_text("\\\\n".join([*rows, "bpy-1.dist-info/RECORD,,"]) + "\\\\n")
""".replace("\\\\", "\\")


def fake_uv(folder: Path, behaviour: str = "") -> str:
    """A program that does what this package asks of uv, or fails with `behaviour` as its words."""
    folder.mkdir(parents=True, exist_ok=True)
    program, said = folder / "uv", folder / "behaviour"
    (folder / "packages.py").write_text(PACKAGES)
    program.write_text(
        UV.format(
            python=sys.executable,
            calls=str(folder / "calls"),
            behaviour=str(said),
            packages=str(folder / "packages.py"),
        )
    )
    program.chmod(0o755)
    said.write_text(behaviour)
    return str(program)


def fake_environment(line: BlenderLine) -> Path:
    """A whole environment of a line, as it would lie in the cache."""
    folder = environment_folder(line)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    packages = folder / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    scope: dict[str, object] = {}
    exec(PACKAGES, scope)
    write = scope["write_packages"]
    assert callable(write)
    write(packages)
    receipt = EnvironmentReceipt(line=line.name, blender=line.version, python=line.python, dsia_gen="1")
    (folder / RECEIPT).write_bytes(receipt.to_json())
    return folder


def fake_python(folder: Path, name: str, answer: str) -> Path:
    """A program that answers as a Python does which is asked for its version; with `answer` "" it cannot start."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{f'echo {answer}' if answer else 'echo not found >&2; exit 127'}\n")
    program.chmod(0o755)
    return program

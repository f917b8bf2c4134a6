"""The lines of Blender that environments are made of: the Python of each, where it can be had, and its lock."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from dsia_gen.core.errors import BlenderError, ConfigError

LOCKS = Path(__file__).with_name("blender_locks")
"""Requirements of each line with the hashes of all their files; requirements.in says how they were made."""
OTHER_BYTES = 75 * 10**6
"""Size of all that is downloaded beside Blender itself."""


@dataclass(frozen=True)
class BlenderLine:
    """A long-term line of Blender as a Python module.

    `wheels` holds the size in bytes of its file for each system and processor, `disk` that of the whole environment.
    """

    name: str
    python: str
    wheels: dict[tuple[str, str], int]
    disk: int

    @property
    def lock(self) -> Path:
        """The file of locked requirements."""
        return LOCKS / f"{self.name}.txt"

    @cached_property
    def version(self) -> str:
        """The version of Blender that the lock holds."""
        found = re.search(r"^bpy==([0-9.]+)", self.lock.read_text(encoding="utf-8"), re.MULTILINE)
        assert found is not None
        return found[1]

    @cached_property
    def key(self) -> str:
        """The name of its environment: another lock gives another one."""
        text = self.lock.read_text(encoding="utf-8").encode()
        return f"{self.name}-{sha256(text).hexdigest()[:12]}"

    @property
    def download(self) -> int | None:
        """Bytes to download on this machine; None where there is no such Blender."""
        wheel = self.wheels.get(this_platform())
        return None if wheel is None else wheel + OTHER_BYTES


LINES = (
    BlenderLine(
        "5.2",
        "3.13",
        {
            ("linux", "x86_64"): 402_843_256,
            ("darwin", "arm64"): 245_184_706,
            ("win32", "amd64"): 339_609_561,
            ("win32", "arm64"): 210_635_222,
        },
        1_150_000_000,
    ),
    BlenderLine(
        "4.5",
        "3.11",
        {
            ("linux", "x86_64"): 372_767_766,
            ("darwin", "arm64"): 223_038_599,
            ("darwin", "x86_64"): 238_226_883,
            ("win32", "amd64"): 326_381_360,
            ("win32", "arm64"): 193_673_612,
        },
        1_150_000_000,
    ),
)
"""The newest first: the first that this machine can have is the default."""
NAMES = tuple(line.name for line in LINES)


def this_platform() -> tuple[str, str]:
    """System and processor of this machine, as `BlenderLine.wheels` has them."""
    return sys.platform, platform.machine().lower()


def line_named(name: str, source: str = "--blender") -> BlenderLine:
    """The line of a name such as 5.2. ConfigError, with the `source` of the name, for any other."""
    for line in LINES:
        if name in (line.name, line.version):
            return line
    problem = f"dsia-gen makes no environment of Blender {name!r:.40}; choose {' or '.join(NAMES)}"
    raise ConfigError(source, [problem])


def default_line() -> BlenderLine:
    """The newest line that this machine can have. BlenderError where there is none."""
    for line in LINES:
        if line.download is not None:
            return line
    raise BlenderError(unavailable(None))


def unavailable(line: BlenderLine | None) -> str:
    """Why this machine cannot have a line, or any, and what to do about it."""
    what = f"Blender {line.name}" if line else "Blender"
    others = [other.name for other in LINES if other.download is not None]
    step = f"choose {' or '.join(others)}" if others else "render on Linux or Windows (x86-64) or a Mac (arm64)"
    return f"{what} is not published as a Python package for {' '.join(this_platform())}; {step}"

"""Memory of this process."""

from __future__ import annotations

from pathlib import Path

MIB = 2**20


def resident() -> int:
    """Resident bytes of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096

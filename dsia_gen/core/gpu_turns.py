"""One scene at a time renders on a GPU of this machine; the next one is built meanwhile and waits for its turn."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from dsia_gen.core.assigned_gpus import assigned_gpus
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk
from dsia_gen.core.locks import alone
from dsia_gen.core.system import user_number

PCI_ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}")
PART_OF_A_GPU = "MIG-"
"""How the ids of NVIDIA's instances of a GPU begin, which render beside each other."""


def gpu_turn(device: str, waiting: Callable[[], object] = lambda: None) -> AbstractContextManager[None]:
    """Render alone on a device, given by the id that Cycles has for it; the turn ends with the process.

    `waiting` is called once where another process renders there. A process that dies loses its turn at once, since the
    operating system holds the lock.
    """
    return alone(turns_folder() / slot_name(device), waiting)


def slot_name(device: str) -> str:
    """What is the same for all processes that would render on a GPU, by CUDA or by OptiX, and on no other."""
    part = next((gpu for gpu in assigned_gpus() or () if gpu.startswith(PART_OF_A_GPU)), None)
    address = PCI_ADDRESS.search(device.lower())
    return re.sub(r"[^A-Za-z0-9.-]+", "_", part or (address[0] if address else device))


def turns_folder() -> Path:
    """The folder of the locks: one of this machine and this user. StorageError where it belongs to another user."""
    user = user_number()  # without one the folder of temporary files is the user's own
    folder = Path(tempfile.gettempdir()) / ("dsia-gen-gpus" if user is None else f"dsia-gen-gpus-{user}")
    with disk("create", folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        if user is not None and folder.lstat().st_uid != user:
            raise StorageError(f"{folder} belongs to another user; remove it, or set TMPDIR to another folder")
    return folder

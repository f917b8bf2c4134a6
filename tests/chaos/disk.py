"""A disk that is full, and a data set that is removed while it is written."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.attack import Blow, Driver, Setting, completed, nothing_false, nothing_left, until


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A file system of so many bytes, where one can be mounted; whether it is there."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(setting: Setting, *options: str) -> None:
    """A disk that holds half of the data: the run says so, and goes on when there is space."""
    folder = setting.folder / f"disk-{len(setting.blows)}"
    blow = Blow("a full disk", options[1] if options else "local", 0.0)
    with small_disk(folder, setting.size // 2) as mounted:
        if not mounted:
            return
        driver, begun = Driver(setting, folder / "set", *options), time.monotonic()
        blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
        blow.demand(blow.code == 1, f"exit code {blow.code}")
        blow.demand("the disk is full; free some space" in " ".join(driver.text.split()), "it does not say why")
        nothing_left(blow, driver, folder / "set")
        nothing_false(blow, setting, folder / "set")
        subprocess.run(["mount", "-o", f"remount,size={4 * setting.size}", str(folder)], check=True)
        completed(blow, setting, folder / "set", *options)
    setting.struck(blow)


def removed_folder(setting: Setting, *options: str) -> None:
    """The folder is removed when its first scenes are there: the run ends, says so, and nothing comes back."""
    place = setting.folder / f"removed-{len(setting.blows)}"
    blow = Blow("the folder is removed", options[1] if options else "local", 0.0)
    driver, begun = Driver(setting, place, *options), time.monotonic()
    until(lambda: list(place.glob("scenes/*")) or driver.process.poll() is not None, 300)
    blow.after = time.monotonic() - begun
    moved = place.rename(place.with_name(f"{place.name}-moved"))
    begun = time.monotonic()
    blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
    blow.demand(blow.code == 1, f"exit code {blow.code}")
    text = " ".join(driver.text.split())
    blow.demand("was removed" in text and "Traceback" not in text, f"it does not say so: {text[-300:]}")
    blow.demand(not [path for path in place.rglob("*") if path.is_file()], "files have come back")
    blow.demand(driver.gone(), "processes are left")
    shutil.rmtree(place, ignore_errors=True)
    moved.rename(place)
    completed(blow, setting, place, *options)
    setting.struck(blow)


def removed_scene(setting: Setting, *options: str) -> None:
    """One finished scene is removed while the rest is made: the run does not end as if all were there."""
    place = setting.folder / f"robbed-{len(setting.blows)}"
    blow = Blow("a scene is removed", options[1] if options else "local", 0.0)
    driver, begun = Driver(setting, place, *options), time.monotonic()
    until(lambda: list(place.glob("scenes/*/receipt.json")) or driver.process.poll() is not None, 300)
    blow.after = time.monotonic() - begun
    shutil.rmtree(next(place.glob("scenes/*")))
    begun = time.monotonic()
    blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
    blow.demand(blow.code == 1, f"exit code {blow.code}")
    blow.demand("removed or damaged while this ran" in " ".join(driver.text.split()), "it does not say so")
    nothing_left(blow, driver, place)
    completed(blow, setting, place, *options)
    setting.struck(blow)

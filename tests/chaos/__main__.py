"""`python -m tests.chaos [--seed N] [--signals N] [--only NAME ...]`: ten minutes of faults, and what came of them."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from tests.chaos import disk, rivals, signals, store
from tests.chaos.attack import Setting

CONSOLE = Console(highlight=False, soft_wrap=True)
LOCAL = ("--executor", "local", "--workers", "2")
RAY = ("--executor", "ray", "--workers", "2")


def storms(setting: Setting, count: int) -> None:
    signals.storm(setting, count - count // 3, *LOCAL)
    signals.storm(setting, count // 3, *RAY)


def disks(setting: Setting, _count: int) -> None:
    for attack in (disk.full_disk, disk.removed_folder, disk.removed_scene):
        attack(setting, *LOCAL)


def drivers(setting: Setting, _count: int) -> None:
    for number in range(2):
        rivals.at_once(setting, setting.folder / f"rivals-{number}", *LOCAL)
        rivals.frozen(setting, setting.folder / f"frozen-{number}", *LOCAL)


def stores(setting: Setting, _count: int) -> None:
    with store.store(setting) as proxy:
        for kind in ("KILL", "TERM"):
            store.stopped(setting, proxy, kind, *LOCAL)
        store.cut(setting, proxy, *LOCAL)
        for presses in (1, 2):
            store.away(setting, proxy, *LOCAL, presses=presses)
        rivals.at_once(setting, store.bucket(proxy, "rivals"), *LOCAL)
        rivals.frozen(setting, store.bucket(proxy, "frozen"), *LOCAL)


ATTACKS = {"signals": storms, "disk": disks, "rivals": drivers, "store": stores}


def main() -> int:
    """Run the attacks; 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--signals", type=int, default=30)
    parser.add_argument("--only", nargs="*", choices=list(ATTACKS), default=list(ATTACKS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    begun = time.monotonic()
    CONSOLE.print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="dsia-gen-chaos-") as folder:
        setting = Setting(Path(folder), random.Random(given.seed))
        setting.prepare()
        CONSOLE.print(f"reference: {setting.scenes} scenes in {setting.seconds:.1f} s, {setting.size} bytes")
        for name in given.only:
            ATTACKS[name](setting, given.signals)
    wrong = [blow for blow in setting.blows if blow.wrong]
    CONSOLE.print(
        f"{len(setting.blows)} faults in {(time.monotonic() - begun) / 60:.1f} min, {len(wrong)} with something wrong"
    )
    if given.json:
        given.json.write_text(json.dumps([asdict(blow) for blow in setting.blows], indent=2) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

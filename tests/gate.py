"""Holds a restructuring to the bytes of the commit before it: hashes of specifications and of rendered scenes.

    python tests/gate.py write FILE      # on the commit before, in its checkout
    python tests/gate.py compare FILE    # on the commit after, in its checkout: exit code 1 where a hash differs

Only the command line is used, so that the same script runs on both sides of any change of layout. Specifications:
every preset of scene_configs/ with three seeds. Scenes: four at 96x54 with the outputs that the baseline has. Presets
that draw the user's own assets are given the folder --assets.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SEEDS = (0, 1, 2)
SCENES = {
    "tiny": {"sequence.pairs": 2},
    "outdoor": {"sequence.pairs": 2},
    "indoor": {"sequence.pairs": 2},
    "sclf": {"sequence.pairs": 2},
}
QUALITY = {"samples": 1, "adaptive_threshold": 0, "denoise": False}
OUTPUTS = (
    "image", "linear", "image_blurred", "depth", "instances", "unreliable", "flow_1_to_2", "flow_2_to_1",
    "flow_1_to_gt", "flow_gt_to_1", "flow_gt_to_2", "flow_2_to_gt", "occlusion_1_to_2", "occlusion_2_to_1",
    "occlusion_1_to_gt", "occlusion_gt_to_1", "occlusion_gt_to_2", "occlusion_2_to_gt", "scene_flow_1_to_gt",
    "scene_flow_gt_to_1", "dynamic_1", "dynamic_gt", "dynamic_union", "light_change",
)  # fmt: skip
"""All outputs of the commit before, by name: what is added later is not compared."""
NEW_FIELDS = ("package_version", "blender_version")
"""Fields of a document that say who made it, and not what it is."""


def run(*words: object) -> None:
    """One dsia-gen command of this checkout; its output is shown where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dsia_gen", *map(str, words)], cwd=CHECKOUT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stdout[-2000:]}{done.stderr[-4000:]}")


def specification(preset: str, seed: int, folder: Path, assets: str | None) -> str:
    """SHA-256 of the specification that a preset gives with a seed."""
    path = folder / f"{preset}-{seed}.json"
    own = ["--assets", assets] if assets and preset.startswith("real_") else []
    run("scene", "sample", preset, "--seed", seed, "-o", path, *own)
    document = json.loads(path.read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def scene(preset: str, folder: Path) -> dict[str, str]:
    """SHA-256 of every file that the specification decides, of one rendered scene."""
    job = {
        "name": "gate", "seed": 7, "resolution": [96, 54], "outputs": list(OUTPUTS), "quality": QUALITY,
        "scenes": [{"config": preset, "set": SCENES[preset]}], "resources": {"threads": 1},
    }  # fmt: skip
    path, out = folder / f"{preset}.yaml", folder / preset
    path.write_text(json.dumps(job), encoding="utf-8")
    run("render", path, "-o", out)
    receipt = json.loads((out / "scenes/00000/receipt.json").read_text(encoding="utf-8"))
    return {name: entry["sha256"] for name, entry in receipt["files"].items()}


def hashes(assets: str | None, workers: int, only: str) -> dict[str, object]:
    """Everything that is compared, by name."""
    presets = sorted(path.stem for path in (CHECKOUT / "scene_configs").glob("*.yaml"))
    presets = [p for p in presets if assets or p != "real_tiny"]
    jobs: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(workers) as pool:
        folder = Path(name)
        if only != "scenes":
            jobs |= {f"spec {p} {s}": pool.submit(specification, p, s, folder, assets) for p in presets for s in SEEDS}
        if only != "specs":
            jobs |= {f"scene {p}": pool.submit(scene, p, folder) for p in SCENES}
        return {key: job.result() for key, job in jobs.items()}  # type: ignore[attr-defined]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["write", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--assets", help="folder of real assets for the presets that need them")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=["specs", "scenes", "all"], default="all")
    arguments = parser.parse_args()
    found = hashes(arguments.assets, arguments.workers, arguments.only)
    if arguments.action == "write":
        arguments.file.write_text(json.dumps(found, indent=1, sort_keys=True), encoding="utf-8")
        return 0
    before = json.loads(arguments.file.read_text(encoding="utf-8"))
    wrong = []
    for key, value in found.items():
        if isinstance(value, dict):
            old = before.get(key, {})
            wrong += [f"{key}: {name}" for name in sorted({*old, *value}) if old.get(name) != value.get(name)]
        elif before.get(key) != value:
            wrong.append(key)
    sys.stdout.write(("\n".join(wrong) or f"{len(found)} entries equal") + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.diversity [--scenes 200] [--collisions] [--truth 12]`: how varied sampled scenes are, and whether
pairs move as configured; estimated from the specifications, and measured on geometry that Blender freezes."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from bench.collisions import collisions, near_camera
from bench.scene_variety import COVER, estimate_scene, measure
from dsia_gen.assets.library import Library, load_library
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.sampling.proxy_scene import SEEN
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.sampling.seeds import scene_seed
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX, REFERENCE_WIDTH, ROLES

SUBSETS = ("lclf", "lcsf", "sclf", "scsf")
SIZE = (240, 135)
JOB_SEED = 7


def main() -> None:
    """Sample, measure, print."""
    options = _parse()
    library = load_library(load_scene_config("mixed").manifests)
    began = time.process_time()
    specs = [_sample(name, k, library) for name, k in track(_plan(options.scenes, options.configs), "scenes")]
    spent = time.process_time() - began
    result: dict[str, Any] = {"cpu_seconds_a_scene": spent / len(specs), "estimated": _estimated(specs, library)}
    if options.collisions:
        result["collisions"] = _collisions(specs, library)
    if options.truth:
        result["measured"] = _measured(specs[:: max(1, len(specs) // options.truth)][: options.truth], library)
    print(json.dumps(result, indent=2))
    if options.output:
        options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    os._exit(0)  # Blender's clean-up is not needed


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.diversity", description=__doc__)
    parser.add_argument("--scenes", type=int, default=200, help="scenes to sample")
    parser.add_argument("--configs", nargs="+", default=["mixed", *SUBSETS], help="presets, in turn")
    parser.add_argument("--truth", type=int, default=0, help="scenes whose ground truth Blender and Embree measure")
    parser.add_argument("--collisions", action="store_true", help="search for objects that are inside others")
    parser.add_argument("--output", type=Path, help="write the result here too")
    return parser.parse_args()


def _plan(count: int, configs: list[str]) -> list[tuple[str, int]]:
    return [(configs[k % len(configs)], k) for k in range(count)]


def _sample(name: str, index: int, library: Library) -> SceneSpec:
    return sample_scene(load_scene_config(name), library, scene_seed(JOB_SEED, index), SIZE, Render())


def _estimated(specs: list[SceneSpec], library: Library) -> dict[str, Any]:
    found = measure(specs, library)
    return {
        "scenes": len(specs),
        "settings": dict(found.settings),
        "pairs": len(found.pairs),
        "cover_within_bounds": found.cover_within(),
        "moving_object_in_all_views": found.seen_in_all(),
        "most_used": {kind: _most_used(found.placements[kind]) for kind in sorted(found.placements)},
        "percentiles_10_50_90": {
            name: np.percentile([getattr(p, name) for p in found.pairs], (10, 50, 90)).round(3).tolist()
            for name in ("camera_px", "foreground_px", "cover")
        },
        "in_the_subset_asked_for": _in_subset(
            [(s.config, e.camera_px, e.foreground_px) for s in specs for e in estimate_scene(s, library)]
        ),
    }


def _most_used(counts: Counter[str]) -> dict[str, Any]:
    name, most = counts.most_common(1)[0]
    total = counts.total()
    return {
        "name": name, "share": round(most / total, 4), "even_share": round(1 / len(counts), 4),
        "assets": len(counts), "placements": total,
    }  # fmt: skip


def _collisions(specs: list[SceneSpec], library: Library) -> dict[str, Any]:
    """What is inside something else, and what comes near the camera, at half time steps of the whole shot."""
    between = [[asdict(c) for c in collisions(spec, library)] for spec in track(specs, "scenes")]
    camera = [[asdict(c) for c in near_camera(spec, library)] for spec in specs]
    both = [[*a, *b] for a, b in zip(between, camera, strict=True)]
    worst = sorted((c["depth"], spec.config, index, c["first"], c["second"])
                   for index, (spec, found) in enumerate(zip(specs, both, strict=True)) for c in found)  # fmt: skip
    return {
        "free_of_collisions": float(np.mean([not found for found in between])),
        "camera_clear_of_everything": float(np.mean([not found for found in camera])),
        "worst": [list(row) for row in worst[:-11:-1]],
    }


def _in_subset(rows: list[tuple[str, float, float]]) -> dict[str, float]:
    """Share of the pairs of each subset preset that fall into it."""
    right: dict[str, list[bool]] = {}
    for name, camera, foreground in rows:
        if name in SUBSETS:
            large = ("lc" in name, "lf" in name)
            right.setdefault(name, []).append(large == (camera >= LARGE_CAMERA_PX, foreground >= LARGE_FOREGROUND_PX))
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(right.items())}


def _measured(specs: list[SceneSpec], library: Library) -> dict[str, Any]:
    """The same from ground truth: geometry frozen by Blender, rays cast by Embree, nothing rendered."""
    from dsia_gen.annotate.pair import PairTruth, annotate_scene
    from dsia_gen.blender.build import build_scene, empty_scene
    from dsia_gen.blender.freeze import freeze_scene
    from dsia_gen.blender.worker import start_blender

    resolve, rows, ratios = start_blender(None), [], []
    scale = REFERENCE_WIDTH / SIZE[0]

    def in_all(truth: PairTruth) -> bool:
        seen = set(truth.measures["moved_instances"])
        for role in ROLES:
            ids, counts = np.unique(truth.views[role].instances, return_counts=True)
            seen &= {int(i) for i, n in zip(ids, counts, strict=True) if n >= SEEN * SIZE[0] * SIZE[1]}
        return bool(seen)

    for spec in track(specs, "scenes"):
        empty_scene()
        build_scene(spec, resolve)
        geometry = freeze_scene(spec.view_times())
        truths = annotate_scene(geometry, spec.camera, spec.pairs, ("dynamic_union",))
        for truth, estimate in zip(truths, estimate_scene(spec, library), strict=True):
            s = truth.measures
            rows.append((spec.config, s["camera_motion_px"] * scale, s["foreground_motion_px"] * scale,
                         s["foreground_share"], in_all(truth)))  # fmt: skip
            ratios.append(
                [estimate.camera_px / max(rows[-1][1], 1e-3), estimate.foreground_px / max(rows[-1][2], 1e-3)]
            )
    return {
        "scenes": len(specs),
        "pairs": len(rows),
        "cover_within_bounds": float(np.mean([COVER[0] <= row[3] <= COVER[1] for row in rows])),
        "moving_object_in_all_views": float(np.mean([row[4] for row in rows])),
        "in_the_subset_asked_for": _in_subset([row[:3] for row in rows]),
        "estimated_by_measured_5_50_95": {
            name: np.percentile(np.array(ratios)[:, k], (5, 50, 95)).round(3).tolist()
            for k, name in enumerate(("camera_px", "foreground_px"))
        },
    }


if __name__ == "__main__":
    main()

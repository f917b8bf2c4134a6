"""`dsia-gen scene`: one scene, decided, opened in Blender, or looked at."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.blender import BlenderName, with_blender
from dsia_gen.cli.common_options import (
    AssetFolder,
    Device,
    Overrides,
    Resolution,
    Seed,
    echo,
    output_file,
    parse_resolution,
)
from dsia_gen.cli.completion import presets
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED

if TYPE_CHECKING:
    from dsia_gen.spec.scene import SceneSpec
    from dsia_gen.spec.worker_messages import RenderEvent

app = typer.Typer(help="One scene: decide it, open it in Blender, or look at it.", no_args_is_help=True)

ConfigName = Annotated[
    str,
    Argument(
        metavar="CONFIG", help="a preset of scene_configs, or a YAML file", autocompletion=presets("scene_configs")
    ),
]
Samples = Annotated[int, Option(min=1, max=65536, help="paths a pixel")]


@app.command()
def sample(
    config: ConfigName,
    output: Annotated[
        Path, Option("--output", "-o", metavar="SPEC", help="file to write; - is stdout", callback=output_file)
    ],
    seed: Seed = 0,
    resolution: Resolution = "960x540",
    samples: Samples = 64,
    overrides: Overrides = None,
    assets: AssetFolder = None,
) -> None:
    """Decide everything about a scene and write its specification."""
    from dsia_gen.core.io import replace_bytes
    from dsia_gen.spec.record import readable_json

    spec = _sample(config, seed, resolution, samples, overrides, assets)
    if str(output) == "-":
        echo(readable_json(spec), nl=False)
        return
    replace_bytes(output, readable_json(spec).encode())
    echo(f"{output}: {len(spec.instances)} objects, {len(spec.pairs)} pairs, {len(spec.views())} views")


@app.command()
def build(
    spec: Annotated[Path, Argument(metavar="SPEC", help="a specification that `scene sample` wrote")],
    output: Annotated[Path, Option("--output", "-o", metavar="BLEND", help="file to write", callback=output_file)],
    assets: AssetFolder = None,
    blender: BlenderName = None,
) -> None:
    """Build a scene exactly as it would be rendered, to open it in Blender."""
    from dsia_gen.pipeline.blender_process import build_blend

    with with_blender(blender):
        build_blend(spec, output, _here(assets))
    echo(f"{output}: open it with Blender")


@app.command()
def preview(
    config: ConfigName,
    output: Annotated[
        Path,
        Option(
            "--output",
            "-o",
            metavar="IMAGE",
            callback=output_file,
            help="contact sheet to write; .gif is I1, Igt and I2 as a moving picture",
        ),
    ],
    seed: Seed = 0,
    seeds: Annotated[
        str | None, Option(metavar="FIRST-LAST", help="one image of each of these scenes instead, such as 0-39")
    ] = None,
    pairs: Annotated[int, Option(min=1, help="pairs to show, from the first")] = 1,
    resolution: Resolution = "480x270",
    samples: Samples = 24,
    device: Device = "auto",
    overrides: Overrides = None,
    assets: AssetFolder = None,
    blender: BlenderName = None,
) -> None:
    """Render the first pairs of a scene small, with their ground truth, on one sheet; or many scenes side by side.

    A first look, at half the size and with few samples, is written as soon as the scene is built.
    """
    if seeds is not None:
        chosen = parse_seeds(seeds)
        with with_blender(blender):
            _preview_many(config, chosen, output, resolution, samples, device, overrides, assets)
        return
    from dsia_gen.dataset.animation import save_frames
    from dsia_gen.pipeline.preview import Frames, save
    from dsia_gen.pipeline.preview import preview as make
    from dsia_gen.spec.views import unique_views

    moving = output.suffix.lower() == ".gif"

    def write(frames: Frames) -> None:
        if moving:
            save_frames(frames, output)
        else:
            save(frames[0], output)

    def on_draft(frames: Frames) -> None:
        write(frames)
        echo(f"{output}: a first look; the sharp one takes its place", err=True)

    with with_blender(blender):
        spec = _sample(config, seed, resolution, samples, overrides, assets)
        folder = _here(assets)
        total, done = len(unique_views(spec.pairs[:pairs])), itertools.count(1)
        with counting("views", "view") as progress:

            def on_event(event: RenderEvent) -> None:
                if event.event == "view":
                    progress(next(done), total)

            frames = make(
                spec, pairs=pairs, moving=moving, device=device, assets=folder, on_event=on_event, on_draft=on_draft
            )
    write(frames)
    echo(f"{output}: {min(pairs, len(spec.pairs))} of {len(spec.pairs)} pairs")


def _preview_many(
    config: str, seeds: range, output: Path, resolution: str, samples: int, device: str, overrides: list[str] | None,
    assets: Path | None,
) -> None:  # fmt: skip
    from dsia_gen.pipeline.preview import preview_many, save

    folder, done = _here(assets), itertools.count(1)
    specs = (_sample(config, seed, resolution, samples, overrides, assets) for seed in seeds)
    with counting("scenes", "scene") as progress:
        image = preview_many(specs, device=device, assets=folder, on_scene=lambda _: progress(next(done), len(seeds)))
    save(image, output)
    echo(f"{output}: {len(seeds)} scenes")


def parse_seeds(text: str) -> range:
    """The seeds of `0-39`, or of `7` alone."""
    first, dash, last = text.partition("-")
    words = (first, last) if dash else (first,)
    if not all(word.isascii() and word.isdecimal() and len(word) < 20 for word in words) or (
        dash and int(last) < int(first)
    ):
        raise typer.BadParameter(f"{text!r:.80} is not of the form 0-39", param_hint="--seeds")
    if int(words[-1]) > LARGEST_SEED:
        raise typer.BadParameter(f"the largest seed is {LARGEST_SEED}", param_hint="--seeds")
    return range(int(first), int(words[-1]) + 1)


def _here(assets: Path | None) -> Path | None:
    from dsia_gen.assets.remote_assets import local_assets

    return local_assets(assets).resolve() if assets else None


def _sample(
    config: str, seed: int, resolution: str, samples: int, overrides: list[str] | None, assets: Path | None
) -> SceneSpec:
    from dsia_gen.assets.library import load_library
    from dsia_gen.config.scene_config import load_scene_config
    from dsia_gen.sampling.scene_sampler import sample_scene
    from dsia_gen.spec.light import Render

    resolved = load_scene_config(config, overrides or [])
    library = load_library(resolved.manifest_files, str(assets) if assets else None)
    quality = Render(samples=samples)
    return sample_scene(resolved, library, seed, parse_resolution(resolution), quality)

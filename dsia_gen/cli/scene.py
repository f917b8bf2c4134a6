"""`dsia-gen scene`: one scene, decided, opened in Blender, rendered, or looked at."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
from dsia_gen.core.progress import amount, counting
from dsia_gen.core.seeds import LARGEST_SEED

if TYPE_CHECKING:
    from dsia_gen.pipeline.editable_scene import Scene
    from dsia_gen.spec.scene import SceneSpec
    from dsia_gen.spec.worker_messages import RenderEvent

app = typer.Typer(help="One scene: decide it, open it in Blender, render it, or look at it.", no_args_is_help=True)

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
    from dsia_gen.spec.record import readable_json

    scene = _sample(config, seed, resolution, samples, overrides, assets)
    to_stdout = str(output) == "-"
    if to_stdout:
        echo(readable_json(scene.spec), nl=False)
    else:
        scene.write(output)
        spec = scene.spec
        echo(f"{output}: {len(spec.instances)} objects, {amount(len(spec.pairs), 'pair')}, {len(spec.views())} views")
    _print_foreseen([scene], err=to_stdout)


@app.command()
def build(
    spec: Annotated[Path, Argument(metavar="SPEC", help="a specification that `scene sample` wrote")],
    output: Annotated[Path, Option("--output", "-o", metavar="BLEND", help="file to write", callback=output_file)],
    assets: AssetFolder = None,
    blender: BlenderName = None,
) -> None:
    """Build a scene exactly as it would be rendered, to open it in Blender."""
    from dsia_gen.pipeline.editable_scene import Scene

    with with_blender(blender), Scene.load(spec, assets) as scene:
        scene.save(output)
    echo(f"{output}: open it with Blender")


@app.command()
def render(
    spec: Annotated[Path, Argument(metavar="SPEC", help="a specification that `scene sample` wrote, or a data set's")],
    output: Annotated[Path, Option("--output", "-o", metavar="FOLDER", help="folder to write")],
    views: Annotated[
        list[str] | None, Option("--view", metavar="T,P", help="time and pose of an image; repeatable")
    ] = None,
    pairs: Annotated[
        list[str] | None,
        Option("--pair", metavar="T1,P1,T2,P2", help="times and poses of I1 and I2, with ground truth; repeatable"),
    ] = None,
    outputs: Annotated[
        str, Option(metavar="A,B", help="of pairs: names or groups of the table of outputs")
    ] = "default",
    samples: Annotated[int | None, Option(min=1, max=65536, help="paths a pixel; as SPEC says if none")] = None,
    device: Device = "auto",
    assets: AssetFolder = None,
    blender: BlenderName = None,
) -> None:
    """Render any views and pairs of a scene, whether a job asked for them or not.

    Without --view and --pair it is the pairs that SPEC lists.
    """
    from dsia_gen.dataset.array_files import write_array
    from dsia_gen.pipeline.editable_scene import Scene
    from dsia_gen.spec.outputs import OUTPUTS
    from dsia_gen.spec.views import View

    scene = Scene.load(spec, assets, device=device)
    scene = scene if samples is None else scene.with_render(samples=samples)
    wanted = [_numbers(text, "--view", "3,1", 2) for text in views or ()]
    asked = [_numbers(text, "--pair", "0,0,3,1", 4) for text in pairs or ()]
    if not wanted and not asked:
        asked = [(pair.t1, pair.p1, pair.t2, pair.p2) for pair in scene.spec.pairs]
    with with_blender(blender), scene, counting("scene", "item") as progress:
        for number, (t, p) in enumerate(wanted, start=1):
            write_array(OUTPUTS["image"], output / f"{View(t, p).key}.png", scene.render(t, p))
            progress(number, len(wanted) + len(asked))
        for number, (t1, p1, t2, p2) in enumerate(asked, start=1):
            pair = scene.annotate(t1, p1, t2, p2, outputs.split(","))
            pair.save(output / f"{View(t1, p1).key}_{View(t2, p2).key}")
            progress(len(wanted) + number, len(wanted) + len(asked))
    echo(f"{output}: {amount(len(wanted), 'view')}, {amount(len(asked), 'pair')}")


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
    samples: Samples = 8,
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
        scene = _sample(config, seed, resolution, samples, overrides, assets)
        spec, folder = scene.spec, _here(assets)
        total, done = len(unique_views(spec.pairs[:pairs])), itertools.count(1)
        with counting("views", "view") as progress:

            def on_event(event: RenderEvent) -> None:
                if event.event == "view":
                    progress(next(done), total)

            frames = make(
                spec, pairs=pairs, moving=moving, device=device, assets=folder, on_event=on_event, on_draft=on_draft
            )
    write(frames)
    echo(f"{output}: {min(pairs, len(spec.pairs))} of {amount(len(spec.pairs), 'pair')}")
    _print_foreseen([scene])


def _preview_many(
    config: str, seeds: range, output: Path, resolution: str, samples: int, device: str, overrides: list[str] | None,
    assets: Path | None,
) -> None:  # fmt: skip
    from dsia_gen.pipeline.editable_scene import Scene
    from dsia_gen.pipeline.preview import preview_many, save

    folder, done, scenes = _here(assets), itertools.count(1), list[Scene]()

    def sampled(seed: int) -> SceneSpec:
        scenes.append(_sample(config, seed, resolution, samples, overrides, assets))
        return scenes[-1].spec

    specs = (sampled(seed) for seed in seeds)
    with counting("scenes", "scene") as progress:
        image = preview_many(specs, device=device, assets=folder, on_scene=lambda _: progress(next(done), len(seeds)))
    save(image, output)
    echo(f"{output}: {amount(len(seeds), 'scene')}")
    _print_foreseen(scenes)


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
) -> Scene:
    from dsia_gen.pipeline.editable_scene import Scene

    return Scene.sample(
        config, seed, resolution=parse_resolution(resolution), samples=samples, overrides=overrides or (),
        assets=str(assets) if assets else None,
    )  # fmt: skip


def _print_foreseen(scenes: Sequence[Scene], err: bool = False) -> None:
    """What the sampler foresees of the motion of scenes of one configuration; a warning where it is out of reach."""
    from dsia_gen.pipeline.foresight import forecast_of

    sampled = [scene.sampled for scene in scenes if scene.sampled is not None]
    if not sampled:
        return
    width = scenes[0].spec.camera.width
    for motion in forecast_of(sampled[0].config, [(kind, pairs) for _, kind, pairs in sampled], width):
        echo(f"foreseen: {motion.line}", err=err)
        if motion.problem:
            echo(f"warning: {motion.problem}", err=True)


def _numbers(text: str, option: str, example: str, count: int) -> tuple[int, ...]:
    words = text.split(",")
    if len(words) != count or not all(word.strip().isascii() and word.strip().isdecimal() for word in words):
        raise typer.BadParameter(f"{text!r:.80} is not of the form {example}", param_hint=option)
    return tuple(int(word) for word in words)

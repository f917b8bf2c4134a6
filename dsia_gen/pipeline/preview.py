"""Contact sheets: pairs of one scene with their ground truth as images, or one image of each of many scenes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dsia_gen.annotate.pair import PairTruth, annotate_scene
from dsia_gen.core.io import disk, replacing, write_bytes
from dsia_gen.dataset import visual
from dsia_gen.dataset.animation import STEPS, pair_frames
from dsia_gen.pipeline.blender_process import TIMEOUT_MINUTES, Renderer, run_blender
from dsia_gen.pipeline.worker_files import WorkerFiles
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES, Pair, Role
from dsia_gen.spec.worker_messages import RenderEvent, RenderRequest, draft_folder

COLUMNS = 3
GUTTER = 6
LABEL = 18
QUALITY = 85
"""Of sheets that are saved as JPEG."""
PAPER, INK = (250, 250, 248), (30, 30, 30)
SHOWN = ("flow_1_to_2", "flow_1_to_gt", "flow_gt_to_2", "dynamic_union", "occlusion_gt_to_2", "light_change")
"""Outputs of a pair that a sheet shows."""
NOISE = 0.05
"""At which a pixel of a preview stops sampling, where the specification asks for no more noise."""
IMAGES: tuple[tuple[str, Role], ...] = (("I1", "1"), ("I2", "2"), ("Igt", "gt"))
Tile = tuple[str, NDArray[np.uint8]]
Frames = list[Image.Image]
"""One image, or those of a moving picture."""


def preview(
    spec: SceneSpec,
    *,
    pairs: int = 1,
    moving: bool = False,
    device: str = "auto",
    assets: Path | None = None,
    on_event: Callable[[RenderEvent], None] = lambda _: None,
    on_draft: Callable[[Frames], None] | None = None,
    renderer: Renderer = run_blender,
) -> Frames:
    """Render the first `pairs` pairs of a specification at its own size, and lay them out as a sheet.

    `moving` gives instead I1, Igt and I2 of each pair in turn, the frames of a moving picture. `on_draft` gets the same
    of small images with few samples, without ground truth, as soon as there are any.
    """
    short = spec.model_copy(update={
        "pairs": spec.pairs[:pairs],
        "render": spec.render.model_copy(update={"adaptive_threshold": max(NOISE, spec.render.adaptive_threshold)}),
    })  # fmt: skip
    counts = f"{len(spec.instances)} objects, {len(spec.pairs)} pairs, {spec.fps:.1f} fps"
    title = f"{spec.config}, seed {spec.seed}: {counts}"

    def look(event: RenderEvent, files: WorkerFiles) -> None:
        if on_draft is not None and event.event == "stage" and event.name == "drafts":
            drafts = WorkerFiles(draft_folder(files.folder))
            images = [_images(drafts, pair, (short.camera.width, short.camera.height)) for pair in short.pairs]
            if moving:
                on_draft([frame for shown in images for frame in pair_frames(shown)])
            else:
                rows = [[(name, shown[role]) for name, role in IMAGES] for shown in images]
                on_draft([sheet(rows, f"{title} - a first look, small and with few samples")])
        on_event(event)

    with rendered(short, device, assets, look, renderer, drafts=on_draft is not None) as files:
        geometry = SceneGeometry.load(files.geometry)
        wanted = tuple(flow for _, _, flow, _ in STEPS) if moving else SHOWN
        truths = annotate_scene(geometry, short.camera, short.pairs, wanted, files.pixels)
        if moving:
            return [frame for t in truths for frame in pair_frames(_images(files, t.pair), t.arrays)]
        return [sheet([tiles(truth, files) for truth in truths], title)]


def _images(files: WorkerFiles, pair: Pair, size: tuple[int, int] | None = None) -> dict[Role, NDArray[np.uint8]]:
    """The images of a pair by role, brought to `size` (width, height)."""
    images = {role: files.pixels(pair.view(role)) for role in ROLES}
    if size is None:
        return images
    return {
        role: np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
        for role, pixels in images.items()
    }


def preview_many(
    specs: Iterable[SceneSpec],
    *,
    columns: int = 5,
    device: str = "auto",
    assets: Path | None = None,
    on_scene: Callable[[SceneSpec], None] = lambda _: None,
    renderer: Renderer = run_blender,
) -> Image.Image:
    """Render I1 of the first pair of each specification at its own size, and lay the images out as one sheet."""
    shown: list[Tile] = []
    for spec in specs:
        pair = spec.pairs[0]
        one = spec.model_copy(update={"pairs": (Pair(index=0, t1=pair.t1, p1=pair.p1, t2=pair.t1, p2=pair.p1),)})
        with rendered(one, device, assets, renderer=renderer) as files:
            shown.append((f"{spec.config}, seed {spec.seed}", files.pixels(one.pairs[0].view("1"))))
        on_scene(spec)
    return sheet([shown], f"{len(shown)} scenes", columns)


@contextmanager
def rendered(
    spec: SceneSpec,
    device: str = "auto",
    assets: Path | None = None,
    on_event: Callable[[RenderEvent, WorkerFiles], None] | None = None,
    renderer: Renderer = run_blender,
    drafts: bool = False,
) -> Iterator[WorkerFiles]:
    """What Blender makes of a specification, for as long as the block lasts; failures carry the end of its log."""
    with TemporaryDirectory(prefix="dsia-gen-") as folder:
        files = WorkerFiles(Path(folder) / "worker")
        path = Path(folder) / "spec.json"
        write_bytes(path, readable_json(spec).encode())
        request = RenderRequest(spec=path, out=files.folder, device=device, assets=assets, drafts=drafts)
        for event in renderer(request, TIMEOUT_MINUTES):
            if on_event is not None:
                on_event(event, files)
        yield files


def save(picture: Image.Image, path: Path) -> None:
    """Write an image, replacing one that is there as a whole; StorageError for the disk."""
    with disk("write", path), replacing(path) as temporary:
        picture.save(temporary, quality=QUALITY)


def tiles(truth: PairTruth, files: WorkerFiles) -> list[Tile]:
    """Images of one pair with their names, in rows of three."""
    arrays, views = truth.arrays, truth.views
    first, second, answer = (files.pixels(truth.pair.view(role)) for role in ("1", "2", "gt"))
    flows = [arrays[f"flow_{name}"] for name in ("1_to_2", "1_to_gt", "gt_to_2")]
    scale = visual.flow_scale(*flows)
    flow_1_2, foreground, camera = (visual.flow_to_rgb(flow, scale) for flow in flows)
    measures = truth.measures
    return [
        ("I1", first),
        ("I2", second),
        ("Igt", answer),
        (f"flow 1 to 2 (wheel: {scale:.0f} px)", flow_1_2),
        (f"flow 1 to gt: foreground {measures['foreground_motion_px']:.1f} px", foreground),
        (f"flow gt to 2: camera {measures['camera_motion_px']:.1f} px, {measures['subset']}", camera),
        ("dynamic_union on Igt", visual.mask_overlay(answer, arrays["dynamic_union"])),
        ("occlusion gt to 2", visual.occlusion_to_rgb(arrays["occlusion_gt_to_2"])),
        ("depth of I1", visual.depth_to_rgb(views["1"].depth)),
        ("instances of I1", visual.instances_to_rgb(views["1"].instances)),
        ("light_change", visual.mask_overlay(answer, arrays["light_change"], (255, 220, 0))),
        ("unreliable in I1", visual.mask_overlay(first, views["1"].unreliable, (255, 0, 255))),
    ]


def sheet(pairs: Sequence[Sequence[Tile]], title: str, columns: int = COLUMNS) -> Image.Image:
    """Tiles in rows of `columns`, pair below pair, each with its name above it."""
    height, width = pairs[0][0][1].shape[:2]
    rows = sum(-(-len(pair) // columns) for pair in pairs)
    size = (columns * (width + GUTTER) + GUTTER, rows * (height + LABEL + GUTTER) + LABEL + 2 * GUTTER)
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((GUTTER, GUTTER), title, fill=INK, font=font())
    row = 0
    for pair in pairs:
        for k, (label, pixels) in enumerate(pair):
            x = GUTTER + k % columns * (width + GUTTER)
            y = GUTTER + LABEL + (row + k // columns) * (height + LABEL + GUTTER)
            draw.text((x, y + 2), label, fill=INK, font=font())
            picture.paste(Image.fromarray(pixels), (x, y + LABEL))
        row += -(-len(pair) // columns)
    return picture


def font(size: int = 12) -> Any:
    """The font of all labels."""
    return ImageFont.load_default(size=size)

"""Renders the views of a scene with Cycles: settings, seeds, and image files that are whole or absent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from dsia_gen.blender.compat import set_image_format, without_compositing
from dsia_gen.blender.render_camera import key_passage, set_pose
from dsia_gen.blender.viewport import without_viewport
from dsia_gen.core.errors import StorageError, WorkerError
from dsia_gen.core.io import replacing
from dsia_gen.core.stopwatch import Stopwatch
from dsia_gen.core.unstamped_images import strip_exr, strip_png
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View


@dataclass(frozen=True)
class ViewFiles:
    """Where the images of a view are written.

    Parameters
    ----------
    image : Path
        8-bit sRGB PNG.
    linear : Path or None
        Scene-linear half-float EXR; None writes none.
    """

    image: Path
    linear: Path | None = None


def view_seed(view: View) -> int:
    """Seed of Cycles for a view: noise of different views is independent, and that of one view always the same.

    Parameters
    ----------
    view : View
        A time and a pose.

    Returns
    -------
    int
        Seed in [0, 2^31), from the SHA-256 of the view's key.
    """
    return int.from_bytes(hashlib.sha256(view.key.encode()).digest()[:4], "little") & 0x7FFFFFFF


def prepare_render(render: Render, threads: int) -> None:
    """Set the current scene up for beauty renders.

    Parameters
    ----------
    render : Render
        Samples, denoising, bounces and colour management.
    threads : int
        CPU threads; 0 uses all cores.
    """
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode = "FIXED" if threads else "AUTO"
    if threads:
        scene.render.threads = threads
    # Synchronising the whole scene again for each view would cost more than many of the renders.
    scene.render.use_persistent_data = True
    scene.render.use_motion_blur = scene.render.film_transparent = False
    without_compositing(scene)
    cycles = scene.cycles
    cycles.samples = render.samples
    cycles.time_limit = 0
    cycles.use_animated_seed = False
    cycles.use_adaptive_sampling = render.adaptive_threshold > 0
    cycles.adaptive_threshold = render.adaptive_threshold
    cycles.use_auto_tile = False
    cycles.use_denoising = render.denoise
    cycles.denoiser, cycles.denoising_input_passes = "OPENIMAGEDENOISE", "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter, cycles.denoising_quality = "ACCURATE", "HIGH"
    cycles.denoising_use_gpu = cycles.device == "GPU"
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    most = render.max_bounces
    cycles.max_bounces = cycles.transmission_bounces = most
    cycles.diffuse_bounces = cycles.glossy_bounces = min(4, most)
    cycles.volume_bounces = 0
    cycles.transparent_max_bounces = 32
    cycles.sample_clamp_direct = 0.0
    cycles.sample_clamp_indirect = render.clamp_indirect
    cycles.blur_glossy = 1.0
    # Without the light that shiny objects reflect, rooms are darker than they are; blur_glossy keeps it from sparkling.
    cycles.caustics_reflective = cycles.caustics_refractive = True
    scene.display_settings.display_device = "sRGB"
    view = scene.view_settings
    view.view_transform = render.transform
    prefix = "AgX - " if render.transform == "AgX" and render.look != "None" else ""
    view.look = prefix + render.look
    view.exposure = render.exposure
    view.gamma = 1.0
    view.use_curve_mapping = False
    cycles.film_exposure = 1.0
    scene.render.dither_intensity = 0.0
    # Without dates and times in files, the same image is the same bytes.
    scene.render.use_stamp = False
    for name in scene.render.bl_rna.properties.keys():  # noqa: SIM118 - a Blender collection is not a dict
        if name.startswith("use_stamp_"):
            setattr(scene.render, name, False)


def set_seed(seed: int) -> None:
    """Give Cycles a seed that takes effect.

    Parameters
    ----------
    seed : int
        Seed of the noise pattern.

    Notes
    -----
    With persistent data Blender keeps its evaluated scene, and a new seed alone does not invalidate it; setting any
    of the scene's own properties does, and is cheaper than tagging everything that the scene holds.
    """
    scene = bpy.context.scene
    scene.cycles.seed = seed
    scene.render.dither_intensity = 0.0


def render_views(
    camera: Any, spec: CameraSpec, views: Iterable[tuple[View, ViewFiles]], seed: int | None = None
) -> Iterator[tuple[View, float]]:
    """Render views in the order given; views of one time should follow each other, for speed.

    Parameters
    ----------
    camera : bpy.types.Object
        The object made by `make_camera`.
    spec : CameraSpec
        Lens, resolution and poses.
    views : iterable of (View, ViewFiles)
        What to render and where to write it.
    seed : int or None
        One seed for all views instead of each view's own.

    Yields
    ------
    tuple of (View, float)
        Each view after its files are written, with the seconds that it took.
    """
    scene = bpy.context.scene
    now = None
    with without_viewport():
        for view, files in views:
            watch = Stopwatch()
            with watch.stage("view"):
                if view.time != now:
                    scene.frame_set(view.time)
                    now = view.time
                set_pose(camera, spec, view.pose)
                set_seed(view_seed(view) if seed is None else seed)
                render_image(files)
            yield view, watch.seconds["view"]


def render_blurred(
    camera: Any, spec: SceneSpec, views: Iterable[tuple[View, ViewFiles]], seed: int | None = None
) -> Iterator[tuple[View, float]]:
    """Render views with an open shutter, during which the scene and the camera move; otherwise as `render_views`.

    Parameters
    ----------
    camera : bpy.types.Object
        The object made by `make_camera`.
    spec : SceneSpec
        Its camera path and its shutter (in frames) are used.
    views : iterable of (View, ViewFiles)
        What to render and where to write it.
    seed : int or None
        One seed for all views instead of each view's own.

    Yields
    ------
    tuple of (View, float)
        Each view after its files are written, with the seconds that it took.

    Notes
    -----
    The camera goes from pose to pose as the scene goes from time to time, so that the blur of (t1, P1) and (t2, P2) is
    that of a film. Call it after the sharp views: it leaves the scene set up for motion blur.
    """
    scene = bpy.context.scene
    # What persistent data keeps of an object does not always hear of a camera whose motion has changed.
    scene.render.use_persistent_data = False
    scene.render.use_motion_blur = True
    scene.render.motion_blur_shutter = spec.render.shutter
    scene.render.motion_blur_position = "CENTER"
    with without_viewport():
        for view, files in views:
            watch = Stopwatch()
            with watch.stage("view"):
                key_passage(camera, spec.camera, view)
                scene.frame_set(view.time)
                set_seed(view_seed(view) if seed is None else seed)
                render_image(files)
            yield view, watch.seconds["view"]


def render_image(files: ViewFiles) -> None:
    """Render the current scene as it is and write its images.

    Parameters
    ----------
    files : ViewFiles
        Where to write them.

    Raises
    ------
    WorkerError
        When Cycles does not finish.
    StorageError
        When a file cannot be written.
    """
    if "FINISHED" not in bpy.ops.render.render(scene=bpy.context.scene.name):
        raise WorkerError("Cycles did not finish the render, see its log")
    with _image_format("PNG", "8"), replacing(files.image) as path:
        _save(path)
        strip_png(path)
    if files.linear is not None:
        with _image_format("OPEN_EXR", "16", "ZIP"), replacing(files.linear) as path:
            _save(path)
            strip_exr(path)


@contextmanager
def draft_quality(percent: int) -> Iterator[None]:
    """Render at a share of the camera's resolution, and denoise fast, inside the block.

    Parameters
    ----------
    percent : int
        Of width and height.

    Yields
    ------
    None
        While images are small.
    """
    render, cycles = bpy.context.scene.render, bpy.context.scene.cycles
    before = cycles.denoising_prefilter, cycles.denoising_quality
    # Of an image of few samples most of the time is the accurate filter's.
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "FAST"
    render.resolution_percentage = percent
    try:
        yield
    finally:
        render.resolution_percentage = 100
        cycles.denoising_prefilter, cycles.denoising_quality = before


def _save(path: Path) -> None:
    """Write the render result in the current image format."""
    try:
        bpy.data.images["Render Result"].save_render(str(path), scene=bpy.context.scene)
    except RuntimeError as error:
        raise StorageError(f"{path} could not be written ({str(error).strip()}), check the disk") from error


@contextmanager
def _image_format(file_format: str, depth: str, codec: str | None = None) -> Iterator[None]:
    """The format of image files inside the block."""
    settings = bpy.context.scene.render.image_settings
    kept = (settings.file_format, settings.color_mode, settings.color_depth)
    set_image_format(settings, file_format, mode="RGB", depth=depth, codec=codec)
    try:
        yield
    finally:
        set_image_format(settings, kept[0], mode=kept[1], depth=kept[2])

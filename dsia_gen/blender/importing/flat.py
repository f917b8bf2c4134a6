"""HDR environments, image textures and camera paths: measured, with a thumbnail of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dsia_gen.assets.hdri_file import hdri_size
from dsia_gen.assets.hdri_tags import hdri_tags
from dsia_gen.assets.importing.image_size import picture_size
from dsia_gen.assets.importing.linked_files import fence_of
from dsia_gen.assets.texture_maps import surface_words
from dsia_gen.blender.build import empty_scene
from dsia_gen.blender.image_blocks import image_pixels, open_hdri, skylight
from dsia_gen.blender.thumbnail import render_thumbnail
from dsia_gen.core.colour import LUMINANCE
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.top_down import top_down
from dsia_gen.motion.trajectory import read_recording
from dsia_gen.motion.trajectory_writer import trajectory_text
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured
from dsia_gen.spec.light import Environment, GroundedDome
from dsia_gen.spec.motion import Track
from dsia_gen.spec.thumbnail_request import EnvironmentThumbnail

CLAMP = 2000.0
THUMBNAIL_IRRADIANCE = 3.0
SUN = 1000.0
"""Times the mean from which a peak is worth a word: it is clamped in scenes."""


def measure_hdri(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """An equirectangular HDRI. AssetError when the image has another shape, is broken, dark, or not finite."""
    path = Path(request.folder) / file.path
    width, height = hdri_size(path)
    if width != 2 * height:
        raise AssetError(f"{path} has {width} x {height} pixels, but an equirectangular HDRI is twice as wide as high")
    empty_scene()
    image, read = open_hdri(path)
    skylight(image, path, CLAMP)
    colours = image_pixels(image)[..., :3]
    radiance = colours @ LUMINANCE
    peak = float(radiance.max())
    notes = (*read, f"peak {peak:,.0f}, clamped in scenes") if peak > SUN * float(radiance.mean()) else read
    environment = Environment(
        hdri=AssetFile(root="user", path=file.path, sha256=""),
        asset=file.path,
        irradiance=Track(values=(THUMBNAIL_IRRADIANCE,)),
        clamp=CLAMP,
        dome=GroundedDome(),
    )
    shown = EnvironmentThumbnail(environment=environment)
    render_thumbnail(shown, lambda _: path, thumbnail, (request.pixels, request.pixels), request.samples)
    # A sky is brighter than the ground, and bluish; row 0 is the nadir.
    above = np.median(colours[height * 3 // 4 :].reshape(-1, 3), axis=0)
    below = np.median(colours[: height // 4].reshape(-1, 3), axis=0)
    sky = above @ LUMINANCE > 1.5 * (below @ LUMINANCE) and above[2] > 1.03 * above[0]
    tags = tuple(hdri_tags(("outdoor",) if sky else ("indoor",)))
    if tags:
        notes = (*notes, f"looks {tags[0]}; correct its tags")
    return Measured(kind="hdri", pixels=(width, height), notes=notes, tags=tags)


def measure_texture(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """An image of a surface; `file.size` is its width in metres."""
    path = Path(request.folder) / file.path
    width, height = picture_size(path)
    try:
        with Image.open(path) as image:
            image.draft("RGB", (request.pixels, request.pixels))
            small = image.convert("RGB")
    except Exception as error:
        raise AssetError(f"{path} cannot be read as an image ({error}); save it again as PNG") from error
    small.thumbnail((request.pixels, request.pixels))
    small.save(thumbnail)
    return Measured(
        kind="texture",
        pixels=(width, height),
        size=None if file.size is None else (file.size, file.size * height / width, 0.0),
        tags=tuple(surface_words([path.stem])),
    )


def measure_trajectory(request: ImportRequest, file: ImportFile, thumbnail: Path) -> Measured:
    """A camera path, levelled; its thumbnail shows it from above. One of several files is written as one."""
    path = Path(request.folder) / file.path
    read = read_recording(path, fence_of(path, file.path))
    course = read.path.levelled()
    top_down(course.poses, request.pixels).save(thumbnail)
    fps = (len(course.times) - 1) / course.duration
    notes = [read.form, f"{course.duration:.1f} s, {course.length:.2f} units long"]
    if fps < 10:
        notes.append("few poses a second: interpolated")
    converted = thumbnail.with_suffix(".txt")
    if read.parts:
        converted.write_text(trajectory_text(read.path), encoding="utf-8")
    return Measured(
        kind="trajectory",
        frames=len(course.times),
        fps=round(fps, 2),
        parts=tuple(part.relative_to(request.folder).as_posix() for part in read.parts),
        notes=(*notes, *read.notes),
        converted=converted.name if read.parts else "",
    )

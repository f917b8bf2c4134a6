"""What the thumbnail of an asset shows: the same shapes, motions and settings that a scene would get from it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.library import Library
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import load_clip, to_motion
from dsia_gen.motion.top_down import top_down
from dsia_gen.motion.trajectory import load_trajectory
from dsia_gen.procedural.people.named_people import PEOPLE, person_named
from dsia_gen.sampling.camera_motion import CameraPlacement, handheld
from dsia_gen.sampling.draw import draw_object
from dsia_gen.sampling.seeds import child
from dsia_gen.spec.asset import BodyShape, CharacterFile, MeshFile, ParametricCharacter, ProceduralObject, figure_height
from dsia_gen.spec.light import Environment, GroundedDome
from dsia_gen.spec.motion import Track
from dsia_gen.spec.thumbnail_request import EnvironmentThumbnail, ShapeThumbnail, Thumbnail

FPS = 12.0
MOMENTS = (0.12, 0.47, 0.86)
"""Parts of a clip at which a figure is shown: not evenly spaced, for many motions repeat."""
PERFORMED = (0.3, 0.65)
"""Parts of a clip at which a character is shown in it."""
LONGEST = 48
"""Frames of a clip that such a picture looks at: four seconds."""
FIGURE = "chidi"
"""The person who shows motions: bare arms and shanks, so that no joint is hidden."""
IRRADIANCE = 2.5
"""W/m^2 on the floor of an HDRI's thumbnail: what scenes have in the middle."""


def thumbnail_of(entry: Entry, library: Library, seed: int = 0) -> Thumbnail | None:
    """What Blender renders of an asset; None for what is drawn by `image_of`.

    Parameters that a scene draws each time follow from `seed` and the id. Raises AssetError for files that are missing
    or broken.
    """
    makers = {"character": _character, "motion": _motion, "object": _object, "hdri": _hdri}
    return makers[entry.kind](entry, library, seed) if entry.kind in makers else None


def image_of(entry: Entry, library: Library, pixels: int, seed: int = 0) -> Image.Image:
    """A thumbnail without Blender: a camera path from above, a texture as it is; (pixels, pixels) or smaller, RGB."""
    if entry.kind == "trajectory":
        if entry.builtin is None:
            return top_down(load_trajectory(library.path(entry)).poses, pixels)
        placement = CameraPlacement(np.array([0.0, -4.0, 1.6]), np.array([0.0, 0.0, 1.2]), 60, 0.1)
        return top_down(handheld(child(seed, entry.id), placement)(1.0), pixels)
    if entry.kind != "texture":
        raise TypeError(f"a {entry.kind} is rendered; trajectories and textures are drawn")
    path = library.path(entry)
    try:
        with Image.open(path) as image:
            image.draft("RGB", (pixels, pixels))
            small = image.convert("RGB")
    except OSError as error:
        raise AssetError(f"{path} cannot be read as an image ({error}); fetch it again") from error
    small.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
    return small


def performance_of(entry: Entry, motion: Entry, library: Library) -> Thumbnail:
    """What Blender renders of a character in a motion: it stands side by side at moments of the clip.

    Raises AssetError for an entry that is not a character or a motion, and for files that are missing or broken.
    """
    if (entry.kind, motion.kind) != ("character", "motion"):
        raise AssetError(
            f"{entry.id} is a {entry.kind} and {motion.id} a {motion.kind}; choose a character and a motion"
        )
    shape, body = _shape_of(entry, library)
    clip = _clip_of(motion, library, body)
    clip = clip.rows(slice(0, LONGEST))
    played = to_motion(clip, (0.0, 0.0, 0.0))
    # All frames up to the last moment: where feet stand follows from what is before.
    moments = tuple(dict.fromkeys(int(part * len(clip)) for part in PERFORMED))
    return ShapeThumbnail(shape=shape, motion=played, moments=moments, rest=False)


def _shape_of(entry: Entry, library: Library) -> tuple[ParametricCharacter | CharacterFile, BodyShape]:
    """A character and its proportions."""
    if entry.builtin is not None:
        person = person_named(entry.builtin, entry.id).character
        return person, person.body
    body = BodyShape(height=figure_height(entry.height or 1.7))
    return library.character_file(entry, body.height), body


def _clip_of(entry: Entry, library: Library, body: BodyShape) -> CanonicalClip:
    """A motion at FPS; a built-in one is made for the body."""
    gait = entry.builtin
    return load_clip(library.path(entry), FPS) if gait is None else gait_motion(gait, body, FPS, 24)


def _character(entry: Entry, library: Library, _seed: int) -> Thumbnail:
    shape, body = _shape_of(entry, library)
    # A walk in mid-step: one leg ahead, the arms against it.
    motion = to_motion(gait_motion("walk", body, FPS, 2, phase=0.02), (0.0, 0.0, 0.0))
    return ShapeThumbnail(shape=shape, motion=motion, moments=(0,))


def _motion(entry: Entry, library: Library, _seed: int) -> Thumbnail:
    body = BodyShape()
    clip = _clip_of(entry, library, body)
    motion = to_motion(clip, (0.0, 0.0, 0.0))
    rows = [int(part * len(clip)) for part in MOMENTS]
    in_place = {
        "rotations": tuple(motion.rotations[i] for i in rows),
        "hips": tuple((0.0, 0.0, motion.hips[i][2]) for i in rows),
        "stands": (),
    }
    figure = ParametricCharacter(body=body, outfit=PEOPLE[FIGURE].outfit)
    moments = tuple(range(len(MOMENTS)))
    return ShapeThumbnail(shape=figure, motion=motion.model_copy(update=in_place), moments=moments, rest=False)


def _object(entry: Entry, library: Library, seed: int) -> Thumbnail:
    shape: ProceduralObject | MeshFile
    if entry.builtin is not None:
        if entry.builtin not in FAMILIES:
            raise AssetError(f"entry {entry.id!r}: there is no family {entry.builtin!r}; correct the manifest")
        shape = draw_object(child(seed, entry.id), FAMILIES[entry.builtin])
    else:
        shape = library.mesh_file(entry)
    return ShapeThumbnail(shape=shape)


def _hdri(entry: Entry, library: Library, _seed: int) -> Thumbnail:
    light = Track(values=(IRRADIANCE,))
    environment = Environment(hdri=library.file(entry), asset=entry.id, irradiance=light, dome=GroundedDome())
    return EnvironmentThumbnail(environment=environment)

"""scene.json: cameras, instances, pairs and licences of one scene."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from dsia_gen.annotate.pair_measures import PAIR_MEASURES, Subset
from dsia_gen.core.document import Document
from dsia_gen.core.inside_path import PlainName
from dsia_gen.spec.views import ROLES, Pair, Role

LARGEST = 1e12
"""Of any number in a document: what is made of it stays finite."""
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Row3 = Annotated[list[Number], Field(min_length=3, max_length=3)]
Row4 = Annotated[list[Number], Field(min_length=4, max_length=4)]
Matrix3 = Annotated[list[Row3], Field(min_length=3, max_length=3)]
Matrix4 = Annotated[list[Row4], Field(min_length=4, max_length=4)]
Vector = tuple[Number, Number, Number]
Quaternion = tuple[Number, Number, Number, Number]
Index = Annotated[int, Field(ge=0, le=2**31)]
Pixels = Annotated[int, Field(ge=1, le=2**31)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Count = Annotated[int, Field(ge=0, le=2**53)]
"""An integer that a double holds."""
_ROUNDING = 1e-3
"""Of the entries of a rotation that was written with few digits."""


def _intrinsics(K: list[list[float]]) -> list[list[float]]:
    """Matrices that can be inverted: focal lengths are positive, and the last row is that of a projection."""
    if min(K[0][0], K[1][1]) <= 0 or K[2] != [0.0, 0.0, 1.0]:
        raise ValueError("K must have positive focal lengths and 0, 0, 1 as its last row")
    return K


def _pose(matrix: list[list[float]]) -> list[list[float]]:
    """A rotation and a translation."""
    columns = [[row[axis] for row in matrix[:3]] for axis in range(3)]
    lengths_and_angles = [
        sum(a * b for a, b in zip(columns[i], columns[k], strict=True)) - (i == k)
        for i in range(3)
        for k in range(i + 1)
    ]
    if matrix[3] != [0.0, 0.0, 0.0, 1.0] or not all(abs(value) <= _ROUNDING for value in lengths_and_angles):
        raise ValueError("camera_to_world must be a rotation and a translation, with 0, 0, 0, 1 as its last row")
    return matrix


Intrinsics = Annotated[Matrix3, AfterValidator(_intrinsics)]
Pose = Annotated[Matrix4, AfterValidator(_pose)]


class SceneEntry(Document):
    """What a scene is as a whole.

    Parameters
    ----------
    scene : str
        Name of the scene's folder.
    spec_hash : str
        SHA-256 (hex) of the specification.
    config : str
        Name of the scene configuration.
    setting : str
        outdoor or indoor.
    seed : int
        Seed that the scene was sampled with.
    resolution : tuple of int
        (width, height) in pixels.
    fps : float
        Time steps a second.
    num_frames : int
        Number of time steps.
    num_instances : int
        Number of instances.
    background : str
        Id of the environment's asset.
    samples_per_pixel : int
        Samples that Cycles takes at most.
    """

    scene: PlainName | Literal[""] = ""
    spec_hash: str
    config: str
    setting: str
    seed: Seed
    resolution: tuple[Pixels, Pixels]
    fps: Number = 24.0
    num_frames: Count = 0
    num_instances: Count = 0
    background: str = ""
    samples_per_pixel: Count = 0


class CameraEntry(Document):
    """The camera: one set of intrinsics, and a pose for each pose index.

    Parameters
    ----------
    focal_length : float or None
        Millimetres.
    sensor_width : float or None
        Millimetres.
    K : list of list of float
        (3, 3) intrinsics in pixels.
    axes : str
        Names of the axes of a camera.
    positions : list of tuple of float
        (P, 3) camera centres in metres, world frame.
    quaternions : list of tuple of float
        (P, 4) unit quaternions w, x, y, z, as in the specification.
    camera_to_world : list of list of list of float
        (P, 4, 4) in OpenCV axes: x right, y down, z forward; metres.
    """

    focal_length: Number | None = None
    sensor_width: Number | None = None
    K: Intrinsics
    axes: str = ""
    positions: list[Vector] = Field(default_factory=list)
    quaternions: list[Quaternion] = Field(default_factory=list)
    camera_to_world: list[Pose]


class ViewEntry(Document):
    """A rendered view.

    Parameters
    ----------
    key : str
        Name of the view's folder.
    time : int
        Time index.
    pose : int
        Camera pose index.
    """

    key: PlainName
    time: Index = 0
    pose: Index = 0


class InstanceEntry(Document):
    """An instance and where it is.

    Parameters
    ----------
    id : int
        Value in the instance maps.
    name : str
        Name within the scene.
    asset_id : str
        Id of its asset.
    kind : str
        Kind of its asset, such as object or character.
    licence : str
        Licence of its asset.
    role : {'foreground', 'dressing', 'room'}
        What it is in the scene for.
    scale : float
        Factor on the size of its asset.
    moves : bool
        Whether it moves or deforms at any time.
    positions : list of tuple of float
        (T, 3) of its origin in metres, world frame; one position alone holds for all times.
    quaternions : list of tuple of float or None
        (T, 4) w, x, y, z, as many as positions; None for a character, whose pose is in its motion.
    visibility : dict of str to int
        Pixels that show it, by the key of the view.
    bboxes : dict of str to tuple of int
        [x_min, y_min, x_max, y_max] in pixels, maxima excluded, by the key of the view.
    joints : dict of str to list of tuple of float
        Of a character: canonical joint to its (T, 3) positions in metres, world frame, at the times of the views in
        ascending order. Empty for others, and in data sets that were rendered before they were kept.
    rest_box : tuple of tuple of float or None
        Least and largest corner of the rest shape in metres, in the axes of the asset and without `scale`: 0 and 1 of
        the output `object_coordinates`. None where that output was not asked for.
    """

    id: Index
    name: str = ""
    asset_id: str
    kind: str
    licence: str = "unknown"
    role: Literal["foreground", "dressing", "room"]
    scale: Number = 1.0
    moves: bool
    positions: Annotated[list[Vector], Field(min_length=1)]
    quaternions: Annotated[list[Quaternion], Field(min_length=1)] | None
    visibility: dict[str, Count]
    bboxes: dict[str, tuple[int, int, int, int]] = Field(default_factory=dict)
    joints: dict[str, list[Vector]] = Field(default_factory=dict)
    rest_box: tuple[Vector, Vector] | None = None


class PairEntry(Document):
    """A pair: its times and poses, and what was measured on it (the rows of `PAIR_MEASURES`).

    Parameters
    ----------
    sample : str
        `<scene>_<pair>`.
    index : int
        Number of the pair in its scene.
    t1 : int
        Time index of I1.
    p1 : int
        Camera pose index of I1 and of Igt.
    t2 : int
        Time index of I2 and of Igt.
    p2 : int
        Camera pose index of I2.
    views : dict of str to str
        Key of the view of each role 1, 2 and gt.
    """

    sample: PlainName
    index: Index
    t1: Index
    p1: Index
    t2: Index
    p2: Index
    views: dict[Role, str]

    @property
    def pair(self) -> Pair:
        """Its times and poses alone."""
        return Pair(index=self.index, t1=self.t1, p1=self.p1, t2=self.t2, p2=self.p2)

    @property
    def subset(self) -> str | None:
        """LcLf, LcSf, ScLf or ScSf; None when it was not measured."""
        found = self.measured("subset")
        return found if isinstance(found, str) else None

    @property
    def moved_instances(self) -> tuple[int, ...] | None:
        """Ids of the instances that move or deform between t1 and t2, seen or not; None when it was not measured."""
        found = (self.__pydantic_extra__ or {}).get("moved_instances")
        return tuple(i for i in found if isinstance(i, int)) if isinstance(found, list) else None

    def measured(self, name: str) -> float | str | None:
        """What was measured on the pair, as a cell of samples.csv.

        Parameters
        ----------
        name : str
            Name of a row of `PAIR_MEASURES`, which says its unit.

        Returns
        -------
        float or str or None
            None when it was not measured, or has no value on this pair.
        """
        found = (self.__pydantic_extra__ or {}).get(name)
        return found if isinstance(found, str) else float(found) if isinstance(found, int | float) else None

    def number(self, name: str) -> float | None:
        """A number that was measured on the pair.

        Parameters
        ----------
        name : str
            Name of a row of `PAIR_MEASURES`.

        Returns
        -------
        float or None
            None when it was not measured, has no value on this pair, or is not a number.
        """
        found = self.measured(name)
        return found if isinstance(found, float) else None

    @model_validator(mode="after")
    def _measures_are_of_their_kind(self) -> PairEntry:
        if self.views.keys() != set(ROLES):
            raise ValueError(f"pair {self.index} does not name the views of the roles {', '.join(ROLES)}")
        if any(key != self.pair.view(role).key for role, key in self.views.items()):
            raise ValueError(f"pair {self.index} does not name the views of its times and poses")
        extra = self.__pydantic_extra__ or {}
        for name in extra.keys() & PAIR_MEASURES.keys():
            found, unit = extra[name], PAIR_MEASURES[name].unit
            if unit == "ids":
                right = isinstance(found, list) and all(type(i) is int and i >= 0 for i in found)
            else:
                right = found in get_args(Subset) if unit == "text" else _is_number(found)
            if found is not None and not right:
                raise ValueError(f"{name} of pair {self.index} is {found!r:.40}")
        return self


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST  # type: ignore[arg-type]


class LicenceEntry(Document):
    """An asset that a scene uses, with its licence.

    Parameters
    ----------
    id : str
        Id of the asset.
    kind : str
        object, character, hdri, motion, trajectory or texture.
    source : str
        Where it is from.
    licence : str
        Name of the licence.
    attribution : str
        Who made it.
    redistribution : str
        Whether it may be passed on: yes, no or unknown.
    training : str
        Whether models may be trained on it: yes, no or unknown.
    sha256 : str
        Hash of its file (hex), empty for what is procedural.
    """

    id: str
    kind: str = ""
    source: str = ""
    licence: str = "unknown"
    attribution: str = ""
    redistribution: str = "unknown"
    training: str = "unknown"
    sha256: str


class SceneDocument(Document):
    """The content of scene.json.

    Parameters
    ----------
    version : int
        Version of this document.
    metadata : SceneEntry
        The scene as a whole.
    camera : CameraEntry
        Intrinsics and poses.
    views : list of ViewEntry
        Views in the order of rendering.
    instances : list of InstanceEntry
        Instances in the order of their ids.
    pairs : list of PairEntry
        Pairs in order.
    licences : list of LicenceEntry
        Assets that the scene uses.
    images : dict of str to dict of str to float
        Measures of the image of each view, by the key of the view and the name of the measure.
    """

    version: int = 1
    metadata: SceneEntry
    camera: CameraEntry
    views: list[ViewEntry]
    instances: list[InstanceEntry]
    pairs: list[PairEntry]
    licences: list[LicenceEntry]
    images: dict[str, dict[str, Number | None]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_time_and_pose_is_there(self) -> SceneDocument:
        poses, last = len(self.camera.camera_to_world), max((max(p.t1, p.t2) for p in self.pairs), default=0)
        for pair in self.pairs:
            if max(pair.p1, pair.p2) >= poses:
                raise ValueError(f"pair {pair.index} names a camera pose or time that is not there")
        for name in ("positions", "quaternions"):
            if len(getattr(self.camera, name)) not in (0, poses):
                raise ValueError(f"camera.{name} has {len(getattr(self.camera, name))} entries for {poses} poses")
            for entry in self.instances:
                given = getattr(entry, name)
                if given is not None and 1 != len(given) <= last:
                    raise ValueError(f"instance {entry.id} has {len(given)} {name}, and time {last} is used")
        return self

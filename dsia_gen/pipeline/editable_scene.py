"""A scene in Python: sampled, changed as data, built once, rendered and annotated at any time and pose."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self

from numpy.typing import NDArray
from pydantic import ValidationError

from dsia_gen.annotate.pair import annotate_scene
from dsia_gen.annotate.pair_measures import Thresholds
from dsia_gen.assets.library import load_library
from dsia_gen.assets.remote_assets import local_assets
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.io import replace_bytes
from dsia_gen.core.locations import Place, place_of
from dsia_gen.core.remote import stored_bytes
from dsia_gen.core.seeds import LARGEST_SEED
from dsia_gen.dataset.array_files import read_array
from dsia_gen.pipeline.annotated_pair import AnnotatedPair
from dsia_gen.pipeline.blender_session import BlenderSession
from dsia_gen.pipeline.foresight import MotionForecast, forecast_of
from dsia_gen.pipeline.scene_changes import SceneChanges, problems_of
from dsia_gen.sampling.proxy_scene import PairEstimate
from dsia_gen.sampling.scene_sampler import choose_variant, sample_with_estimates
from dsia_gen.spec.asset import LicenceRule
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.light import Render
from dsia_gen.spec.outputs import OUTPUTS, resolve_outputs
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES, Pair, View

_ORIGIN = Pose(position=(0.0, 0.0, 0.0), rotation=(1.0, 0.0, 0.0, 0.0))
SIZE = (960, 540)
"""Width and height in pixels of a scene that is sampled without."""


class SampledPairs(NamedTuple):
    """What the sampler knew of the pairs of a scene.

    Parameters
    ----------
    config : SceneConfig
        The configuration, resolved.
    kind : SceneConfig
        The part that was drawn of a mix; else the configuration.
    estimates : tuple of PairEstimate
        What the pairs were expected to measure.
    """

    config: SceneConfig
    kind: SceneConfig
    estimates: tuple[PairEstimate, ...]


class Scene(SceneChanges):
    """One scene, as data and as Blender has it.

    It is never changed: methods that change something return another scene. Blender is started, in a process of its
    own, when something is first built, rendered or annotated, and kept until `close` or the end of a `with` block.

    Parameters
    ----------
    spec : SceneSpec
        Everything about it.
    assets : Path or str, optional
        Folder or address of the user's own assets that it uses.
    device : str
        What renders: auto, cpu, cuda, optix, hip, oneapi or metal.
    threads : int
        CPU threads of Blender; 0 uses all cores.
    blender : str, optional
        Line of Blender, such as 5.2; by default the one that commands use.
    """

    def __init__(
        self,
        spec: SceneSpec,
        assets: Place | None = None,
        *,
        device: str = "auto",
        threads: int = 0,
        blender: str | None = None,
    ) -> None:
        self.spec = spec
        self.assets = assets
        self.sampled: SampledPairs | None = None
        self._options: dict[str, Any] = {"device": device, "threads": threads, "blender": blender}
        self._session: BlenderSession | None = None

    @classmethod
    def sample(
        cls,
        config: str | Path | SceneConfig,
        seed: int = 0,
        *,
        resolution: tuple[int, int] = SIZE,
        samples: int = 64,
        quality: Render | None = None,
        overrides: Mapping[str, object] | Sequence[str] = (),
        assets: Place | None = None,
        licences: LicenceRule = "any",
        **options: Any,
    ) -> Self:
        """Decide everything about a scene.

        Parameters
        ----------
        config : str, Path or SceneConfig
            A preset of scene_configs/, the path of a YAML file, or a configuration.
        seed : int
            Everything random follows from it.
        resolution : tuple of int
            Width and height in pixels.
        samples : int
            Paths a pixel.
        quality : Render, optional
            All settings of the renderer, in place of `samples`.
        overrides : mapping of str to object, or sequence of str
            Values of the configuration by dotted key, or `key=value` strings.
        assets : Path or str, optional
            Folder or address of the user's own assets.
        licences : {"any", "redistributable", "trainable"}
            Which assets may be used.
        **options : Any
            `device`, `threads` and `blender`, see the class.

        Returns
        -------
        Scene
            The same for the same arguments; nothing is rendered yet.

        Raises
        ------
        ConfigError
            The configuration is wrong.
        AssetError
            An asset is missing or broken.
        SamplingError
            Nothing moves in front of the camera although the configuration asks for it.
        """
        resolved = load_scene_config(str(config) if isinstance(config, Path) else config, overrides)
        library = load_library(resolved.manifest_files, assets, licences)
        if not 0 <= seed <= LARGEST_SEED:
            raise ConfigError("seed", [f"{seed} is outside 0 to {LARGEST_SEED}"])
        try:
            render = Render(samples=samples) if quality is None else quality
            CameraSpec(width=resolution[0], height=resolution[1], lens_mm=35.0, poses=(_ORIGIN,))
        except ValidationError as error:
            raise ConfigError("scene", problems_of(error)) from error
        spec, estimates = sample_with_estimates(resolved, library, seed, resolution, render)
        scene = cls(spec, assets, **options)
        scene.sampled = SampledPairs(resolved, choose_variant(resolved, seed), estimates)
        return scene

    @classmethod
    def load(cls, path: Path | str, assets: Place | None = None, **options: Any) -> Self:
        """Read a scene from its specification.

        Parameters
        ----------
        path : Path or str
            A file that `write`, `dsia-gen scene sample` or a data set (spec.json) holds, or its address (s3://...).
        assets : Path or str, optional
            Folder or address of the user's own assets that it uses.
        **options : Any
            `device`, `threads` and `blender`, see the class.

        Returns
        -------
        Scene
            As it was written.

        Raises
        ------
        ConfigError
            The file is not there, or is not a specification; the message names the command that makes one.
        """
        place = place_of(path)
        text = stored_bytes(place)
        name = PurePosixPath(str(place))
        if name.suffix in (".yaml", ".yml") or text is None:
            written = name.suffix == ".json"  # else what is given may be meant as a configuration
            sample = f"dsia-gen scene sample {'CONFIG' if written else place} -o {place if written else 'spec.json'}"
            what = "is not there" if text is None else "is a configuration, from which a scene is sampled first"
            raise ConfigError(str(place), [f"{what}: {sample}{' writes it' if written else ', then give spec.json'}"])
        try:
            return cls(SceneSpec.model_validate_json(text), assets, **options)
        except ValidationError as error:
            raise ConfigError(f"{place} is not a scene specification", problems_of(error)) from error

    def __repr__(self) -> str:
        spec = self.spec
        size = f"{spec.camera.width}x{spec.camera.height}"
        counts = f"{len(spec.instances)} objects, {spec.times} times, {len(spec.camera.poses)} poses"
        return f"Scene({spec.config!r}, seed {spec.seed}, {size}, {counts}, {len(spec.pairs)} pairs)"

    def __getstate__(self) -> dict[str, Any]:
        """For other processes: each starts a Blender of its own."""
        return {**self.__dict__, "_session": None}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def foreseen(self) -> tuple[MotionForecast, ...]:
        """Compare the motion that the sampler expects with what the configuration asks for.

        Returns
        -------
        tuple of MotionForecast
            Of camera and foreground, in pixels of the images; none for a scene that was not sampled here.
        """
        if self.sampled is None:
            return ()
        config, kind, estimates = self.sampled
        return forecast_of(config, [(kind, estimates)], self.spec.camera.width)

    def with_spec(self, spec: SceneSpec) -> Self:
        """Take another specification, with the same assets and options.

        Parameters
        ----------
        spec : SceneSpec
            The specification.

        Returns
        -------
        Scene
            Of this specification, not built yet.
        """
        return type(self)(spec, self.assets, **self._options)

    def write(self, path: Path | str) -> None:
        """Write the specification as JSON.

        Parameters
        ----------
        path : Path or str
            The file; `load` and `dsia-gen scene build` read it.
        """
        replace_bytes(Path(path), readable_json(self.spec).encode())

    def build(self) -> Self:
        """Build the scene in Blender now, and not when it is first needed.

        Returns
        -------
        Scene
            This one.

        Raises
        ------
        DsiaError
            What is missing or broken, with the next step.
        """
        if self._session is None or not self._session.alive:
            self.close()
            folder = local_assets(self.assets).resolve() if self.assets is not None else None
            session = BlenderSession(self.spec, folder, **self._options)
            self._session = session
            weakref.finalize(self, session.close)
            try:
                session.build()
            except BaseException:
                self.close()
                raise
        return self

    def close(self) -> None:
        """End Blender's process, if there is one; the scene can be built again."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def save(self, path: Path | str) -> None:
        """Save the scene as a .blend that a person can open, scrub and render.

        Parameters
        ----------
        path : Path or str
            The file.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        self._here().save(Path(path))

    def render(self, t: int, p: int, output: str = "image") -> NDArray[Any]:
        """Render the view at a time and a pose.

        Parameters
        ----------
        t, p : int
            Time index and pose index.
        output : str
            A rendered output of the table: `image`, `linear` or `image_blurred`.

        Returns
        -------
        ndarray
            (H, W, 3) in the dtype of the table: uint8 sRGB for `image`, the same bytes as a job would write.

        Raises
        ------
        ConfigError
            There is no such time, pose or output.
        """
        known = [row.name for row in OUTPUTS.values() if row.producer == "render"]
        if output not in known:
            raise ConfigError("output", [f"{output!r} is not rendered; known: {', '.join(known)}"])
        pair = self._pair(0, (t, p, t, p))
        files = self._here().rendered([pair], (output,), geometry=False)
        return read_array(OUTPUTS[output], files.rendered(output, View(t, p)))

    def annotate(self, t1: int, p1: int, t2: int, p2: int, outputs: Iterable[str] = ("default",)) -> AnnotatedPair:
        """Render a pair and compute its ground truth.

        Parameters
        ----------
        t1, p1 : int
            Time index and pose index of I1; Igt shares the pose.
        t2, p2 : int
            Time index and pose index of I2; Igt shares the time.
        outputs : iterable of str
            Names or groups of the table of outputs.

        Returns
        -------
        AnnotatedPair
            Its arrays and measures: those that a job writes for the same pair.

        Raises
        ------
        ConfigError
            There is no such time, pose or output.
        """
        return self.annotate_pairs([(t1, p1, t2, p2)], outputs)[0]

    def annotate_pairs(
        self,
        pairs: Iterable[tuple[int, int, int, int]],
        outputs: Iterable[str] = ("default",),
        thresholds: Thresholds | None = None,
    ) -> list[AnnotatedPair]:
        """Render several pairs at once and compute their ground truth; views that they share are rendered once.

        Parameters
        ----------
        pairs : iterable of tuple of int
            (t1, p1, t2, p2) of each.
        outputs : iterable of str
            Names or groups of the table of outputs.
        thresholds : Thresholds, optional
            From which motion on a pair counts as large.

        Returns
        -------
        list of AnnotatedPair
            In the order given.

        Raises
        ------
        ConfigError
            There is no such time, pose or output.
        """
        try:
            names = resolve_outputs(outputs)
        except KeyError as error:
            raise ConfigError("outputs", [f"{error.args[0]!r} is not an output; known: {', '.join(OUTPUTS)}"]) from None
        asked = [self._pair(index, numbers) for index, numbers in enumerate(pairs)]
        if not asked:
            return []
        rendered = tuple(name for name in names if OUTPUTS[name].producer == "render")
        rest = any(OUTPUTS[name].rest for name in names)
        files = self._here().rendered(asked, rendered, rest=rest)
        geometry = SceneGeometry.load(files.geometry)
        found: list[AnnotatedPair] = []
        views: dict[tuple[str, View], NDArray[Any]] = {
            (name, view): read_array(OUTPUTS[name], files.rendered(name, view))
            for name in rendered
            for view in sorted({pair.view(role) for pair in asked for role in ROLES})
        }
        for truth in annotate_scene(geometry, self.spec.camera, asked, names, files.pixels, thresholds):
            views |= {(n, view): array for view, made in truth.new_views.items() for n, array in made.items()}
            own = {key: array for key, array in views.items() if key[1] in {truth.pair.view(r) for r in ROLES}}
            found.append(AnnotatedPair(truth.pair, self.spec.camera, truth.arrays, own, truth.measures))
        return found

    def _here(self) -> BlenderSession:
        self.build()
        assert self._session is not None
        return self._session

    def _pair(self, index: int, numbers: tuple[int, int, int, int]) -> Pair:
        t1, p1, t2, p2 = map(operator.index, numbers)
        times, poses = self.spec.times, len(self.spec.camera.poses)
        problems = [
            f"there is no time {t}: the scene has times 0 to {times - 1}" for t in {t1, t2} if not 0 <= t < times
        ]
        problems += [
            f"there is no pose {p}: the camera has poses 0 to {poses - 1}" for p in {p1, p2} if not 0 <= p < poses
        ]
        if problems:
            raise ConfigError("scene", problems)
        return Pair(index=index, t1=t1, p1=p1, t2=t2, p2=p2)

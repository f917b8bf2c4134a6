"""What can be trained: a configuration, a task, and what its runs are opened as. Needs no torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsia_gen.align.methods.method import AlignmentMethod, MethodOptions
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.errors import AlignError
from dsia_gen.core.registry import Registry

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask
    from dsia_gen.align.training.weights_card import WeightsCard


class Trainable(ABC):
    """A kind of training: `dsia-gen train <name> CONFIG -o RUN`.

    A package registers a class by an entry point of the group ``dsia_gen.trainables`` whose name is `name`.
    """

    name: str
    help: str
    """Of the command, one sentence."""
    about: str
    """What is trained, one sentence of the model card."""
    config: type[RunConfig]
    folder: str = ""
    """Folder of a run that holds what was trained and gets a copy of the model card, where there is one."""
    parts_rest: bool = False
    """Whether some weights have no gradient in some steps."""
    exported: str = ""
    """File of weights that `export` writes; empty where a run has no export."""
    method: str = ""
    """The method that a lone run is evaluated as; empty takes the name of the run's folder."""

    @abstractmethod
    def task(self, config: Any, run: Path) -> TrainingTask:
        """Make the task of a configuration; imports torch.

        Parameters
        ----------
        config : RunConfig
            An instance of the class `config`.
        run : Path
            Folder of the run.

        Returns
        -------
        TrainingTask
            Modules, losses and validation.
        """

    def recognises(self, run: Path) -> bool:  # noqa: ARG002  (of the contract)
        """Tell whether a folder is a finished run of this kind that `open_run` takes.

        Parameters
        ----------
        run : Path
            The folder; it need not exist.

        Returns
        -------
        bool
            True for such a run.
        """
        return False

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:  # noqa: ARG002
        """Open a run as a method.

        Parameters
        ----------
        run : str
            Folder of the run, or what else this kind can open.
        label : str
            The method's name in tables.
        options : MethodOptions
            Device, seed and settings.

        Returns
        -------
        AlignmentMethod
            A method whose `align` can be called.

        Raises
        ------
        AlignError
            The run cannot be opened.
        """
        raise AlignError(f"{run} is a run of `dsia-gen train {self.name}`, which aligns nothing")

    def export(self, run: Path, folder: Path, figures: Mapping[str, float] | None = None) -> WeightsCard:  # noqa: ARG002
        """Write the weights of a run into a folder, small enough to be passed on, with a card.

        Parameters
        ----------
        run : Path
            Folder of the run.
        folder : Path
            What to write.
        figures : Mapping of str to float, optional
            Measures for the card, in place of those of the run's last validation.

        Returns
        -------
        WeightsCard
            The card.

        Raises
        ------
        AlignError
            Runs of this kind are not exported, or this one cannot be read.
        """
        where = f"its folder {self.folder}" if self.folder else "the run"
        raise AlignError(f"{run} is a run of `dsia-gen train {self.name}`, which is passed on as it is: {where}")

    def card(self, config: Any, run: str) -> list[str]:  # noqa: ARG002
        """Further paragraphs of the model card.

        Parameters
        ----------
        config : RunConfig
            The configuration of the run.
        run : str
            Name of the run's folder.

        Returns
        -------
        list of str
            Markdown.
        """
        return []

    def limits(self, config: Any) -> list[str]:  # noqa: ARG002
        """Further sentences on the limits of what was trained.

        Parameters
        ----------
        config : RunConfig
            The configuration of the run.

        Returns
        -------
        list of str
            Markdown.
        """
        return []


TRAINABLES: Registry[Trainable] = Registry(
    "trainables",
    "kind of training",
    {
        "codec": "dsia_gen.align.codecs.codec_training:CodecTraining",
        "aligner": "dsia_gen.align.methods.dmaligner.aligner_method:AlignerTraining",
        "mc_aligner": "dsia_gen.align.methods.mc_aligner.mc_method:McTraining",
        "flow": "dsia_gen.align.methods.learned_flow.flow_methods:FlowTraining",
        "features": "dsia_gen.align.matching.features.features_training:FeaturesTraining",
        "ransac": "dsia_gen.align.methods.ransac_flow.ransac_method:RansacTraining",
        "diffmatch": "dsia_gen.align.methods.diffmatch.diffmatch_method:DiffMatchTraining",
        "prior": "dsia_gen.align.methods.motion_guidance.prior_training:PriorTraining",
    },
    extras=dict.fromkeys(
        ("codec", "aligner", "mc_aligner", "flow", "features", "ransac", "diffmatch", "prior"), "align"
    ),
    members=("name", "help", "about", "config", "task", "recognises", "open_run"),
    instances=True,
)


def trainable_for(config: RunConfig) -> Trainable:
    """Find the kind of training that a configuration belongs to.

    Parameters
    ----------
    config : RunConfig
        Its class decides.

    Returns
    -------
    Trainable
        The registered kind.
    """
    return next(kind for _, kind in TRAINABLES.items() if type(config) is kind.config)


def trainable_of(run: str) -> Trainable:
    """Find the kind of training that left a run.

    Parameters
    ----------
    run : str
        Folder or hub repository.

    Returns
    -------
    Trainable
        The kind that recognises it; the aligner where none does.
    """
    found = (kind for _, kind in TRAINABLES.items() if kind.recognises(Path(run)))
    return next(found, TRAINABLES.get("aligner"))


def open_run(run: Path | str, label: str, options: MethodOptions) -> AlignmentMethod:
    """Open what a training left as a method.

    Parameters
    ----------
    run : Path or str
        Folder of `dsia-gen train`, or what else the kind of training can open, such as a hub repository.
    label : str
        The name of the method in tables.
    options : MethodOptions
        Device, seed and settings.

    Returns
    -------
    AlignmentMethod
        A method whose `align` can be called.

    Raises
    ------
    AlignError
        The run cannot be opened; the message says what is wrong with it.
    """
    return trainable_of(str(run)).open_run(str(run), label, options)

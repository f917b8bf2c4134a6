"""Trained aligners by one name: whichever aligner the package, a folder or the hub holds."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.trained_aligner import TrainedAligner
from dsia_gen.align.weight_files import hub_folder, is_local


class AlignerPipeline:
    """Opens trained aligners; `AlignerPipeline.from_pretrained()` loads the weights that are part of the package."""

    @staticmethod
    def from_pretrained(name: Path | str | None = None, revision: str | None = None) -> TrainedAligner:
        """Load an aligner, of whichever kind it is.

        Parameters
        ----------
        name : Path or str, optional
            A folder of `save_pretrained`, the run of a training, or a hub repository; by default the weights that are
            part of the package.
        revision : str, optional
            Revision on the hub.

        Returns
        -------
        TrainedAligner
            The pipeline on the CPU.

        Raises
        ------
        AlignError
            There is no aligner, or its files do not fit together.
        """
        if name is None:
            return McPipeline.from_pretrained()
        folder = Path(name) if is_local(str(name)) else hub_folder(str(name), revision)
        if any((f / "mc_aligner.json").is_file() for f in (folder, folder / "pipeline")):
            return McPipeline.from_pretrained(folder)
        return DMAlignerPipeline.from_pretrained(folder)

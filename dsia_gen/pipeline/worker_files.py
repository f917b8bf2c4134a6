"""The folder that the Blender worker fills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.array_files import read_array
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import View
from dsia_gen.spec.worker_messages import rendered_file


@dataclass(frozen=True)
class WorkerFiles:
    """What the Blender worker leaves in its folder.

    Parameters
    ----------
    folder : Path
        The `out` of its request.
    """

    folder: Path

    @property
    def geometry(self) -> Path:
        return self.folder / "geometry.npz"

    @property
    def report(self) -> Path:
        return self.folder / "worker.json"

    def rendered(self, output: str, view: View) -> Path:
        """File of an output that Blender renders.

        Parameters
        ----------
        output : str
            Name in the table of outputs.
        view : View
            The view.

        Returns
        -------
        Path
            Where the file is.
        """
        return rendered_file(self.folder, output, view)

    def pixels(self, view: View) -> NDArray[np.uint8]:
        """Read the image of a view.

        Parameters
        ----------
        view : View
            The view.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3)
            In sRGB.
        """
        return read_array(OUTPUTS["image"], self.rendered("image", view))

"""samples.csv: one row a pair."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from dsia_gen.annotate.pair_measures import Subset
from dsia_gen.core.errors import StorageError
from dsia_gen.core.escaping import csv_cell, csv_value
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import reading
from dsia_gen.dataset.documents.scene_document import Index, Intrinsics, Number, Pose, Seed
from dsia_gen.dataset.layout import SceneName, sample_id
from dsia_gen.dataset.sample_table import FILE_COLUMNS, KEY_COLUMNS, sample_columns
from dsia_gen.spec.views import Pair, Role

Cell = int | float | str | None


class SampleRow(BaseModel):
    """A row of samples.csv; `row["camera_motion_px"]` is a cell by the name of its column, None where it is empty.

    Parameters
    ----------
    sample : str
        `<scene>_<pair>`.
    scene : str
        Name of the scene.
    pair : int
        Number of the pair in its scene.
    t1 : int
        Time index of I1.
    p1 : int
        Camera pose index of I1 and of Igt.
    t2 : int
        Time index of I2 and of Igt.
    p2 : int
        Camera pose index of I2.
    config : str
        Name of the scene configuration.
    setting : str
        outdoor or indoor.
    seed : int
        Seed of the scene.
    subset : Subset or None
        LcLf, LcSf, ScLf or ScSf; None when it was not measured.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Number | str | None]

    sample: SceneName
    scene: SceneName
    pair: Index
    t1: Index
    p1: Index
    t2: Index
    p2: Index
    config: str
    setting: str
    seed: Seed
    subset: Subset | None = None

    @model_validator(mode="after")
    def _names_files_of_the_data_set(self) -> Self:
        wanted = sample_id(self.scene, self.pair)
        if self.sample != wanted:
            raise ValueError(f"pair {self.pair} of scene {self.scene} is {wanted}, and not {self.sample}")
        for column in FILE_COLUMNS:
            found = self.get(column)
            if found is not None:
                InsidePath(str(found))
        return self

    def __getitem__(self, column: str) -> Cell:
        if column in self:
            return getattr(self, column)
        if column in sample_columns():  # an earlier version did not measure it
            return None
        raise KeyError(f"samples.csv has no column {column!r}")

    def __contains__(self, column: object) -> bool:
        return column in type(self).model_fields or column in (self.__pydantic_extra__ or {})

    def get(self, column: str) -> Cell:
        """A cell by the name of its column.

        Parameters
        ----------
        column : str
            Name of the column.

        Returns
        -------
        int or float or str or None
            None where it is empty, or there is no such column.
        """
        try:
            return self[column]
        except KeyError:
            return None

    def number(self, column: str) -> float | None:
        """A measured number by the name of its column.

        Parameters
        ----------
        column : str
            Name of the column.

        Returns
        -------
        float or None
            None where it was not measured, or is not a number.
        """
        found = self.get(column)
        return found if isinstance(found, float) else None

    def portable(self) -> dict[str, Cell]:
        """The row without the paths of files, which mean nothing outside the data set.

        Returns
        -------
        dict of str to int, float, str or None
            Cells in the order of the columns.
        """
        return {name: self.get(name) for name in sample_columns() if name not in FILE_COLUMNS}

    def to_pair(self) -> Pair:
        """The times and poses of the pair.

        Returns
        -------
        Pair
            As in the specification.
        """
        return Pair(index=self.pair, t1=self.t1, p1=self.p1, t2=self.t2, p2=self.p2)


class ShardRecord(SampleRow):
    """What lies beside the arrays of a sample in a tar shard: its row of samples.csv without paths, and the cameras.

    Parameters
    ----------
    sample, scene, config, setting : str
        As in `SampleRow`.
    pair, t1, p1, t2, p2, seed : int
        As in `SampleRow`.
    subset : str or None
        As in `SampleRow`.
    K : list of list of float
        (3, 3) intrinsics in pixels.
    camera_to_world : dict of str to list of list of float
        (4, 4) for each role 1, 2 and gt, in OpenCV axes; metres.
    """

    K: Intrinsics
    camera_to_world: dict[Role, Pose]


_ROWS = TypeAdapter(list[SampleRow])


def samples_csv(rows: Iterable[SampleRow]) -> str:
    """The text of samples.csv.

    Parameters
    ----------
    rows : iterable of SampleRow
        One a pair.

    Returns
    -------
    str
        RFC 4180: CRLF, quotes where needed, empty where a value is unknown.
    """
    stream, columns = io.StringIO(), tuple(sample_columns())
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
    return stream.getvalue()


def read_samples(path: Path) -> list[SampleRow]:
    """The rows of samples.csv.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of SampleRow
        In the order of the file; columns of measures that an earlier version did not write are empty.

    Raises
    ------
    StorageError
        When the file is missing, is another table or has a damaged cell.
    """
    with reading(path):
        data = path.read_bytes()
    remedy = "`dsia-gen render` writes it again"
    try:
        header, *lines = csv.reader(io.StringIO(data.decode(), newline="")) or [[]]
    except (ValueError, csv.Error) as error:  # also text that is not UTF-8, and no line at all
        raise StorageError(f"{path} is not the table of a data set ({error}); {remedy}") from error
    whole = {*KEY_COLUMNS, *FILE_COLUMNS} <= set(header) and len(set(header)) == len(header)
    if not whole or any(len(line) > len(header) for line in lines):
        raise StorageError(f"{path} is not the table of a data set; {remedy}")
    columns = sample_columns()
    kinds = [float if columns.get(name) is float else csv_value for name in header]
    rows: list[dict[str, Cell]] = []
    for line in filter(None, lines):
        try:
            cells = [kind(text) if text else None for kind, text in zip(kinds, line, strict=False)]
        except ValueError as error:
            raise StorageError(f"{path}: row {line[0]!r} is damaged ({error}); {remedy}") from error
        rows.append(dict(zip(header, cells, strict=False)))
    try:
        found = _ROWS.validate_python(rows)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = rows[int(first["loc"][0])].get("sample")
        problem = ": ".join([*map(str, first["loc"][1:2]), first["msg"]])
        raise StorageError(f"{path}: row {where!r} is damaged ({problem}); {remedy}") from error
    twice = next((name for name, count in Counter(row.sample for row in found).items() if count > 1), None)
    if twice is not None:
        raise StorageError(f"{path} lists {twice} twice; {remedy}")
    return found

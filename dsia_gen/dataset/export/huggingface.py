"""Parquet for the Hugging Face hub: images and masks as PNG, numbers as arrays, a card and Croissant metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import yaml

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import file_hash
from dsia_gen.dataset.array_files import Array
from dsia_gen.dataset.export.contract import SPLITS, Chosen, ExportFormat, ExportTask
from dsia_gen.dataset.export.croissant import IMAGE, Column, croissant
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.export.webdataset import member, shard_tasks
from dsia_gen.dataset.sample_table import FILE_COLUMNS, sample_columns
from dsia_gen.spec.outputs import OUTPUTS, Place, sample_places
from dsia_gen.spec.views import ROLES

TYPES: dict[type, tuple[str, str]] = {str: ("string", "sc:Text"), int: ("int64", "sc:Integer"),
                                      float: ("float64", "sc:Float")}  # fmt: skip
"""What the types of samples.csv are called in Arrow and in Croissant."""


def value_columns() -> dict[str, type]:
    """The columns of samples.csv but those of files, in the order of texts, integers and numbers."""
    columns = {name: kind for name, kind in sample_columns().items() if name not in FILE_COLUMNS}
    return {name: kind for wanted in TYPES for name, kind in columns.items() if kind is wanted}


class HuggingFace(ExportFormat):
    """`data/<split>-NNNNN.parquet`; columns are named as the outputs, images img1, img2 and gt.

    PNG outputs are `Image` features with the bytes of the data set; flow, depth and other numbers are `Array2D` and
    `Array3D` of float32, NaN and infinity included.
    """

    name = "huggingface"
    about = "parquet with images and arrays, a card and Croissant metadata"
    optional = True
    version = 2

    def needs(self) -> tuple[str, ...]:
        return ("image",)

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        _arrow()  # before anything is made
        return shard_tasks(chosen, "{}-{:05d}")

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        arrow, parquet = _arrow()
        first = source[task.items[0].id]
        columns = list(sample_places(task.outputs).values())
        # Arrow's schema; its metadata tell `datasets` which features the columns are.
        fields: list[tuple[str, Any]] = [
            (name, arrow.type_for_alias(TYPES[kind][0])) for name, kind in value_columns().items()
        ]
        fields += [("K", _nested(arrow, arrow.float64(), 2)), ("camera_to_world", _nested(arrow, arrow.float64(), 3))]
        image = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
        for place in columns:
            axes = 3 if OUTPUTS[place[0]].channel_count > 1 else 2
            fields.append((_column(place), image if _is_image(place) else _nested(arrow, arrow.float32(), axes)))
        information = {"info": {"features": features(columns, first.size)}}
        schema = arrow.schema(fields, metadata={"huggingface": json.dumps(information)})
        with sink.open(f"data/{task.name}.parquet") as stream, parquet.ParquetWriter(
            stream, schema, compression="zstd", use_dictionary=False, write_statistics=False
        ) as writer:  # fmt: skip
            for item in task.items:
                sample = source[item.id]
                if sample.size != first.size:
                    raise StorageError(f"{item.id} is {sample.size[0]}x{sample.size[1]} and {task.items[0].id} "
                                       f"{first.size[0]}x{first.size[1]}; give one size with --size")  # fmt: skip
                cells = [arrow.array([item.row.get(name)], schema.field(name).type) for name in value_columns()]
                poses = np.stack([sample.camera(role)[1] for role in ROLES])
                cells += [_array(arrow, sample.camera("1")[0]), _array(arrow, poses)]
                for place in columns:
                    if _is_image(place):
                        value = {"bytes": sample.encoded(*place), "path": f"{item.id}.{member(place)}"}
                        cells.append(arrow.array([value], schema.field(_column(place)).type))
                    else:
                        cells.append(_array(arrow, sample.array(*place).astype(np.float32)))
                writer.write_batch(arrow.record_batch(cells, schema=schema))

    def card(self, chosen: Chosen, tasks: Iterable[ExportTask]) -> str:
        """The card with the YAML that the hub reads."""
        tasks = list(tasks)
        return front_matter(chosen, tasks) + super().card(chosen, tasks)

    def finish(self, chosen: Chosen, tasks: Iterable[ExportTask], sink: Sink) -> None:
        """croissant.json: the files with their hashes, and the columns of each split."""
        files = {f"data/{task.name}.parquet": file_hash(sink.root / f"data/{task.name}.parquet") for task in tasks}
        columns = {name: Column(TYPES[kind][1]) for name, kind in value_columns().items()}
        columns |= {"K": Column("sc:Float", (3, 3)), "camera_to_world": Column("sc:Float", (3, 4, 4))}
        for place in sample_places(chosen.outputs).values():
            depth = OUTPUTS[place[0]].channel_count
            shape = (-1, -1, depth) if depth > 1 else (-1, -1)
            columns[_column(place)] = Column(IMAGE) if _is_image(place) else Column("sc:Float", shape)
        document = croissant(chosen.dataset.info, files, columns)
        sink.put("croissant.json", (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise StorageError("huggingface needs pyarrow; pip install 'dsia-gen[export]'") from error
    return pyarrow, pyarrow.parquet


def _column(place: Place) -> str:
    return member(place).rpartition(".")[0]


def _is_image(place: Place) -> bool:
    return OUTPUTS[place[0]].format.startswith("png")


def _nested(arrow: Any, kind: Any, depth: int) -> Any:
    for _ in range(depth):
        kind = arrow.list_(kind)
    return kind


def features(columns: Sequence[Place], size: tuple[int, int]) -> dict[str, object]:
    """The features of the columns as `datasets` writes them."""
    found: dict[str, object] = {
        name: {"dtype": TYPES[kind][0], "_type": "Value"} for name, kind in value_columns().items()
    }
    found["K"] = {"shape": [3, 3], "dtype": "float64", "_type": "Array2D"}
    found["camera_to_world"] = {"shape": [3, 4, 4], "dtype": "float64", "_type": "Array3D"}
    for place in columns:
        depth = OUTPUTS[place[0]].channel_count
        shape = [size[1], size[0], *([depth] if depth > 1 else [])]
        array = {"shape": shape, "dtype": "float32", "_type": f"Array{len(shape)}D"}
        found[_column(place)] = {"_type": "Image"} if _is_image(place) else array
    return found


def _array(arrow: Any, array: Array) -> Any:
    """An array of any number of axes as one row of nested lists."""
    values = arrow.array(np.ascontiguousarray(array).reshape(-1))
    for length in reversed(array.shape):
        offsets = arrow.array(np.arange(0, len(values) + 1, length, dtype=np.int32))
        values = arrow.ListArray.from_arrays(offsets, values)
    return values


def front_matter(chosen: Chosen, tasks: Sequence[ExportTask]) -> str:
    """The YAML at the head of the hub's README.md."""
    splits = [split for split in SPLITS if any(task.split == split for task in tasks)]
    licences = sorted({asset.licence for asset in chosen.dataset.info.licences} - {""})
    tags = [f"asset-licence:{licence}" for licence in licences]
    on_hub = {"train": "train", "val": "validation", "test": "test"}
    files = [{"split": on_hub[split], "path": f"data/{split}-*.parquet"} for split in splits]
    steps = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
    size = next((name for limit, name in steps if len(chosen.items) < limit), "1M<n<10M")
    document = {
        "pretty_name": chosen.dataset.name,
        "license": "other",
        "license_name": "see-attribution",
        "license_link": "ATTRIBUTION.md",
        "task_categories": ["image-to-image", "depth-estimation"],
        "tags": ["image-alignment", "optical-flow", "synthetic", "croissant", *tags],
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": files}],
    }
    return f"---\n{yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}---\n\n"

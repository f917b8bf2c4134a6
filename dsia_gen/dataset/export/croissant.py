"""Croissant metadata (MLCommons, version 1.1) of a parquet export: files with hashes, and columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsia_gen.dataset.dataset_card import CITATION, summary
from dsia_gen.dataset.documents.dataset_document import DatasetDocument

_ELSEWHERE: dict[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
}
_NAMES = (
    "@language", "@vocab", "citeAs", "column", "conformsTo", "arrayShape", "cr", "rai", "data", "dataType", "dct",
    "examples", "extract", "field", "equivalentProperty", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "repeated", "replace", "samplingRate", "sc", "separator", "source", "subField",
    "transform",
)  # fmt: skip
CONTEXT: dict[str, object] = {name: _ELSEWHERE.get(name, f"cr:{name}") for name in _NAMES}
"""The context that the specification prescribes."""

IMAGE = "sc:ImageObject"


@dataclass(frozen=True)
class Column:
    """Data type of a column, and the shape where a cell is an array."""

    kind: str
    shape: tuple[int, ...] = ()


def croissant(info: DatasetDocument, files: Mapping[str, str], columns: Mapping[str, Column]) -> dict[str, object]:
    """JSON-LD of a data set.

    info: document of dataset.json. files: relative path and SHA-256 of each parquet file. columns: by name.
    Each file is a record set of its own, named as the file, because a field has one source.
    """
    distribution, sets = [], []
    for path, digest in sorted(files.items()):
        file = {"@type": "cr:FileObject", **dict.fromkeys(("@id", "name", "contentUrl"), path)}
        distribution.append({**file, "encodingFormat": "application/x-parquet", "sha256": digest})
        records, fields = path.rpartition("/")[2].removesuffix(".parquet"), []
        for name, column in columns.items():
            source: dict[str, object] = {"fileObject": {"@id": path}, "extract": {"column": name}}
            if column.kind == IMAGE:
                source["transform"] = {"jsonPath": "bytes"}  # of the struct that `datasets` stores an image in
            array = {"isArray": True, "arrayShape": ",".join(map(str, column.shape))} if column.shape else {}
            field = {"@type": "cr:Field", "@id": f"{records}/{name}", "name": name, "dataType": column.kind}
            fields.append({**field, **array, "source": source})
        sets.append({"@type": "cr:RecordSet", "@id": records, "name": records, "field": fields})
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": info.name,
        "description": summary(info),
        "license": "ATTRIBUTION.md",
        "version": f"1.0.0+{info.content_hash[:12]}",
        "citeAs": CITATION,
        "distribution": distribution,
        "recordSet": sets,
    }

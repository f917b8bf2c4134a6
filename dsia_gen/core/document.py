"""JSON documents as pydantic models: parsed once, when they are read, and written with their keys in order."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import json_bytes, reading

Model = TypeVar("Model", bound=BaseModel)


class Document(BaseModel):
    """A JSON object. Unknown keys are kept, missing ones get their defaults; NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, populate_by_name=True)
    __pydantic_extra__: dict[str, JsonValue]

    @model_validator(mode="after")
    def _unknown_keys_are_finite(self) -> Self:
        for key, value in (self.__pydantic_extra__ or {}).items():
            if not _finite(value):
                raise ValueError(f"{key} holds NaN or infinity")
        return self

    def plain(self) -> dict[str, JsonValue]:
        """The keys that were given, ready for JSON: those of the model in its order, then unknown ones."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self) -> bytes:
        """The content of a file: UTF-8, two spaces, a newline at the end."""
        return json_bytes(self.plain())


def read_document(model: type[Model], path: Path, what: str, remedy: str = "render the scene again") -> Model:
    """The document of a JSON file.

    `what` names it in the error, as in "is not the description of a scene", and `remedy` the next step. StorageError
    when the file is missing or is something else; it names the file and the first wrong field.
    """
    with reading(path):
        data = path.read_bytes()
    return parse_document(model, data, path, what, remedy)


def parse_document(
    model: type[Model], data: bytes | memoryview, source: Path | str, what: str, remedy: str = "render the scene again"
) -> Model:
    """The document of some JSON text; see `read_document`."""
    try:
        return model.model_validate_json(bytes(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise StorageError(f"{source} is not valid JSON ({first['ctx']['error']}); {remedy}") from error
        if not first["loc"] and not isinstance(first["input"], dict):
            raise StorageError(f"{source} does not hold a JSON object; {remedy}") from error
        where = f"{'.'.join(map(str, first['loc'])):.200}"
        problem = ": ".join(filter(None, (where, f"{first['msg']:.500}")))
        raise StorageError(f"{source} is not {what}: {problem}; {remedy}") from error


def _finite(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(_finite, inner))

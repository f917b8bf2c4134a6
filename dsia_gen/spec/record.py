"""Base of everything in a specification: frozen, strict, and the same bytes on any machine."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from pydantic import AfterValidator, AllowInfNan, BaseModel, ConfigDict, Field

DECIMALS = 9
"""Digits after the point that a specification keeps: a nanometre, and coarse enough that the last
bit of a platform's sin() never shows."""


LARGEST = 1e12
"""Largest number of a specification: beyond any length, power or scale."""

# + 0.0 turns -0.0 into 0.0, which JSON would tell apart
Real = Annotated[
    float,
    AllowInfNan(False),
    Field(ge=-LARGEST, le=LARGEST),
    AfterValidator(lambda value: round(value, DECIMALS) + 0.0),
]
Positive = Annotated[Real, Field(gt=0)]
Unit = Annotated[Real, Field(ge=0, le=1)]
Natural = Annotated[int, Field(ge=0, le=2**63 - 1)]
Vec3 = tuple[Real, Real, Real]
Quat = tuple[Real, Real, Real, Real]
"""Unit quaternion, order w, x, y, z."""
Rgb = tuple[Unit, Unit, Unit]
"""Scene-linear Rec.709 colour."""


class Record(BaseModel):
    """A frozen value that refuses unknown fields, infinities and NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def canonical_json(record: BaseModel) -> str:
    """The one JSON text of a record: sorted keys, no spaces, no NaN."""
    return json.dumps(
        record.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def content_hash(record: BaseModel) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(record).encode()).hexdigest()


def hash_of_text(text: bytes) -> str:
    """`content_hash` of the record that some JSON was written from.

    The numbers and keys of the text count: a field that a later version adds, or rounds, does not change it.
    ValueError when it is not JSON.
    """
    plain = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def readable_json(record: BaseModel) -> str:
    """JSON for people: a line for each field, and for each element of a list of objects, of the outermost level."""
    rows = []
    for key, value in sorted(record.model_dump(mode="json").items()):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            body = "[\n" + ",\n".join("    " + _compact(item) for item in value) + "\n  ]"
        else:
            body = _compact(value)
        rows.append(f"  {json.dumps(key)}: {body}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)

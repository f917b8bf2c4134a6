"""What the bench's own Blender processes are asked and what they answer, with fields of each process's own."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter


class BenchRequest(BaseModel):
    """A specification and a folder for files; further fields are the process's own."""

    model_config = ConfigDict(extra="allow")

    spec: Path
    out: Path


class BenchEvent(BaseModel):
    """Something that was measured, with fields of its own."""

    model_config = ConfigDict(extra="allow")

    event: str


BENCH_EVENTS: TypeAdapter[BenchEvent] = TypeAdapter(BenchEvent)

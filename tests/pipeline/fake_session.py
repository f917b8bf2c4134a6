"""Stands in for the Blender worker that is asked several times; see fake_worker."""

from __future__ import annotations

from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.spec.worker_messages import RenderRequest
from tests.pipeline.fake_worker import render


def answer(request: RenderRequest, emit: Emit) -> None:
    """Every request renders all views of its pairs."""
    render(request, emit)


if __name__ == "__main__":
    serve_and_exit(RenderRequest, answer, many=True)

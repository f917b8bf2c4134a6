"""The program, called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from dsia_gen.cli.main import run


class Outcome(NamedTuple):
    """What the shell sees."""

    code: int
    out: str
    err: str


@pytest.fixture
def dsia(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Call the program with the words of a command line."""

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["dsia-gen", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), printed.out, printed.err)

    return call

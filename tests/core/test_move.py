"""Files get another path in one step, also where Windows has them in use for a moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dsia_gen.core.io import move


class InUse:
    """`os.replace` of a system on which another process has the file open for a while."""

    def __init__(self, times: int, winerror: int | None) -> None:
        self.times, self.winerror, self.tried = times, winerror, 0

    def __call__(self, source: Path, target: Path) -> None:
        self.tried += 1
        if self.tried <= self.times:
            error = PermissionError(13, "Access is denied")
            if self.winerror is not None:
                error.winerror = self.winerror  # type: ignore[attr-defined]
            raise error
        os.replace(source, target)  # noqa: PTH105


@pytest.mark.parametrize("winerror", [5, 32])
def test_a_file_in_use_is_tried_again(tmp_path: Path, winerror: int) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    replace = InUse(3, winerror)
    move(tmp_path / "new", tmp_path / "old", replace)
    assert (tmp_path / "old").read_text() == "new" and replace.tried == 4 and not (tmp_path / "new").exists()


@pytest.mark.parametrize(("times", "winerror"), [(10**6, 32), (1, None), (1, 19)])
def test_what_does_not_pass_is_raised(tmp_path: Path, times: int, winerror: int | None) -> None:
    (tmp_path / "new").write_text("new")
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "old", InUse(times, winerror))
    assert (tmp_path / "new").exists()

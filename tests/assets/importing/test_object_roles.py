"""Objects of sizes that can be have a role; for the others there is a word."""

from __future__ import annotations

import pytest

from dsia_gen.assets.importing.object_roles import object_roles, role_note


@pytest.mark.parametrize(("largest", "roles"), [
    (0.001, ()), (0.019, ()), (0.02, ("foreground",)), (0.3, ("foreground", "props")), (3.0, ("foreground", "props")),
    (3.1, ("props",)), (30.0, ("props",)), (337.0, ()), (5e5, ()),
])  # fmt: skip
def test_what_has_no_role_is_told(largest: float, roles: tuple[str, ...]) -> None:
    assert object_roles(largest) == roles
    assert bool(role_note(largest)) == (not roles)


def test_the_note_says_the_size_and_the_next_step() -> None:
    assert "1 mm large, too small" in role_note(0.001) and "--size" in role_note(0.001)
    assert "337 m large, too large" in role_note(337.0) and "--split" in role_note(337.0)

"""The reason of a failed import is told, and not the last line of what Blender printed."""

from __future__ import annotations

import pytest

from dsia_gen.blender.characters.operator_reason import operator_reason

TRACE = """Error: Python: Traceback (most recent call last):
  File "/opt/bpy/4.5/scripts/addons_core/io_scene_fbx/__init__.py", line 233, in execute
    ret = import_fbx.load(self, context, filepath=path)
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/opt/bpy/4.5/scripts/addons_core/io_scene_fbx/import_fbx.py", line 2904, in load
    elem_root, version = parse_fbx.parse(filepath)
AssertionError: Invalid FBX file: wrong magic
Location: /opt/bpy/4.5/scripts/modules/bpy/ops.py:107
"""


UNFIT = "its parts do not fit together: the importer stopped with a {}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TRACE, "Invalid FBX file: wrong magic"),
        (TRACE.replace("AssertionError: Invalid FBX file: wrong magic", "KeyError"), UNFIT.format("KeyError")),
        (TRACE.replace("AssertionError:", "io_scene.com.ImportError:"), "Invalid FBX file: wrong magic"),
        ("Error: Bad glTF: json error: Expecting value\n", "Bad glTF: json error: Expecting value"),
        ("Error: Cannot open file x.ply\nLocation: /opt/bpy/ops.py:107\n", "Cannot open file x.ply"),
        ("Error: PLY Importer: no vertices\nError: PLY Importer: no vertices\n", "PLY Importer: no vertices"),
        ("Error: first\nError: second\nLocation: x.py:1", "first; second"),
        ("Failed.", "Failed"),
        ("", "RuntimeError"),
        ("\n\nLocation: /x.py:3\n", "RuntimeError"),
        ("Error: " + "long " * 100, ("long " * 100)[:197] + "..."),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    assert operator_reason(RuntimeError(text)) == reason


def test_a_fault_inside_an_importer_is_no_text_of_python() -> None:
    assert operator_reason(TypeError("'NoneType' object is not subscriptable")) == UNFIT.format("TypeError")
    assert operator_reason(AssertionError("bad magic")) == "bad magic"

"""What differs between versions of Blender, asked for in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

import dsia_gen.blender  # noqa: E402
from dsia_gen.assets.importing.headers import check_header  # noqa: E402
from dsia_gen.blender.compat import check_written_by, enable_nodes, fcurves, node_tree  # noqa: E402
from dsia_gen.blender.keyframes import key_values  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from tests.assets.importing.linked_blends import write_linked  # noqa: E402
from tests.assets.importing.test_headers import blend  # noqa: E402

pytestmark = pytest.mark.blender
VERSIONED = {"use_nodes", "version", "version_string", "media_type", "action_slot", "channelbag"}
"""Attributes whose meaning depends on the version."""


def test_curves_of_a_block_are_those_that_were_keyed() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    item = bpy.data.objects.new("keyed", None)
    assert fcurves(item) == []
    key_values(item, "location", [(0.0, 1.0, 2.0), (3.0, 4.0, 5.0)])
    assert [(c.data_path, c.array_index, c.evaluate(1.0)) for c in fcurves(item)] == [
        ("location", k, 3.0 + k) for k in range(3)
    ]


def test_a_material_has_an_empty_tree_once_its_nodes_are_enabled() -> None:
    material = bpy.data.materials.new("nodes")
    tree = enable_nodes(material)
    assert node_tree(material) == tree and len(tree.nodes) == 0


def test_no_other_module_depends_on_the_version() -> None:
    package = Path(dsia_gen.blender.__file__).parent
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in VERSIONED:
                found.add((path.relative_to(package).as_posix(), node.attr))
    assert {name for name, _ in found} == {"compat.py"}, found


def test_a_file_of_a_newer_blender_is_refused_with_a_way_out(tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "own.blend"), compress=True)
    check_written_by(tmp_path / "own.blend")
    major, minor = bpy.app.version[:2]
    newer = tmp_path / "newer.blend"
    newer.write_bytes(blend(f"17-01v{major:02d}{minor + 1:02d}".encode()))
    with pytest.raises(
        AssetError, match=rf"newer\.blend was written by Blender {major}\.{minor + 1}, newer than .*--blender"
    ):
        check_written_by(newer)


@pytest.mark.parametrize("compress", [False, True])
def test_a_library_that_this_blender_links_is_found_without_it(tmp_path: Path, compress: bool) -> None:
    path = write_linked(tmp_path, compress)
    with pytest.raises(AssetError, match=r"links the library '//rig\.blend'"):
        check_header(path)
